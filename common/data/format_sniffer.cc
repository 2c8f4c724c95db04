#include "common/data/format_sniffer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/data/number.h"

namespace lineup {
namespace {

// Lines that are looked at.
constexpr int kProbedLines = 20;

constexpr absl::string_view kRecordIoMagic = "\x0a\x23\xd7\xce";

// Beginnings of files that people have and Lineup does not read.
constexpr std::pair<absl::string_view, absl::string_view> kForeign[] = {
    {"PAR1", "Parquet"},
    {"ORC", "ORC"},
    {"Obj\x01", "Avro"},
    {"\x93NUMPY", "NumPy"},
    {"\x89HDF", "HDF5"},
    {"ARROW1", "Arrow"},
    {"PK\x03\x04", "ZIP (perhaps an Excel or NumPy file)"},
    {"BZh", "bzip2"},
    {"\xfd"
     "7zXZ",
     "xz"},
    {"\x04\x22\x4d\x18", "LZ4"},
    {"\x80\x04\x95", "Python pickle"},
    {"\xff\xfe", "UTF-16 text"},
    {"\xfe\xff", "UTF-16 text"},
    {"%PDF", "PDF"},
};

constexpr absl::string_view kTarMagic = "ustar";
constexpr size_t kTarMagicAt = 257;

constexpr absl::string_view kWhatIsRead =
    "expected CSV, LIBSVM, RecordIO-protobuf or JSON Lines, plain or "
    "compressed with gzip or zstd; convert the file, or leave it out";

absl::Status Refuse(const std::string& file, absl::string_view found) {
  return absl::InvalidArgumentError(
      absl::StrCat(file, ": found ", found, ", ", kWhatIsRead));
}

bool IsNumber(absl::string_view text) {
  float ignored;
  return ParseNumber(text, &ignored) != NumberKind::kText;
}

// Whether `token` is id:value or qid:number.
bool IsPair(absl::string_view token) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(token, absl::MaxSplits(':', 1));
  if (!absl::StrContains(token, ':') || parts.first.empty()) return false;
  if (parts.first == "qid") return true;
  for (const char c : parts.first) {
    if (!absl::ascii_isdigit(c)) return false;
  }
  return IsNumber(parts.second);
}

enum class Line { kPairs, kOneNumber, kNothing, kOther };

// A pair makes the line one of LIBSVM, whatever is wrong with it otherwise,
// unless there are delimiters of CSV.
Line LookAtLine(absl::string_view line) {
  line = line.substr(0, line.find('#'));
  size_t tokens = 0;
  size_t pairs = 0;
  size_t numbers = 0;
  for (const absl::string_view token :
       absl::StrSplit(line, absl::ByAnyChar(" \t\r"), absl::SkipEmpty())) {
    ++tokens;
    pairs += IsPair(token);
    numbers += IsNumber(token);
  }
  if (tokens == 0) return Line::kNothing;
  if (pairs > 0 && line.find_first_of(",;|") == line.npos) return Line::kPairs;
  return tokens == 1 && numbers == 1 ? Line::kOneNumber : Line::kOther;
}

FileFormat FormatOfText(absl::string_view head) {
  int pairs = 0;
  int others = 0;
  int numbers = 0;
  int lines = 0;
  size_t at = 0;
  while (at < head.size() && lines < kProbedLines) {
    size_t end = head.find('\n', at);
    // A line that is cut off tells something only if there is no other.
    if (end == head.npos && lines > 0) break;
    end = std::min(end, head.size());
    switch (LookAtLine(head.substr(at, end - at))) {
      case Line::kPairs:
        ++pairs;
        break;
      case Line::kOneNumber:
        ++numbers;
        break;
      case Line::kNothing:
        --lines;
        break;
      case Line::kOther:
        ++others;
        break;
    }
    ++lines;
    at = end + 1;
  }
  if (pairs > 0 && pairs >= others) return FileFormat::kLibsvm;
  return others == 0 && pairs == 0 && numbers > 0 ? FileFormat::kAuto
                                                  : FileFormat::kCsv;
}

}  // namespace

absl::StatusOr<FileFormat> FindFormat(const std::string& file,
                                      absl::string_view head) {
  if (absl::StartsWith(head, kRecordIoMagic)) return FileFormat::kRecordIo;
  for (const auto& [magic, name] : kForeign) {
    if (absl::StartsWith(head, magic)) {
      return Refuse(file, absl::StrCat("a file of the format ", name));
    }
  }
  if (absl::StartsWith(head.substr(std::min(kTarMagicAt, head.size())),
                       kTarMagic)) {
    return Refuse(file, "a tar archive (unpack it first)");
  }
  const size_t zero = head.find('\0');
  if (zero != head.npos) {
    return Refuse(file, absl::StrCat("binary data (a zero at byte ", zero,
                                     ") of no known format"));
  }
  if (absl::StrContains(head, '\r') && !absl::StrContains(head, '\n')) {
    return Refuse(file, "lines that end in a carriage return alone");
  }
  const absl::string_view text = absl::StripLeadingAsciiWhitespace(head);
  if (absl::StartsWith(text, "{")) return FileFormat::kJsonLines;
  if (absl::StartsWith(text, "[")) {
    return Refuse(file, "a JSON array (JSON Lines has one object a line)");
  }
  return FormatOfText(head);
}

}  // namespace lineup

#include "common/data/file_probe.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/data/format_sniffer.h"
#include "common/data/json_lines_parser.h"
#include "common/data/recordio_framing.h"
#include "common/data/recordio_parser.h"

namespace lineup {
namespace {

// The beginning that is looked at; more, up to the maximum, while the first
// records are longer.
constexpr size_t kHeadBytes = 256 << 10;
constexpr size_t kMaxHeadBytes = 256 << 20;

constexpr absl::string_view kByteOrderMark = "\xef\xbb\xbf";

// Looks at one beginning of a file. Its errors are OUT_OF_RANGE if a longer
// one may tell more.
class Prober {
 public:
  Prober(const DataFile::Head& head, const DataOptions& options,
         FileProbe* probe)
      : name_(probe->file.name()),
        head_(head),
        text_(head.text),
        options_(options),
        probe_(*probe) {}

  absl::Status Probe() {
    if (absl::StartsWith(text_, kByteOrderMark)) {
      text_.remove_prefix(kByteOrderMark.size());
    }
    probe_.data_begin = head_.text.size() - text_.size();
    probe_.format = options_.format;
    if (probe_.format == FileFormat::kAuto) {
      LINEUP_ASSIGN_OR_RETURN(probe_.format, FindFormat(name_, text_));
    }
    switch (probe_.format) {
      case FileFormat::kAuto:
        ProbeLibsvm();
        return ProbeCsv();
      case FileFormat::kCsv:
        return ProbeCsv();
      case FileFormat::kLibsvm:
        ProbeLibsvm();
        return absl::OkStatus();
      case FileFormat::kRecordIo:
      case FileFormat::kJsonLines:
        return ProbeTensors();
    }
    return absl::OkStatus();
  }

 private:
  void ProbeLibsvm() { probe_.libsvm = ReadLibsvmHead(text_, head_.whole); }

  absl::Status ProbeCsv() {
    LINEUP_ASSIGN_OR_RETURN(
        probe_.csv, ReadCsvHead(name_, head_.text, head_.whole, options_));
    if (probe_.format == FileFormat::kCsv) {
      probe_.data_begin = probe_.csv.data_begin;
    }
    probe_.quotes = absl::StrContains(
        absl::string_view(head_.text).substr(probe_.csv.data_begin), '"');
    return absl::OkStatus();
  }

  absl::Status ProbeTensors() {
    const bool records = probe_.format == FileFormat::kRecordIo;
    RecordError error;
    const LayoutResult result =
        records
            ? FindRecordIoLayout(text_, head_.whole, &probe_.tensors, &error)
            : FindJsonLinesLayout(text_, head_.whole, &probe_.tensors, &error);
    if (result == LayoutResult::kFound) return absl::OkStatus();
    if (result == LayoutResult::kIncomplete) {
      return absl::OutOfRangeError(
          absl::StrCat(name_, ": the first record takes more than ",
                       head_.text.size(), " bytes; check --format"));
    }
    const std::string place =
        records
            ? absl::StrCat(": record ", error.position)
            : absl::StrCat(":",
                           1 + std::count(text_.begin(),
                                          text_.begin() + error.offset, '\n'),
                           ":", error.position);
    return absl::InvalidArgumentError(
        absl::StrCat(name_, place, ": ", error.name,
                     error.name.empty() ? "" : ": ", error.message));
  }

  const std::string& name_;
  const DataFile::Head& head_;
  absl::string_view text_;
  const DataOptions& options_;
  FileProbe& probe_;
};

// Why there is nothing to look at.
absl::Status NothingIn(const DataFile& file) {
  if (!file.is_pipe()) {
    // Perhaps it is damaged from the start.
    LINEUP_ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> source,
                            file.Read(0));
    char byte;
    LINEUP_RETURN_IF_ERROR(source->Read({&byte, 1}).status());
  }
  return absl::InvalidArgumentError(absl::StrCat(
      file.name(),
      ": there is nothing in it, expected data; check how it was made"));
}

double RecordBytes(const FileProbe& probe, absl::string_view head) {
  head.remove_prefix(probe.data_begin);
  uint64_t records = 0, bytes = head.size();
  if (probe.format == FileFormat::kRecordIo) {
    RecordIndex index(UINT64_MAX);
    // What is wrong with a record is found when it is read.
    (void)index.Add(head);
    records = index.num_records();
    bytes = index.next_offset();
  } else {
    records = std::count(head.begin(), head.end(), '\n');
  }
  return static_cast<double>(bytes) / std::max<uint64_t>(records, 1);
}

}  // namespace

absl::StatusOr<FileProbe> ProbeFile(const DataFile& file,
                                    const DataOptions& options) {
  FileProbe probe{file};
  for (size_t bytes = kHeadBytes;; bytes *= 4) {
    LINEUP_ASSIGN_OR_RETURN(const DataFile::Head head, file.ReadHead(bytes));
    if (head.text.empty()) return NothingIn(file);
    const absl::Status status = Prober(head, options, &probe).Probe();
    if (status.ok()) {
      probe.content_bytes =
          file.seekable() ? file.bytes()
          : head.whole
              ? head.text.size()
              : static_cast<uint64_t>(static_cast<double>(file.bytes()) *
                                      head.text.size() / head.file_bytes);
      probe.estimated_records =
          probe.content_bytes / std::max(1.0, RecordBytes(probe, head.text));
      return probe;
    }
    if (!absl::IsOutOfRange(status)) return status;
    if (head.whole || bytes >= kMaxHeadBytes) {
      return absl::InvalidArgumentError(status.message());
    }
  }
}

}  // namespace lineup

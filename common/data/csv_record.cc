#include "common/data/csv_record.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/data/parse_errors.h"

namespace lineup {
namespace {

bool IsBlank(char c, char delimiter) {
  return (c == ' ' || c == '\t') && c != delimiter;
}

absl::string_view StripBlanks(absl::string_view text, char delimiter) {
  while (!text.empty() && IsBlank(text.front(), delimiter)) {
    text.remove_prefix(1);
  }
  while (!text.empty() && IsBlank(text.back(), delimiter)) {
    text.remove_suffix(1);
  }
  return text;
}

// Cuts the fields of one record whose extent is known. `line` has no end of
// line.
class FieldCutter {
 public:
  FieldCutter(absl::string_view line, char delimiter, CsvRecord* record)
      : line_(line), delimiter_(delimiter), record_(record) {}

  bool CutAll() {
    do {
      if (!CutOne()) return false;
    } while (more_);
    return true;
  }

 private:
  bool CutOne() {
    size_t start = pos_;
    while (start < line_.size() && IsBlank(line_[start], delimiter_)) ++start;
    if (start < line_.size() && line_[start] == '"') return CutQuoted(start);
    const size_t end = line_.find(delimiter_, pos_);
    const absl::string_view text =
        StripBlanks(line_.substr(pos_, end - pos_), delimiter_);
    if (text.find('"') != text.npos) {
      return Refuse(start,
                    absl::StrCat("found ", Quoted(text),
                                 ", expected a field with a quote in it to be "
                                 "quoted as a whole, the quote doubled "
                                 "(RFC 4180)"));
    }
    record_->fields.push_back({text, false, false});
    Advance(end);
    return true;
  }

  bool CutQuoted(size_t start) {
    bool escaped = false;
    size_t close = start + 1;
    for (;; close += 2, escaped = true) {
      close = line_.find('"', close);
      if (close == line_.npos) {
        return Refuse(start,
                      absl::StrCat("found ", Quoted(line_.substr(start)),
                                   ", expected a closing quote before the "
                                   "end of the record; close it"));
      }
      if (close + 1 == line_.size() || line_[close + 1] != '"') break;
    }
    size_t next = close + 1;
    while (next < line_.size() && IsBlank(line_[next], delimiter_)) ++next;
    if (next < line_.size() && line_[next] != delimiter_) {
      return Refuse(
          start,
          absl::StrCat("found ", Quoted(line_.substr(next)),
                       " behind a closing quote, expected the delimiter ",
                       Quoted(absl::string_view(&delimiter_, 1)),
                       " or the end of the line; double quotes inside a "
                       "quoted field (RFC 4180)"));
    }
    record_->fields.push_back(
        {line_.substr(start + 1, close - start - 1), true, escaped});
    Advance(next < line_.size() ? next : line_.npos);
    return true;
  }

  void Advance(size_t delimiter_at) {
    more_ = delimiter_at != line_.npos;
    pos_ = more_ ? delimiter_at + 1 : line_.size();
  }

  bool Refuse(size_t offset, std::string why) {
    record_->error = std::move(why);
    record_->error_offset = offset;
    return false;
  }

  const absl::string_view line_;
  const char delimiter_;
  CsvRecord* const record_;
  size_t pos_ = 0;
  bool more_ = true;
};

}  // namespace

std::string CsvField::Unescaped() const {
  return escaped ? absl::StrReplaceAll(text, {{"\"\"", "\""}})
                 : std::string(text);
}

size_t CsvRecordSize(absl::string_view text, const CsvDialect& dialect) {
  if (!dialect.multiline) {
    const size_t newline = text.find('\n');
    return newline == text.npos ? text.npos : newline + 1;
  }
  bool inside = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') inside = !inside;
    if (text[i] == '\n' && !inside) return i + 1;
  }
  return text.npos;
}

CutResult CutCsvRecord(absl::string_view text, const CsvDialect& dialect,
                       bool at_end, CsvRecord* record) {
  record->fields.clear();
  record->error.clear();
  record->size = CsvRecordSize(text, dialect);
  if (record->size == text.npos) {
    if (!at_end) return CutResult::kIncomplete;
    record->size = text.size();
  }
  absl::string_view line = text.substr(0, record->size);
  if (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return FieldCutter(line, dialect.delimiter, record).CutAll()
             ? CutResult::kRecord
             : CutResult::kBad;
}

}  // namespace lineup

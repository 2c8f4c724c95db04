#include "common/data/csv_head.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/data/csv_record.h"
#include "common/data/number.h"

namespace lineup {
namespace {

// Records that are looked at to find the delimiter.
constexpr int kProbedRecords = 20;

constexpr absl::string_view kByteOrderMark = "\xef\xbb\xbf";

NumberKind KindOf(const CsvField& field) {
  float ignored;
  return ParseNumber(field.text, &ignored);
}

// Cuts the record at the start of `text`: as one line or, if that is not a
// good record, over several lines. False if its end is not there.
bool CutFirst(absl::string_view text, bool whole, char delimiter,
              CsvRecord* record) {
  CsvRecord lines;
  switch (CutCsvRecord(text, {delimiter, false}, whole, record)) {
    case CutResult::kIncomplete:
      return false;
    case CutResult::kRecord:
      return true;
    case CutResult::kBad:
      break;
  }
  if (CutCsvRecord(text, {delimiter, true}, whole, &lines) ==
      CutResult::kRecord) {
    *record = std::move(lines);
  }
  return true;
}

size_t BlankLines(absl::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    if (text[at] == '\n') {
      ++at;
    } else if (absl::StartsWith(text.substr(at), "\r\n")) {
      at += 2;
    } else {
      break;
    }
  }
  return at;
}

// How well `delimiter` explains the text: numbers first, then columns.
std::pair<size_t, size_t> Score(absl::string_view text, bool whole,
                                char delimiter) {
  size_t numbers = 0;
  size_t columns = 0;
  CsvRecord record;
  for (int i = 0; i < kProbedRecords; ++i) {
    text.remove_prefix(BlankLines(text));
    if (text.empty() || !CutFirst(text, whole, delimiter, &record)) break;
    for (const CsvField& field : record.fields) {
      numbers += KindOf(field) == NumberKind::kFinite;
    }
    if (i == 0) columns = record.fields.size();
    text.remove_prefix(record.size);
  }
  return {numbers, columns};
}

char FindDelimiter(absl::string_view text, bool whole) {
  char best = ',';
  std::pair<size_t, size_t> best_score = Score(text, whole, best);
  for (const char delimiter : {'\t', ';', '|'}) {
    const std::pair<size_t, size_t> score = Score(text, whole, delimiter);
    if (score > best_score) {
      best = delimiter;
      best_score = score;
    }
  }
  return best;
}

// Whether the numbers among the fields stand side by side and count on from 0
// or 1. Fewer than three may do so by chance.
bool CountOn(const CsvRecord& record) {
  size_t first = 0;
  size_t count = 0;
  float last = 0;
  for (size_t i = 0; i < record.fields.size(); ++i) {
    float value = 0;
    if (ParseNumber(record.fields[i].text, &value) != NumberKind::kFinite) {
      continue;
    }
    if (count == 0) {
      first = i;
      if (value != 0 && value != 1) return false;
    } else if (i != first + count || value != last + 1) {
      return false;
    }
    last = value;
    ++count;
  }
  return count >= 3;
}

// `next`: the record behind `first`; empty if there is none.
bool LooksLikeHeader(const CsvRecord& first, const CsvRecord& next) {
  size_t numbers = 0;
  size_t texts = 0;
  size_t texts_below = 0;
  for (size_t i = 0; i < first.fields.size(); ++i) {
    const NumberKind kind = KindOf(first.fields[i]);
    numbers += kind == NumberKind::kFinite;
    if (kind != NumberKind::kText) continue;
    ++texts;
    texts_below +=
        i < next.fields.size() && KindOf(next.fields[i]) == NumberKind::kText;
  }
  if (texts == 0) return false;
  if (numbers == 0) return true;
  return CountOn(first) && !next.fields.empty() && texts_below == 0;
}

class HeadReader {
 public:
  HeadReader(const std::string& file, absl::string_view head, bool whole)
      : file_(file), head_(head), rest_(head), whole_(whole) {}

  absl::StatusOr<CsvHead> Read(const DataOptions& options) {
    if (absl::StartsWith(rest_, kByteOrderMark)) {
      rest_.remove_prefix(kByteOrderMark.size());
    }
    rest_.remove_prefix(BlankLines(rest_));
    if (rest_.empty()) {
      if (!whole_) return NeedsMore();
      return absl::InvalidArgumentError(absl::StrCat(
          file_, ": the file has only blank lines, expected data"));
    }
    result_.data_begin = Position();
    result_.delimiter = options.delimiter != 0 ? options.delimiter
                                               : FindDelimiter(rest_, whole_);
    CsvRecord first;
    LINEUP_RETURN_IF_ERROR(Cut(&first));
    const absl::Status bad = ErrorOf(first);
    if (options.header == HeaderMode::kYes) {
      LINEUP_RETURN_IF_ERROR(bad);
      TakeHeader(first);
    } else {
      // The first good record tells the number of columns.
      CsvRecord next;
      LINEUP_RETURN_IF_ERROR(CutGood(&next));
      if (bad.ok() && options.header == HeaderMode::kAuto &&
          LooksLikeHeader(first, next)) {
        TakeHeader(first);
      }
      if (!bad.ok() && next.fields.empty()) return bad;
      if (!bad.ok()) first = std::move(next);
    }
    result_.num_columns = first.fields.size();
    return std::move(result_);
  }

 private:
  uint64_t Position() const { return rest_.data() - head_.data(); }

  absl::Status NeedsMore() const {
    return absl::OutOfRangeError(
        absl::StrCat(file_, ": the first two records take more than ",
                     head_.size(), " bytes; check --format and --delimiter"));
  }

  // Cuts the next record, good or bad.
  absl::Status Cut(CsvRecord* record) {
    record_begin_ = Position();
    if (!CutFirst(rest_, whole_, result_.delimiter, record)) {
      return NeedsMore();
    }
    rest_.remove_prefix(record->size);
    return absl::OkStatus();
  }

  // Cuts records up to a good one; without fields if there is none.
  absl::Status CutGood(CsvRecord* record) {
    do {
      record->fields.clear();
      rest_.remove_prefix(BlankLines(rest_));
      if (rest_.empty()) return whole_ ? absl::OkStatus() : NeedsMore();
      LINEUP_RETURN_IF_ERROR(Cut(record));
    } while (!record->error.empty());
    return absl::OkStatus();
  }

  // That of the record that was cut last.
  absl::Status ErrorOf(const CsvRecord& record) const {
    if (record.error.empty()) return absl::OkStatus();
    const absl::string_view before =
        head_.substr(0, record_begin_ + record.error_offset);
    return absl::InvalidArgumentError(absl::StrCat(
        file_, ":", 1 + std::count(before.begin(), before.end(), '\n'), ":",
        record.fields.size() + 1, ": ", record.error));
  }

  void TakeHeader(const CsvRecord& record) {
    result_.has_header = true;
    result_.data_begin += record.size;
    for (const CsvField& field : record.fields) {
      result_.names.push_back(field.Unescaped());
    }
  }

  const std::string& file_;
  const absl::string_view head_;
  absl::string_view rest_;
  const bool whole_;
  uint64_t record_begin_ = 0;
  CsvHead result_;
};

}  // namespace

absl::StatusOr<CsvHead> ReadCsvHead(const std::string& file,
                                    absl::string_view head, bool whole,
                                    const DataOptions& options) {
  return HeadReader(file, head, whole).Read(options);
}

}  // namespace lineup

#include "common/data/csv_parser.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/data/number.h"
#include "common/data/parse_errors.h"

namespace lineup {
namespace {

// Values are made room for in steps of this many, small enough that the
// zeros written by resize() are still in the nearest cache.
constexpr size_t kGrowth = 4096;

size_t MaxRows(const CsvLayout& layout, const BlockLimits& limits) {
  const uint64_t row_bytes = 4 * (uint64_t{layout.num_features} + 2);
  return std::max<uint64_t>(
      1, std::min<uint64_t>(limits.max_examples, limits.max_bytes / row_bytes));
}

// The place of row number `row`, with room for the label and the weight
// behind its features (the next row overwrites them).
float* RowPlace(size_t row, uint32_t num_features, AlignedFloats* values) {
  const size_t start = row * num_features;
  const size_t needed = start + num_features + 2;
  if (values->size() < needed) {
    values->resize(
        std::min(std::max(needed, values->capacity()), needed + kGrowth));
  }
  return values->data() + start;
}

}  // namespace

std::string CsvLayout::ColumnName(size_t column) const {
  if (column >= targets.size()) return "";
  if (!names.empty()) return names[column];
  if (targets[column] == label_target()) return "label";
  if (targets[column] == weight_target()) return "weight";
  return absl::StrCat("feature ", targets[column]);
}

CsvParser::CsvParser(CsvLayout layout, const LabelDomain& label_domain,
                     const BlockLimits& limits, uint64_t expected_bytes)
    : layout_(std::move(layout)),
      label_domain_(label_domain),
      max_rows_(MaxRows(layout_, limits)),
      expected_bytes_(expected_bytes) {}

void CsvParser::Reserve(absl::string_view text, Examples* block) const {
  constexpr size_t kHeadBytes = 32 << 10;
  const uint64_t expected = std::max<uint64_t>(expected_bytes_, text.size());
  const absl::string_view head = text.substr(0, kHeadBytes);
  const uint64_t lines =
      std::max<uint64_t>(1, std::count(head.begin(), head.end(), '\n'));
  // A little more than the head promises, for if the end needs more room, it
  // all is moved.
  const size_t rows = std::min<uint64_t>(
      max_rows_, lines * expected / head.size() * 17 / 16 + 1);
  block->values.reserve(rows * layout_.num_features + 2);
  if (layout_.labelled) block->labels.reserve(rows);
}

const char* CsvParser::ParsePlainRow(const char* begin, Scanner* scanner,
                                     float* row) const {
  const size_t last = layout_.targets.size() - 1;
  const uint32_t* const targets = layout_.targets.data();
  const char delimiter = layout_.dialect.delimiter;
  for (size_t column = 0; column <= last; ++column) {
    const char* const stop = scanner->Next();
    const char* end = stop;
    if (column < last) {
      if (*stop != delimiter) return nullptr;
    } else {
      if (*stop != '\n') return nullptr;
      end -= end[-1] == '\r';
    }
    begin += *begin == ' ';
    if (begin >= end) return nullptr;
    float value;
    if (!ParseDecimal(begin, end, &value) &&
        ParseNumber(absl::string_view(begin, end - begin), &value) !=
            NumberKind::kFinite) {
      return nullptr;
    }
    row[targets[column]] = value;
    begin = stop + 1;
  }
  return begin;
}

bool CsvParser::ConvertFields(absl::string_view text, float* row,
                              RecordError* error) {
  const size_t expected = layout_.targets.size();
  if (record_.fields.size() != expected) {
    const size_t found = record_.fields.size();
    const size_t last = std::min(found, expected + 1);
    error->offset = record_.fields[last - 1].text.data() - text.data();
    error->position = last;
    error->name = layout_.ColumnName(last - 1);
    error->message = absl::StrCat(
        "found ", found, found == 1 ? " column" : " columns", ", expected ",
        expected,
        " as in the first line; correct the row, check --delimiter, or skip "
        "such rows with --max-bad-records");
    return false;
  }
  for (size_t column = 0; column < expected; ++column) {
    const CsvField& field = record_.fields[column];
    float value = 0;
    const NumberKind kind = ParseNumber(field.text, &value);
    if (kind != NumberKind::kFinite) {
      *error = ColumnError(text, layout_.targets[column],
                           BadNumber(kind, field.Unescaped()));
      return false;
    }
    row[layout_.targets[column]] = value;
  }
  return true;
}

CsvParser::Outcome CsvParser::ParseAnyRow(absl::string_view text, bool at_end,
                                          float* row, size_t* size,
                                          RecordError* error) {
  const CutResult cut = CutCsvRecord(text, layout_.dialect, at_end, &record_);
  if (cut == CutResult::kIncomplete) return Outcome::kIncomplete;
  *size = record_.size;
  if (cut == CutResult::kBad) {
    error->offset = record_.error_offset;
    error->position = record_.fields.size() + 1;
    error->name = layout_.ColumnName(record_.fields.size());
    error->message = record_.error;
    return Outcome::kBad;
  }
  return ConvertFields(text, row, error) ? Outcome::kRow : Outcome::kBad;
}

RecordError CsvParser::ColumnError(absl::string_view text, uint32_t target,
                                   std::string message) {
  const size_t column =
      std::find(layout_.targets.begin(), layout_.targets.end(), target) -
      layout_.targets.begin();
  CutCsvRecord(text, layout_.dialect, /*at_end=*/true, &record_);
  RecordError error;
  error.offset = record_.fields[column].text.data() - text.data();
  error.position = column + 1;
  error.name = layout_.ColumnName(column);
  error.message = std::move(message);
  return error;
}

bool CsvParser::TakeRow(absl::string_view text, const float* row,
                        Examples* block, RecordError* error) {
  const float label = row[layout_.label_target()];
  const float weight = row[layout_.weight_target()];
  if (layout_.labelled && !LabelFits(label_domain_, label)) {
    *error = ColumnError(text, layout_.label_target(),
                         BadLabel(label_domain_, label));
    return false;
  }
  if (layout_.weighted && weight < 0) {
    *error = ColumnError(text, layout_.weight_target(), BadWeight(weight));
    return false;
  }
  if (layout_.labelled) block->labels.push_back(label);
  if (layout_.weighted) block->weights.push_back(weight);
  return true;
}

ParseResult CsvParser::Parse(absl::string_view text, bool at_end,
                             Examples* block) {
  const uint32_t num_features = layout_.num_features;
  block->num_features = num_features;
  size_t rows = block->values.size() / num_features;
  if (rows == 0 && !text.empty()) Reserve(text, block);
  ParseResult result;
  const char* next = text.data();
  const char* const end = text.data() + text.size();
  Scanner scanner(DelimiterOrNewline(layout_.dialect.delimiter), next);
  RecordError error;
  while (next < end && rows < max_rows_) {
    if (*next == '\n' || (*next == '\r' && next[1] == '\n')) {
      next += *next == '\n' ? 1 : 2;
      scanner.Restart(next);
      continue;
    }
    float* const row = RowPlace(rows, num_features, &block->values);
    const absl::string_view rest(next, end - next);
    const char* after = ParsePlainRow(next, &scanner, row);
    Outcome outcome = Outcome::kRow;
    if (after == nullptr) {
      size_t size = 0;
      outcome = ParseAnyRow(rest, at_end, row, &size, &error);
      if (outcome == Outcome::kIncomplete) break;
      after = next + size;
      scanner.Restart(after);
    }
    if (outcome == Outcome::kRow && TakeRow(rest, row, block, &error)) {
      ++rows;
      next = after;
      continue;
    }
    error.offset += next - text.data();
    result.error = std::move(error);
    next = after;
    break;
  }
  block->values.resize(rows * num_features);
  result.consumed = next - text.data();
  expected_bytes_ -= std::min<uint64_t>(expected_bytes_, result.consumed);
  return result;
}

}  // namespace lineup

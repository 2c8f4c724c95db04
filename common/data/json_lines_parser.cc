#include "common/data/json_lines_parser.h"

#include <algorithm>
#include <utility>

#include "absl/types/optional.h"

namespace lineup {
namespace {

// The line at the start of `text`, without its end; nullopt if that is not in
// the text. *size is that of the line with its end.
absl::optional<absl::string_view> CutLine(absl::string_view text, bool at_end,
                                          size_t* size) {
  const size_t newline = text.find('\n');
  if (newline == text.npos && !at_end) return absl::nullopt;
  *size = newline == text.npos ? text.size() : newline + 1;
  return text.substr(0, newline);
}

bool Blank(absl::string_view line) {
  return line.find_first_not_of(" \t\r") == line.npos;
}

void SetError(const TensorError& wrong, const JsonRecord& record,
              RecordError* error) {
  error->offset = wrong.name == "label" && record.has_label
                      ? record.label_offset
                      : record.features_offset;
  error->position = error->offset + 1;
  error->name = wrong.name;
  error->message = wrong.message;
}

// What `line` says about the records of its file.
bool FindLayout(absl::string_view line, TensorLayout* layout,
                RecordError* error) {
  JsonRecord record;
  if (!ReadJsonRecord(line, /*with_label=*/true, &record, error)) return false;
  layout->sparse = record.features.sparse();
  layout->labelled = record.has_label;
  const auto wrong = TensorWidth(record.features, &layout->num_features);
  if (wrong) SetError(*wrong, record, error);
  return !wrong;
}

}  // namespace

LayoutResult FindJsonLinesLayout(absl::string_view head, bool at_end,
                                 TensorLayout* layout, RecordError* error) {
  bool bad = false;
  size_t at = 0;
  while (at < head.size()) {
    size_t size = 0;
    const auto line = CutLine(head.substr(at), at_end, &size);
    if (!line) break;
    if (!Blank(*line)) {
      RecordError wrong;
      if (FindLayout(*line, layout, &wrong)) return LayoutResult::kFound;
      wrong.offset += at;
      if (!bad) *error = std::move(wrong);
      bad = true;
    }
    at += size;
  }
  if (bad) return LayoutResult::kBad;
  if (!at_end) return LayoutResult::kIncomplete;
  *error = RecordError();
  error->position = 1;
  error->message = "found no record, expected at least one";
  return LayoutResult::kBad;
}

JsonLinesParser::JsonLinesParser(const TensorLayout& layout,
                                 const LabelDomain& label_domain,
                                 const BlockLimits& limits,
                                 uint64_t expected_bytes)
    : layout_(layout),
      expected_bytes_(expected_bytes),
      rows_(layout, label_domain, limits) {}

bool JsonLinesParser::TakeRecord(absl::string_view line, Examples* block,
                                 bool* good, RecordError* error) {
  *good = ReadJsonRecord(line, layout_.labelled, &record_, error);
  if (!*good) return true;
  if (block->empty()) rows_.Start(expected_bytes_ / line.size() + 1, block);
  TensorError wrong;
  const TensorRows::Outcome outcome =
      rows_.Append(&record_.features,
                   record_.has_label ? &record_.label : nullptr, block, &wrong);
  if (outcome == TensorRows::Outcome::kBad) {
    *good = false;
    SetError(wrong, record_, error);
  }
  return outcome != TensorRows::Outcome::kFull;
}

ParseResult JsonLinesParser::Parse(absl::string_view text, bool at_end,
                                   Examples* block) {
  ParseResult result;
  while (result.consumed < text.size() && !result.error) {
    size_t size = 0;
    const auto line = CutLine(text.substr(result.consumed), at_end, &size);
    if (!line) break;
    if (!Blank(*line)) {
      bool good = false;
      RecordError error;
      if (!TakeRecord(*line, block, &good, &error)) break;
      if (!good) {
        error.offset += result.consumed;
        result.error = std::move(error);
      }
    }
    result.consumed += size;
  }
  return result;
}

}  // namespace lineup

#include "common/data/recordio_parser.h"

#include <utility>

#include "absl/types/optional.h"

namespace lineup {
namespace {

// What the record in `frame` says about the records of its file; otherwise
// what is wrong with it.
absl::optional<TensorError> FindLayout(const RecordFrame& frame,
                                       TensorLayout* layout) {
  DecodedRecord record;
  if (auto error = DecodeRecord(frame.payload, /*with_label=*/true, &record)) {
    return error;
  }
  layout->sparse = record.features.sparse();
  layout->labelled = record.has_label && !record.label.values.empty();
  return TensorWidth(record.features, &layout->num_features);
}

RecordError MakeError(const TensorError& wrong, size_t offset,
                      uint64_t record_number, bool fatal) {
  RecordError error;
  error.offset = offset;
  error.position = record_number;
  error.name = wrong.name;
  error.message = wrong.message;
  error.fatal = fatal;
  return error;
}

}  // namespace

LayoutResult FindRecordIoLayout(absl::string_view head, bool at_end,
                                TensorLayout* layout, RecordError* error) {
  RecordFrame frame;
  size_t at = 0;
  uint64_t bad_records = 0;
  while (at < head.size()) {
    const FrameResult cut = CutRecord(head.substr(at), at_end, &frame);
    if (cut == FrameResult::kIncomplete) break;
    absl::optional<TensorError> wrong = TensorError{"", frame.error};
    if (cut == FrameResult::kRecord) wrong = FindLayout(frame, layout);
    if (!wrong) return LayoutResult::kFound;
    if (++bad_records == 1) {
      *error = MakeError(*wrong, at, bad_records, cut == FrameResult::kLost);
    }
    at += frame.size;
  }
  if (bad_records > 0) return LayoutResult::kBad;
  if (!at_end) return LayoutResult::kIncomplete;
  *error = MakeError({"", "found no record, expected at least one"}, 0, 1,
                     /*fatal=*/false);
  return LayoutResult::kBad;
}

RecordIoParser::RecordIoParser(const TensorLayout& layout,
                               uint64_t first_record,
                               const LabelDomain& label_domain,
                               const BlockLimits& limits,
                               uint64_t expected_bytes)
    : layout_(layout),
      expected_bytes_(expected_bytes),
      rows_(layout, label_domain, limits),
      records_before_(first_record) {}

bool RecordIoParser::TakeRecord(Examples* block,
                                absl::optional<TensorError>* error) {
  if (block->empty()) rows_.Start(expected_bytes_ / frame_.size + 1, block);
  *error = DecodeRecord(frame_.payload, layout_.labelled, &record_);
  if (*error) return true;
  TensorError wrong;
  const TensorRows::Outcome outcome =
      rows_.Append(&record_.features,
                   record_.has_label ? &record_.label : nullptr, block, &wrong);
  if (outcome == TensorRows::Outcome::kBad) *error = std::move(wrong);
  return outcome != TensorRows::Outcome::kFull;
}

ParseResult RecordIoParser::Parse(absl::string_view text, bool at_end,
                                  Examples* block) {
  ParseResult result;
  if (lost_) {
    result.consumed = text.size();
    return result;
  }
  while (result.consumed < text.size() && !result.error) {
    const FrameResult cut =
        CutRecord(text.substr(result.consumed), at_end, &frame_);
    if (cut == FrameResult::kIncomplete) break;
    absl::optional<TensorError> wrong;
    if (cut != FrameResult::kRecord) {
      wrong = TensorError{"", frame_.error};
      lost_ = cut == FrameResult::kLost;
    } else if (!TakeRecord(block, &wrong)) {
      break;
    }
    ++records_before_;
    if (wrong) {
      result.error = MakeError(*wrong, result.consumed, records_before_, lost_);
    }
    result.consumed += frame_.size;
  }
  return result;
}

}  // namespace lineup

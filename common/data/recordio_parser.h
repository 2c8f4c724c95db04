// Parses RecordIO files of aialgs.data.Record messages, the format that
// SageMaker calls application/x-recordio-protobuf.

#ifndef LINEUP_COMMON_DATA_RECORDIO_PARSER_H_
#define LINEUP_COMMON_DATA_RECORDIO_PARSER_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "common/data/examples.h"
#include "common/data/record_decoder.h"
#include "common/data/record_parser.h"
#include "common/data/recordio_framing.h"
#include "common/data/schema.h"
#include "common/data/tensor_rows.h"

namespace lineup {

// The layout of a file by its first good record. `head` is the file's
// beginning, all of it if `at_end`. kBad: *error is that of the first record.
LayoutResult FindRecordIoLayout(absl::string_view head, bool at_end,
                                TensorLayout* layout, RecordError* error);

class RecordIoParser : public RecordParser {
 public:
  // `first_record`: records in the file before the bytes that will be handed
  // in. `expected_bytes`: about how many those are; for allocation.
  RecordIoParser(const TensorLayout& layout, uint64_t first_record,
                 const LabelDomain& label_domain, const BlockLimits& limits,
                 uint64_t expected_bytes);

  ParseResult Parse(absl::string_view text, bool at_end,
                    Examples* block) override;
  bool line_based() const override { return false; }

 private:
  // Takes the record in frame_. False: it belongs into the next block.
  bool TakeRecord(Examples* block, absl::optional<TensorError>* error);

  const TensorLayout layout_;
  const uint64_t expected_bytes_;
  TensorRows rows_;
  uint64_t records_before_;
  // After damage beyond which no record can be found.
  bool lost_ = false;
  RecordFrame frame_;
  DecodedRecord record_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_RECORDIO_PARSER_H_

// Parses JSON Lines (json_record.h): one record a line, blank lines apart.

#ifndef LINEUP_COMMON_DATA_JSON_LINES_PARSER_H_
#define LINEUP_COMMON_DATA_JSON_LINES_PARSER_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "common/data/examples.h"
#include "common/data/json_record.h"
#include "common/data/record_parser.h"
#include "common/data/schema.h"
#include "common/data/tensor_rows.h"

namespace lineup {

// The layout of a file by its first good record. `head` is the file's
// beginning, all of it if `at_end`. kBad: *error is that of the first record.
LayoutResult FindJsonLinesLayout(absl::string_view head, bool at_end,
                                 TensorLayout* layout, RecordError* error);

class JsonLinesParser : public RecordParser {
 public:
  // `expected_bytes`: about how much text will come; for allocation.
  JsonLinesParser(const TensorLayout& layout, const LabelDomain& label_domain,
                  const BlockLimits& limits, uint64_t expected_bytes);

  ParseResult Parse(absl::string_view text, bool at_end,
                    Examples* block) override;
  bool line_based() const override { return true; }

 private:
  // Takes the record `line`. False: it belongs into the next block. *good
  // says whether it was taken; otherwise *error says why not.
  bool TakeRecord(absl::string_view line, Examples* block, bool* good,
                  RecordError* error);

  const TensorLayout layout_;
  const uint64_t expected_bytes_;
  TensorRows rows_;
  JsonRecord record_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_JSON_LINES_PARSER_H_

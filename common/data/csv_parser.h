// Parses the records of a CSV file into dense examples.
//
// Rows of plain numbers take a fast path: 64 characters are searched for
// delimiters at once, and each field is converted without a loop over its
// characters, straight into its place in the block. Whatever that path does
// not understand (quotes, blanks, errors) is parsed again with care.

#ifndef LINEUP_COMMON_DATA_CSV_PARSER_H_
#define LINEUP_COMMON_DATA_CSV_PARSER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/data/csv_record.h"
#include "common/data/examples.h"
#include "common/data/record_parser.h"
#include "common/data/schema.h"
#include "common/data/stop_scanner.h"

namespace lineup {

// What the columns of one file mean.
struct CsvLayout {
  CsvDialect dialect;
  uint32_t num_features = 0;
  // For each column of the file the feature it holds; label_target() for the
  // label and weight_target() for the weight.
  std::vector<uint32_t> targets;
  // The columns' names, or empty.
  std::vector<std::string> names;
  bool labelled = true;
  bool weighted = false;

  uint32_t label_target() const { return num_features; }
  uint32_t weight_target() const { return num_features + 1; }

  // What errors call column `column`: its name, or what it holds.
  std::string ColumnName(size_t column) const;
};

class CsvParser : public RecordParser {
 public:
  // `expected_bytes`: about how much text will come; for allocation.
  CsvParser(CsvLayout layout, const LabelDomain& label_domain,
            const BlockLimits& limits, uint64_t expected_bytes);

  ParseResult Parse(absl::string_view text, bool at_end,
                    Examples* block) override;
  bool line_based() const override { return true; }

 private:
  using Scanner = StopScanner<DelimiterOrNewline>;
  enum class Outcome { kRow, kBad, kIncomplete };

  void Reserve(absl::string_view text, Examples* block) const;

  // Converts the row at `begin` into row[targets]; null if it is not a plain
  // row, otherwise the start of the next.
  const char* ParsePlainRow(const char* begin, Scanner* scanner,
                            float* row) const;

  // Converts the row at the start of `text` with care. Sets *size, and *error
  // for kBad.
  Outcome ParseAnyRow(absl::string_view text, bool at_end, float* row,
                      size_t* size, RecordError* error);
  bool ConvertFields(absl::string_view text, float* row, RecordError* error);

  // Checks the label and weight in `row`, and appends them to the block.
  bool TakeRow(absl::string_view text, const float* row, Examples* block,
               RecordError* error);
  RecordError ColumnError(absl::string_view text, uint32_t target,
                          std::string message);

  const CsvLayout layout_;
  const LabelDomain label_domain_;
  const size_t max_rows_;
  uint64_t expected_bytes_;
  CsvRecord record_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_CSV_PARSER_H_

// Parses LIBSVM text (libsvm_record.h) into sparse examples.
//
// Rows of plain numbers in order of their ids take a fast path, as in
// CsvParser: 64 characters are searched for colons and blanks at once, and
// ids and values are converted without a loop over their characters. Whatever
// that path does not understand (other orders, errors) is read again by
// ReadLibsvmLine.

#ifndef LINEUP_COMMON_DATA_LIBSVM_PARSER_H_
#define LINEUP_COMMON_DATA_LIBSVM_PARSER_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "common/data/examples.h"
#include "common/data/libsvm_record.h"
#include "common/data/record_parser.h"
#include "common/data/schema.h"
#include "common/data/stop_scanner.h"

namespace lineup {

class LibsvmParser : public RecordParser {
 public:
  // `expected_bytes`: about how much text will come; for allocation.
  LibsvmParser(const LibsvmLayout& layout, const LabelDomain& label_domain,
               const BlockLimits& limits, uint64_t expected_bytes);

  ParseResult Parse(absl::string_view text, bool at_end,
                    Examples* block) override;
  bool line_based() const override { return true; }

 private:
  using Scanner = StopScanner<ColonOrBlank>;
  class Rows;

  void Reserve(absl::string_view text, Examples* block) const;

  // Reads the row at `begin` into the open row of `rows`; null if it is not a
  // plain row, otherwise the start of the next.
  const char* ParsePlainRow(const char* begin, Scanner* scanner,
                            Rows* rows) const;
  // Reads a line, which is without its end, into the open row with care.
  LibsvmLine ParseAnyRow(absl::string_view line, Rows* rows,
                         RecordError* error);
  static const char* AfterComment(const char* at, Scanner* scanner);
  bool ParsePlainLabel(const char* begin, const char* end, float* label) const;

  const LibsvmLayout layout_;
  const LabelDomain label_domain_;
  const BlockLimits limits_;
  const uint64_t expected_bytes_;
  LibsvmRecord record_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_LIBSVM_PARSER_H_

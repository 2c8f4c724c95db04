// Text with the readable bytes around it that RecordParser asks for, for
// tests, benchmarks and fuzzers.

#ifndef LINEUP_COMMON_DATA_PADDED_TEXT_H_
#define LINEUP_COMMON_DATA_PADDED_TEXT_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/data/record_parser.h"

namespace lineup {

class PaddedText {
 public:
  explicit PaddedText(absl::string_view text)
      : buffer_(absl::StrCat(std::string(RecordParser::kPadding, '7'), text,
                             std::string(RecordParser::kPadding, '7'))) {}

  absl::string_view text() const {
    return absl::string_view(buffer_).substr(
        RecordParser::kPadding, buffer_.size() - 2 * RecordParser::kPadding);
  }

 private:
  const std::string buffer_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_PADDED_TEXT_H_

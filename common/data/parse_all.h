// Runs a parser over a whole text, for tests.

#ifndef LINEUP_COMMON_DATA_PARSE_ALL_H_
#define LINEUP_COMMON_DATA_PARSE_ALL_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/data/padded_text.h"
#include "common/data/record_parser.h"

namespace lineup {

struct Parsed {
  Examples block;
  std::vector<std::string> errors;  // "offset:position (name): message"
  size_t consumed = 0;
};

// All of `text` at once, into one block as far as its limits go; parsing goes
// on after bad records.
inline Parsed ParseAll(RecordParser* parser, absl::string_view text) {
  const PaddedText padded(text);
  Parsed parsed;
  while (parsed.consumed < text.size()) {
    const ParseResult result = parser->Parse(
        padded.text().substr(parsed.consumed), true, &parsed.block);
    if (result.error) {
      parsed.errors.push_back(absl::StrCat(
          parsed.consumed + result.error->offset, ":", result.error->position,
          " (", result.error->name, "): ", result.error->message));
    } else if (result.consumed == 0) {
      break;
    }
    parsed.consumed += result.consumed;
  }
  return parsed;
}

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_PARSE_ALL_H_

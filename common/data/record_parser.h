// The common face of the parsers: bytes in, examples out.
//
// A parser is created for one split, used by one thread, and fed with pieces
// of text one after the other. What it did not consume is handed in again in
// front of the next piece.

#ifndef LINEUP_COMMON_DATA_RECORD_PARSER_H_
#define LINEUP_COMMON_DATA_RECORD_PARSER_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "common/data/examples.h"

namespace lineup {

// What is wrong with one record. The reader of the file adds the file's name
// and, for text, the line.
struct RecordError {
  // Where in the text handed to Parse; its line is the one reported.
  size_t offset = 0;
  // CSV: the field, LIBSVM and JSON Lines: the byte in the line, from 1.
  // RecordIO: the number of the record in the file, from 1.
  uint64_t position = 0;
  // The feature, "label" or "weight" concerned; may be empty.
  std::string name;
  // What was found, what was expected, what to do.
  std::string message;
  // No record behind this one can be found (RecordIO whose lengths are
  // damaged), so how many there are is not known: an error whatever the limit
  // of bad records. All further bytes are passed over.
  bool fatal = false;
};

struct ParseResult {
  // Bytes of whole records, those of a bad record included.
  size_t consumed = 0;
  // Set if parsing stopped at a bad record, of which nothing is in the block.
  // Parsing may go on after it.
  absl::optional<RecordError> error;
};

// How much a parser puts into one block.
struct BlockLimits {
  size_t max_examples = 65536;
  uint64_t max_bytes = uint64_t{16} << 20;
};

class RecordParser {
 public:
  // Bytes that must be readable before and behind the text.
  static constexpr size_t kPadding = 64;

  virtual ~RecordParser() = default;

  // Appends the examples in `text` to `block` until the text is used up, the
  // block has reached its limits, or a record is bad. Consuming nothing
  // without an error, on a block that was empty, means that the record needs
  // more text. `at_end`: there is none.
  virtual ParseResult Parse(absl::string_view text, bool at_end,
                            Examples* block) = 0;

  // True if text must be handed in up to and including an end of line.
  virtual bool line_based() const = 0;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_RECORD_PARSER_H_

// What fuzz targets of parsers check: that the blocks are well-formed, and
// that the pieces in which a text is handed in and the limits of the blocks
// make no difference to the examples and errors.

#ifndef LINEUP_COMMON_DATA_PARSER_FUZZING_H_
#define LINEUP_COMMON_DATA_PARSER_FUZZING_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "absl/strings/string_view.h"
#include "common/data/record_parser.h"

namespace lineup {

using MakeFuzzedParser =
    std::function<std::unique_ptr<RecordParser>(const BlockLimits& limits)>;

// Parses `text` with new parsers in several ways. Dies if they differ, or if a
// block breaks a rule of examples.h.
void CheckParser(absl::string_view text, const MakeFuzzedParser& make_parser);

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_PARSER_FUZZING_H_

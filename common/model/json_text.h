// JSON laid out for people: what fits into a line of 80 columns stands on one
// line, long lists of numbers run on over several, all else is one member a
// line. Numbers as in number_text.h; those that are not finite, which JSON does
// not know, are null; text that is not UTF-8 has U+FFFD in its place.

#ifndef LINEUP_COMMON_MODEL_JSON_TEXT_H_
#define LINEUP_COMMON_MODEL_JSON_TEXT_H_

#include <string>

#include "nlohmann/json.hpp"

namespace lineup {

// Ends with a newline.
std::string ReadableJson(const nlohmann::ordered_json& value);

// On one line, with a blank after each comma and colon.
std::string CompactJson(const nlohmann::ordered_json& value);

}  // namespace lineup

#endif  // LINEUP_COMMON_MODEL_JSON_TEXT_H_

#ifndef LINEUP_COMMON_BASE_UTF8_H_
#define LINEUP_COMMON_BASE_UTF8_H_

// Text from files and peers, made fit for receivers that insist on UTF-8.

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace lineup {

// The length of the character that `text` begins with (RFC 3629: shortest
// form, no surrogates, at most U+10FFFF); 0 if it begins with none.
size_t Utf8CharacterLength(absl::string_view text);

// `text` with U+FFFD in place of each byte that belongs to no character.
std::string ReplaceInvalidUtf8(absl::string_view text);

// The longest beginning of valid `text` that has at most `max_bytes` bytes and
// ends with a whole character.
absl::string_view Utf8Prefix(absl::string_view text, size_t max_bytes);

}  // namespace lineup

#endif  // LINEUP_COMMON_BASE_UTF8_H_

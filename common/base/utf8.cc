#include "common/base/utf8.h"

#include <cstdint>

namespace lineup {
namespace {

bool IsContinuation(char c) { return (static_cast<uint8_t>(c) & 0xC0) == 0x80; }

// By the first byte alone; 0 if no character begins with it.
size_t LengthByFirstByte(uint8_t first) {
  if (first < 0x80) return 1;
  if (first < 0xC2) return 0;  // a continuation, or a longer form of ASCII
  if (first < 0xE0) return 2;
  if (first < 0xF0) return 3;
  return first < 0xF5 ? 4 : 0;
}

// Whether the second byte makes a character that is not in its shortest form,
// a surrogate, or too large (RFC 3629, section 4).
bool IsForbidden(uint8_t first, uint8_t second) {
  return (first == 0xE0 && second < 0xA0) ||
         (first == 0xED && second >= 0xA0) ||
         (first == 0xF0 && second < 0x90) || (first == 0xF4 && second >= 0x90);
}

}  // namespace

size_t Utf8CharacterLength(absl::string_view text) {
  if (text.empty()) return 0;
  const auto first = static_cast<uint8_t>(text[0]);
  const size_t length = LengthByFirstByte(first);
  if (length > text.size()) return 0;
  for (size_t i = 1; i < length; ++i) {
    if (!IsContinuation(text[i])) return 0;
  }
  if (length > 1 && IsForbidden(first, static_cast<uint8_t>(text[1]))) return 0;
  return length;
}

std::string ReplaceInvalidUtf8(absl::string_view text) {
  constexpr absl::string_view kReplacement = "\xEF\xBF\xBD";
  std::string valid;
  valid.reserve(text.size());
  while (!text.empty()) {
    const size_t length = Utf8CharacterLength(text);
    const absl::string_view character =
        length == 0 ? kReplacement : text.substr(0, length);
    valid.append(character.data(), character.size());
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return valid;
}

absl::string_view Utf8Prefix(absl::string_view text, size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  size_t end = max_bytes;
  while (end > 0 && IsContinuation(text[end])) --end;
  return text.substr(0, end);
}

}  // namespace lineup

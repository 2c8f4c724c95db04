#ifndef LINEUP_COMMON_BASE_BFLOAT16_H_
#define LINEUP_COMMON_BASE_BFLOAT16_H_

// bfloat16: the upper half of a float32, so 8 bits of precision and the same
// range. Halves what travels where that precision is enough.

#include <cstdint>
#include <cstring>

namespace lineup {

// Rounds to nearest, ties to even. NaN stays NaN; what is too large becomes
// infinite.
inline uint16_t Bfloat16FromFloat(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  const bool is_nan = (bits & 0x7FFFFFFF) > 0x7F800000;
  const uint32_t rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
  // A NaN whose payload lies in the lower half only must not become infinite.
  const uint32_t quiet_nan = (bits >> 16) | 0x40;
  return static_cast<uint16_t>(is_nan ? quiet_nan : rounded);
}

// Exact.
inline float FloatFromBfloat16(uint16_t half) {
  const uint32_t bits = static_cast<uint32_t>(half) << 16;
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

}  // namespace lineup

#endif  // LINEUP_COMMON_BASE_BFLOAT16_H_

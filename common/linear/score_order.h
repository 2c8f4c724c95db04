// Scores as integers that sort as the scores do, for sorting and counting by
// digits.

#ifndef LINEUP_COMMON_LINEAR_SCORE_ORDER_H_
#define LINEUP_COMMON_LINEAR_SCORE_ORDER_H_

#include <cstdint>
#include <cstring>

namespace lineup {

// Equal for equal scores (-0 and 0 are), larger for larger ones; not for NaN.
inline uint32_t ScoreToOrder(float score) {
  score += 0.0f;  // -0 becomes 0
  uint32_t bits;
  std::memcpy(&bits, &score, sizeof(bits));
  const uint32_t negative = static_cast<uint32_t>(-(bits >> 31));
  return bits ^ (negative | 0x80000000u);
}

// The score of ScoreToOrder's value.
inline float OrderToScore(uint32_t order) {
  const uint32_t negative = (order >> 31) - 1;
  const uint32_t bits = order ^ (negative | 0x80000000u);
  float score;
  std::memcpy(&score, &bits, sizeof(score));
  return score;
}

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_SCORE_ORDER_H_

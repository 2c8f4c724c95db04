// exp and log1p of eight floats at a time, as the losses need them, without
// branches: within one and two units in the last place (vector_math_test.cc).
//
// The polynomials are minimax approximations; their relative errors (3e-9 for
// exp, 3e-8 for log1p) lie below a float's rounding.
//
// Thread safety: pure functions.

#ifndef LINEUP_COMMON_LINEAR_VECTOR_MATH_H_
#define LINEUP_COMMON_LINEAR_VECTOR_MATH_H_

#include <immintrin.h>

#include <limits>

#include "common/linear/aligned.h"

namespace lineup {

// e^x for x <= 0; 0 below -87.3, where it would be denormal. NaN stays NaN.
inline Float8 ExpOfNegative8(Float8 x) {
  // x = n ln 2 + r with |r| <= ln 2 / 2; ln 2 in two parts.
  const Float8 n =
      _mm256_round_ps(x * Broadcast8(1.44269504f),
                      _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  Float8 r = MultiplyAdd8(n, Broadcast8(-0x1.62ep-1f), x);
  r = MultiplyAdd8(n, Broadcast8(-0x1.0bfbe8p-15f), r);
  // e^r = 1 + r + r^2 q(r).
  Float8 q = Broadcast8(0x1.6a244cp-10f);
  q = MultiplyAdd8(q, r, Broadcast8(0x1.1239d4p-7f));
  q = MultiplyAdd8(q, r, Broadcast8(0x1.5558f2p-5f));
  q = MultiplyAdd8(q, r, Broadcast8(0x1.555492p-3f));
  q = MultiplyAdd8(q, r, Broadcast8(0x1.fffffcp-2f));
  const Float8 power = MultiplyAdd8(q, r * r, r) + 1.0f;
  // 2^n, made of its exponent bits.
  const __m256i exponent = _mm256_slli_epi32(
      _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127)), 23);
  const Float8 result = power * Float8(_mm256_castsi256_ps(exponent));
  return Where8(~(x < Broadcast8(-87.3f)), result);
}

// log(1 + x) for 0 <= x <= 1. NaN stays NaN.
inline Float8 Log1pOfFraction8(Float8 x) {
  // x + x^2 q(x).
  Float8 q = Broadcast8(0x1.5f96dap-8f);
  q = MultiplyAdd8(q, x, Broadcast8(-0x1.ec991cp-6f));
  q = MultiplyAdd8(q, x, Broadcast8(0x1.446bfep-4f));
  q = MultiplyAdd8(q, x, Broadcast8(-0x1.19ad8ap-3f));
  q = MultiplyAdd8(q, x, Broadcast8(0x1.884452p-3f));
  q = MultiplyAdd8(q, x, Broadcast8(-0x1.fd132p-3f));
  q = MultiplyAdd8(q, x, Broadcast8(0x1.5535dap-2f));
  q = MultiplyAdd8(q, x, Broadcast8(-0x1.ffff14p-2f));
  return MultiplyAdd8(q, x * x, x);
}

// log(1 + x) for x >= 0. Infinity stays, and so does NaN.
inline Float8 Log1p8(Float8 x) {
  // Above 1: 1 + x = 2^k (1 + m).
  const Mask8 is_fraction = x < Broadcast8(1.0f);
  const __m256i bits = _mm256_castps_si256(x + 1.0f);
  const Float8 k = _mm256_cvtepi32_ps(
      _mm256_sub_epi32(_mm256_srli_epi32(bits, 23), _mm256_set1_epi32(127)));
  const Float8 one_plus_m = _mm256_castsi256_ps(
      _mm256_or_si256(_mm256_and_si256(bits, _mm256_set1_epi32(0x7fffff)),
                      _mm256_set1_epi32(0x3f800000)));
  const Float8 m = Select8(is_fraction, x, one_plus_m - 1.0f);
  const Float8 result = MultiplyAdd8(
      Where8(~is_fraction, k), Broadcast8(0.693147181f), Log1pOfFraction8(m));
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  return Select8(x < Broadcast8(kInfinity), result, x);
}

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_VECTOR_MATH_H_

// The eight-wide float that the training kernels compute with, on arrays of
// floats on cache-line boundaries.
//
// A row of the weight matrix is padded to whole blocks of eight columns, so a
// kernel is a loop over blocks without a remainder. Float8 is the compiler's
// vector type: +, -, *, / and comparisons work lane by lane and mean the same
// IEEE operations as on single floats.

#ifndef LINEUP_COMMON_LINEAR_ALIGNED_H_
#define LINEUP_COMMON_LINEAR_ALIGNED_H_

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "common/base/aligned_vector.h"

namespace lineup {

inline constexpr size_t kBlockColumns = 8;

using Float8 = float __attribute__((vector_size(32)));

// All ones in the lanes where a comparison of Float8s holds, else zeros.
using Mask8 = int __attribute__((vector_size(32)));

inline Float8 Load8(const float* p) {
  return *reinterpret_cast<const Float8*>(p);
}
inline void Store8(float* p, Float8 x) { *reinterpret_cast<Float8*>(p) = x; }
inline void StoreUnaligned8(float* p, Float8 x) { _mm256_storeu_ps(p, x); }
inline Float8 Broadcast8(float x) { return Float8{x, x, x, x, x, x, x, x}; }
inline Float8 Zero8() { return Float8{}; }
// a * b + c, rounded once.
inline Float8 MultiplyAdd8(Float8 a, Float8 b, Float8 c) {
  return _mm256_fmadd_ps(a, b, c);
}
inline Float8 Sqrt8(Float8 x) { return _mm256_sqrt_ps(x); }
inline Float8 Abs8(Float8 x) {
  return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x);
}
// The lesser and the greater; `x` where it is NaN. So a limit must come first,
// or a candidate that has diverged would look as if it stood at the limit.
inline Float8 Min8(Float8 limit, Float8 x) { return _mm256_min_ps(limit, x); }
inline Float8 Max8(Float8 limit, Float8 x) { return _mm256_max_ps(limit, x); }
inline Float8 Clamp8(Float8 x, Float8 low, Float8 high) {
  return Min8(high, Max8(low, x));
}
// x where the mask is set, else 0.
inline Float8 Where8(Mask8 mask, Float8 x) {
  return _mm256_and_ps(reinterpret_cast<__m256>(mask), x);
}
// x where the mask is set, else y.
inline Float8 Select8(Mask8 mask, Float8 x, Float8 y) {
  return _mm256_blendv_ps(y, x, reinterpret_cast<__m256>(mask));
}
// The lanes of x that eight indexes (0 to 7) name.
inline Float8 Permute8(Float8 x, const int32_t* lanes) {
  return _mm256_permutevar8x32_ps(
      x, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(lanes)));
}
// sign(x) * max(|x| - threshold, 0), the proximal step of the L1 norm, for a
// threshold of at least 0. NaN stays NaN.
inline Float8 SoftThreshold8(Float8 x, Float8 threshold) {
  return x - Clamp8(x, -threshold, threshold);
}

// Adds each lane to one of eight doubles.
inline void AddToDoubles8(Float8 x, double* sums) {
  for (int half = 0; half < 2; ++half) {
    const __m128 four =
        half == 0 ? _mm256_castps256_ps128(x) : _mm256_extractf128_ps(x, 1);
    double* at = sums + 4 * half;
    _mm256_storeu_pd(at,
                     _mm256_add_pd(_mm256_loadu_pd(at), _mm256_cvtps_pd(four)));
  }
}

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_ALIGNED_H_

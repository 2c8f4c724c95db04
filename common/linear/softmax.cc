#include "common/linear/softmax.h"

#include <immintrin.h>

#include <algorithm>
#include <cstdint>
#include <limits>

#include "common/linear/aligned.h"
#include "common/linear/vector_math.h"

namespace lineup {
namespace {

// All ones in the first `n` of eight lanes.
__m256i FirstLanes(size_t n) {
  static constexpr int32_t kOnesThenZeros[16] = {-1, -1, -1, -1,
                                                 -1, -1, -1, -1};
  return _mm256_loadu_si256(
      reinterpret_cast<const __m256i*>(kOnesThenZeros + 8 - n));
}

// Calls function(at, lanes) for eight classes after eight; `lanes` masks those
// that there are.
template <typename Function>
void ForEachEight(size_t classes, float* scores, Function function) {
  for (size_t c = 0; c < classes; c += 8) {
    function(scores + c, FirstLanes(std::min<size_t>(8, classes - c)));
  }
}

Float8 LoadLanes(const float* at, __m256i lanes) {
  return _mm256_maskload_ps(at, lanes);
}
void StoreLanes(float* at, __m256i lanes, Float8 x) {
  _mm256_maskstore_ps(at, lanes, x);
}

float MaxOfLanes(Float8 x) {
  float max = x[0];
  for (int i = 1; i < 8; ++i) max = std::max(max, x[i]);
  return max;
}

float SumOfLanes(Float8 x) {
  const Float8 pairs = _mm256_hadd_ps(x, x);
  return (pairs[0] + pairs[1]) + (pairs[4] + pairs[5]);
}

float MaxOf(size_t classes, float* scores) {
  Float8 max = Broadcast8(-std::numeric_limits<float>::infinity());
  ForEachEight(classes, scores, [&](const float* at, __m256i lanes) {
    const Float8 x =
        Select8(Mask8(lanes), LoadLanes(at, lanes), Broadcast8(scores[0]));
    max = Max8(max, x);
  });
  return MaxOfLanes(max);
}

}  // namespace

SoftmaxLoss SoftmaxDerivative(size_t classes, size_t label, float weight,
                              float* scores) {
  const Float8 max = Broadcast8(MaxOf(classes, scores));
  const float own_score = scores[label] - max[0];
  ForEachEight(classes, scores, [&](float* at, __m256i lanes) {
    StoreLanes(at, lanes, ExpOfNegative8(LoadLanes(at, lanes) - max));
  });
  const float own = scores[label];
  scores[label] = 0.0f;
  Float8 sums = Zero8();
  ForEachEight(classes, scores, [&](const float* at, __m256i lanes) {
    sums += LoadLanes(at, lanes);
  });
  const float others = SumOfLanes(sums);
  const Float8 scale = Broadcast8(weight / (own + others));
  ForEachEight(classes, scores, [&](float* at, __m256i lanes) {
    StoreLanes(at, lanes, LoadLanes(at, lanes) * scale);
  });
  scores[label] = -others * scale[0];
  // One of the exponentials is 1: the label's own, or it is in `others`.
  if (own_score == 0.0f) return {others, 0.0f};
  return {others - 1.0f + own, -own_score};
}

}  // namespace lineup

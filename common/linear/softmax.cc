#include "common/linear/softmax.h"

#include <immintrin.h>

#include <cstdint>
#include <limits>

#include "common/linear/aligned.h"
#include "common/linear/vector_math.h"

namespace lineup {
namespace {

// Classes are worked on eight by eight. Those of a few eights stay in
// registers from the first load to the last store.
constexpr size_t kMaxEightsInRegisters = 4;

constexpr float kInfinity = std::numeric_limits<float>::infinity();

__m256i Lanes() { return _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7); }

// All ones in the first `n` of eight lanes.
__m256i FirstLanes(size_t n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(static_cast<int>(n)), Lanes());
}

// Stores the first `n` lanes, 1 to 8. Not with a masked store: the next
// candidate's scores begin where these end, and loads that overlap a masked
// store's lanes, even those that are off, wait until it is done.
void StoreLanes(float* at, size_t n, Float8 x) {
  if (n == 8) {
    StoreUnaligned8(at, x);
    return;
  }
  __m128 rest = _mm256_castps256_ps128(x);
  if (n & 4) {
    _mm_storeu_ps(at, rest);
    rest = _mm256_extractf128_ps(x, 1);
    at += 4;
  }
  if (n & 2) {
    _mm_storel_pi(reinterpret_cast<__m64*>(at), rest);
    rest = _mm_movehl_ps(rest, rest);
    at += 2;
  }
  if (n & 1) _mm_store_ss(at, rest);
}

// The scores of one candidate, eight by eight.
class Eights {
 public:
  Eights(size_t classes, size_t label, float* scores)
      : scores_(scores),
        count_((classes + 7) / 8),
        last_size_(classes - 8 * (count_ - 1)),
        label_(label) {}

  size_t count() const { return count_; }
  // Lanes beyond the last class hold minus infinity, whose exponential is 0.
  Float8 Load(size_t i) const {
    if (i + 1 < count_) return _mm256_loadu_ps(scores_ + 8 * i);
    const __m256i lanes = FirstLanes(last_size_);
    return _mm256_blendv_ps(Broadcast8(-kInfinity),
                            _mm256_maskload_ps(scores_ + 8 * i, lanes),
                            _mm256_castsi256_ps(lanes));
  }
  void Store(size_t i, Float8 x) const {
    StoreLanes(scores_ + 8 * i, i + 1 < count_ ? 8 : last_size_, x);
  }
  Mask8 IsLabel(size_t i) const {
    const int lane = static_cast<int>(label_) - 8 * static_cast<int>(i);
    return Mask8(_mm256_cmpeq_epi32(_mm256_set1_epi32(lane), Lanes()));
  }

 private:
  float* const scores_;
  const size_t count_;
  const size_t last_size_;
  const size_t label_;
};

// In every lane the greatest of all lanes.
Float8 MaxOfLanes(Float8 x) {
  x = Max8(x, _mm256_permute2f128_ps(x, x, 1));
  x = Max8(x, _mm256_permute_ps(x, 0x4e));
  return Max8(x, _mm256_permute_ps(x, 0xb1));
}

Float8 MaxOf(size_t count, const Eights& eights) {
  Float8 max = eights.Load(0);
  for (size_t i = 1; i < count; ++i) max = Max8(max, eights.Load(i));
  return max;
}

// The sums of exponentials: of the label, and of all other classes.
class Sums {
 public:
  void Add(Mask8 is_label, Float8 exponentials) {
    own_ += Where8(is_label, exponentials);
    others_ += Where8(~is_label, exponentials);
  }
  void Finish() {
    Float8 both = _mm256_hadd_ps(own_, others_);
    both = _mm256_hadd_ps(both, both);
    own = both[0] + both[4];
    others = both[1] + both[5];
  }

  float own = 0;
  float others = 0;

 private:
  Float8 own_ = {};
  Float8 others_ = {};
};

// `gap` is how far the label's score is below the greatest.
SoftmaxLoss LossOf(const Sums& sums, float gap) {
  // One of the exponentials is 1: the label's own, or it is in `others`.
  if (gap == 0.0f) return {sums.others, 0.0f};
  return {sums.others - 1.0f + sums.own, gap};
}

template <size_t kCount>
SoftmaxLoss InRegisters(const Eights& eights, float own_score, float weight) {
  const Float8 max = MaxOfLanes(MaxOf(kCount, eights));
  Float8 x[kCount];
  Sums sums;
  for (size_t i = 0; i < kCount; ++i) {
    x[i] = ExpOfNegative8(eights.Load(i) - max);
    sums.Add(eights.IsLabel(i), x[i]);
  }
  sums.Finish();
  const float scale = weight / (sums.own + sums.others);
  const Float8 own = Broadcast8(-sums.others * scale);
  for (size_t i = 0; i < kCount; ++i) {
    eights.Store(i, Select8(eights.IsLabel(i), own, x[i] * scale));
  }
  return LossOf(sums, max[0] - own_score);
}

SoftmaxLoss InMemory(const Eights& eights, float own_score, float weight) {
  const Float8 max = MaxOfLanes(MaxOf(eights.count(), eights));
  Sums sums;
  for (size_t i = 0; i < eights.count(); ++i) {
    const Float8 x = ExpOfNegative8(eights.Load(i) - max);
    eights.Store(i, x);
    sums.Add(eights.IsLabel(i), x);
  }
  sums.Finish();
  const float scale = weight / (sums.own + sums.others);
  const Float8 own = Broadcast8(-sums.others * scale);
  for (size_t i = 0; i < eights.count(); ++i) {
    eights.Store(i, Select8(eights.IsLabel(i), own, eights.Load(i) * scale));
  }
  return LossOf(sums, max[0] - own_score);
}

}  // namespace

SoftmaxLoss SoftmaxDerivative(size_t classes, size_t label, float weight,
                              float* scores) {
  const Eights eights(classes, label, scores);
  const float own_score = scores[label];
  static_assert(kMaxEightsInRegisters == 4);
  switch (eights.count()) {
    case 1:
      return InRegisters<1>(eights, own_score, weight);
    case 2:
      return InRegisters<2>(eights, own_score, weight);
    case 3:
      return InRegisters<3>(eights, own_score, weight);
    case 4:
      return InRegisters<4>(eights, own_score, weight);
    default:
      return InMemory(eights, own_score, weight);
  }
}

}  // namespace lineup

// Running sums of the learning rates of all columns, so that a row which many
// updates did not touch can be caught up in one step: At(b) - At(a) is the sum
// of the rates of the updates after a, up to b.
//
// Memory is bounded: the last kRecent updates are kept one by one, older ones
// every kStride updates, so the sum for a row that old is too large by at most
// kStride / kRecent of itself. Sums are kept relative to a base that moves
// along, which keeps single precision exact to about 0.1 %.
//
// Thread safety: Add excludes readers; At may run in parallel.

#ifndef LINEUP_COMMON_LINEAR_RATE_SUMS_H_
#define LINEUP_COMMON_LINEAR_RATE_SUMS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/linear/aligned.h"

namespace lineup {

class RateSums {
 public:
  static constexpr uint32_t kRecent = 1 << 14;
  static constexpr uint32_t kStride = 1 << 10;

  explicit RateSums(size_t width)
      : width_(width), total_(width, 0.0), base_(width, 0.0) {
    recent_.resize(width, 0.0f);  // the sum up to update 0
  }

  // Appends the rates (width floats) of the next update.
  void Add(const float* rates) {
    ++num_updates_;
    for (size_t k = 0; k < width_; ++k) total_[k] += rates[k];
    if (num_updates_ % kStride == 0) Checkpoint();
    if (recent_.size() < width_ * kRecent) {
      recent_.resize(recent_.size() + width_);
    }
    float* sums = Recent(num_updates_);
    for (size_t k = 0; k < width_; ++k) {
      sums[k] = static_cast<float>(total_[k] - base_[k]);
    }
  }

  // Sum up to and including update `t` (0: before the first), relative to a
  // base that is the same for all t.
  const float* At(uint32_t t) const {
    if (num_updates_ - t < kRecent) return Recent(t);
    return &old_[t / kStride * width_];
  }

 private:
  const float* Recent(uint32_t t) const {
    return &recent_[t % kRecent * width_];
  }
  float* Recent(uint32_t t) { return &recent_[t % kRecent * width_]; }

  // Keeps the sum before this update and moves the base to it.
  void Checkpoint() {
    if (old_.empty()) old_.resize(width_);  // update 0
    const AlignedDoubles shift = [this] {
      AlignedDoubles s(width_);
      for (size_t k = 0; k < width_; ++k) s[k] = total_[k] - base_[k];
      return s;
    }();
    old_.resize(old_.size() + width_);
    float* newest = &old_[old_.size() - width_];
    for (size_t k = 0; k < width_; ++k) {
      newest[k] = static_cast<float>(shift[k]);
    }
    for (AlignedFloats* sums : {&old_, &recent_}) {
      for (size_t i = 0; i < sums->size(); ++i) {
        (*sums)[i] -= static_cast<float>(shift[i % width_]);
      }
    }
    base_ = total_;
  }

  size_t width_;
  uint32_t num_updates_ = 0;
  AlignedDoubles total_;
  AlignedDoubles base_;
  AlignedFloats recent_;  // ring: update t at t % kRecent
  AlignedFloats old_;     // update i * kStride at i
};

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_RATE_SUMS_H_

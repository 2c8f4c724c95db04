// The initial weight of one column of one feature: a pure function, so that
// every parameter server can create any row at any time.
//
// Thread safety: pure functions.

#ifndef LINEUP_COMMON_LINEAR_INITIAL_WEIGHT_H_
#define LINEUP_COMMON_LINEAR_INITIAL_WEIGHT_H_

#include <cstdint>

#include "common/base/random.h"
#include "common/linear/candidate.h"

namespace lineup {

// Uniform in (-init_scale, init_scale) or normal with deviation init_sigma.
// Depends on (seed, row, candidate.index, output) alone.
inline float InitialWeight(const Candidate& candidate, uint64_t seed,
                           uint32_t row, uint32_t output) {
  const uint64_t column =
      (static_cast<uint64_t>(candidate.index) << 32) | output;
  const uint64_t hash = HashMix(seed, row, column);
  if (candidate.init_method == InitMethod::kNormal) {
    return static_cast<float>(candidate.init_sigma * NormalFromHash(hash));
  }
  return static_cast<float>(candidate.init_scale *
                            (2.0 * UniformFromHash(hash) - 1.0));
}

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_INITIAL_WEIGHT_H_

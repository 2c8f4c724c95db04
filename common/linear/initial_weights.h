// The initial weights of a feature: a pure function, so that every parameter
// server can create any row at any time.
//
// Thread safety: immutable after construction.

#ifndef LINEUP_COMMON_LINEAR_INITIAL_WEIGHTS_H_
#define LINEUP_COMMON_LINEAR_INITIAL_WEIGHTS_H_

#include <cstdint>

#include "common/base/random.h"
#include "common/linear/candidate.h"

namespace lineup {

class InitialWeights {
 public:
  InitialWeights(uint64_t seed, uint32_t row) : hash_(seed, row) {}

  // The weight of one column: uniform in (-init_scale, init_scale) or normal
  // with deviation init_sigma. Depends on (seed, row, output) alone and on how
  // the candidate is initialised: candidates that differ in something else
  // begin alike, so that what tells them apart is their settings, not luck,
  // and those whose settings have made no difference yet are the same model.
  float Of(const Candidate& candidate, uint32_t output) const {
    const uint64_t hash = hash_.With(output);
    if (candidate.init_method == InitMethod::kNormal) {
      return static_cast<float>(candidate.init_sigma * NormalFromHash(hash));
    }
    return static_cast<float>(candidate.init_scale *
                              (2.0 * UniformFromHash(hash) - 1.0));
  }

 private:
  const HashOf hash_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_INITIAL_WEIGHTS_H_

// Which training examples are held out for validation
// (--validation-fraction): a pure function of the example's place, so every
// worker holds out the same ones without being told.

#ifndef LINEUP_COMMON_JOB_HOLD_OUT_H_
#define LINEUP_COMMON_JOB_HOLD_OUT_H_

#include <cstddef>
#include <cstdint>

#include "common/base/random.h"

namespace lineup {

// `record`: position of the example in its split.
inline bool IsHeldOut(uint64_t seed, size_t split, uint64_t record,
                      double fraction) {
  constexpr uint64_t kPurpose = 0x686f6c646f757400;  // not a shuffle's hash
  return UniformFromHash(HashMix(seed ^ kPurpose, split, record)) < fraction;
}

}  // namespace lineup

#endif  // LINEUP_COMMON_JOB_HOLD_OUT_H_

// How one candidate of a lineup compares with another after an epoch: the one
// order by which the best is chosen and the losing ones of a race are found.
//
// Thread safety: plain values and pure functions.

#ifndef LINEUP_COMMON_LINEAR_STANDING_H_
#define LINEUP_COMMON_LINEAR_STANDING_H_

#include <cmath>

#include "common/linear/early_stopping.h"

namespace lineup {

struct Standing {
  double criterion;  // what the goal is about
  double loss;       // decides between equal criteria: lower is better
};

// A candidate that has diverged has numbers that are not finite.
inline bool IsFinite(const Standing& standing) {
  return std::isfinite(standing.criterion) && std::isfinite(standing.loss);
}

// Whether `a` is strictly better. What is finite is better than what is not; of
// two equally good candidates neither is better.
inline bool IsBetter(Goal goal, const Standing& a, const Standing& b) {
  if (!IsFinite(a) || !IsFinite(b)) return IsFinite(a) && !IsFinite(b);
  if (a.criterion != b.criterion) {
    return goal == Goal::kMinimize ? a.criterion < b.criterion
                                   : a.criterion > b.criterion;
  }
  return a.loss < b.loss;
}

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_STANDING_H_

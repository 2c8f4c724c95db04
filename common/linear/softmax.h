// The softmax loss of one example for one candidate, and its derivatives with
// respect to the scores of all classes.
//
// Thread safety: pure functions.

#ifndef LINEUP_COMMON_LINEAR_SOFTMAX_H_
#define LINEUP_COMMON_LINEAR_SOFTMAX_H_

#include <cstddef>

namespace lineup {

// The loss in two parts, so that the logarithms of many candidates can be
// taken together: it is log(1 + excess) + gap, both at least 0.
struct SoftmaxLoss {
  float excess;
  float gap;
};

// Turns `scores` (of `classes` classes, any alignment) into weight times the
// derivatives p_c - [c = label]; that of the label is minus the sum of the
// others, without cancellation.
SoftmaxLoss SoftmaxDerivative(size_t classes, size_t label, float weight,
                              float* scores);

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_SOFTMAX_H_

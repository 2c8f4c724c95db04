// The progressive training losses of one epoch: every example's loss under the
// weights just before its own update, which a pass over the data gives for
// free.

#ifndef LINEUP_COMMON_LINEAR_EPOCH_LOSS_H_
#define LINEUP_COMMON_LINEAR_EPOCH_LOSS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lineup {

struct EpochLoss {
  std::vector<double> loss_sums;  // one a candidate
  uint64_t examples = 0;
  uint64_t minibatches = 0;

  // As the Linear Learner logs it: regression on the normalised label.
  double Mean(size_t candidate) const {
    return examples == 0 ? 0.0 : loss_sums[candidate] / examples;
  }
};

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_EPOCH_LOSS_H_

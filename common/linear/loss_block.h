// The losses of a block of examples under one candidate, in double: those of
// example_loss.h, computed for many examples at once.
//
// A block's arrays are filled up to whole vectors with zeros (weight zero), so
// that no example is computed in another way than the others.
//
// Thread safety: pure functions.

#ifndef LINEUP_COMMON_LINEAR_LOSS_BLOCK_H_
#define LINEUP_COMMON_LINEAR_LOSS_BLOCK_H_

#include <cstddef>

#include "Eigen/Core"
#include "common/linear/example_loss.h"
#include "common/linear/types.h"

namespace lineup {

inline constexpr size_t kBlockExamples = 256;  // at most

// A number for each example of a block, and zeros behind them.
using BlockArray =
    Eigen::Array<double, Eigen::Dynamic, 1, 0, kBlockExamples, 1>;

BlockArray BlockOf(size_t size, const float* values);

// The examples' weights; null means all 1.
BlockArray BlockOfWeights(size_t size, const float* weights);

// Labels are 0 or 1, and `positive` weighs those that are 1. The probabilities
// of class 1 go to `probabilities`, which has room for kBlockExamples.
BlockArray LogisticLosses(const BlockArray& values, const BlockArray& labels,
                          double positive, float* probabilities);

// Of any loss but softmax.
BlockArray ScalarLosses(LossType loss, const LossParameters& parameters,
                        const BlockArray& values, const BlockArray& labels);

bool AllFinite(size_t size, const float* values);

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_LOSS_BLOCK_H_

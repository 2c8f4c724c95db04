#include "common/linear/loss_block.h"

#include <cmath>
#include <limits>

namespace lineup {
namespace {

constexpr size_t kVector = 4;  // doubles

BlockArray Zeros(size_t size) {
  return BlockArray::Zero((size + kVector - 1) / kVector * kVector);
}

}  // namespace

BlockArray BlockOf(size_t size, const float* values) {
  BlockArray array = Zeros(size);
  array.head(size) =
      Eigen::Map<const Eigen::ArrayXf>(values, size).cast<double>();
  return array;
}

BlockArray BlockOfWeights(size_t size, const float* weights) {
  if (weights != nullptr) return BlockOf(size, weights);
  BlockArray array = Zeros(size);
  array.head(size) = 1;
  return array;
}

BlockArray LogisticLosses(const BlockArray& values, const BlockArray& labels,
                          double positive, float* probabilities) {
  const BlockArray e = (-values.abs()).exp();
  const BlockArray u = 1 + e;
  const BlockArray p = (values >= 0).select(1.0, e) / u;
  Eigen::Map<Eigen::ArrayXf>(probabilities, p.size()) = p.cast<float>();
  // log(1 + e), the rounding of 1 + e corrected for.
  const BlockArray log1p = (u == 1).select(e, u.log() * (e / (u - 1)));
  return (log1p + ((1 - 2 * labels) * values).max(0)) *
         (1 + (positive - 1) * labels);
}

BlockArray ScalarLosses(LossType loss, const LossParameters& parameters,
                        const BlockArray& values, const BlockArray& labels) {
  BlockArray losses(values.size());
  WithScalarLoss(loss, parameters, [&](auto scalar_loss) {
    for (Eigen::Index i = 0; i < values.size(); ++i) {
      losses[i] = scalar_loss(values[i], labels[i]);
    }
  });
  return losses;
}

bool AllFinite(size_t size, const float* values) {
  bool finite = true;
  for (size_t i = 0; i < size; ++i) {
    finite &= std::abs(values[i]) <= std::numeric_limits<float>::max();
  }
  return finite;
}

}  // namespace lineup

#include "common/linear/example_loss.h"

#include <cmath>

#include "Eigen/Core"

namespace lineup {
namespace {

double SoftmaxLoss(absl::Span<const double> class_weights,
                   absl::Span<const double> values, size_t label) {
  const Eigen::Map<const Eigen::ArrayXd> f(values.data(), values.size());
  const double largest = f.maxCoeff();
  const double loss = std::log((f - largest).exp().sum()) + largest - f[label];
  return class_weights.empty() ? loss : class_weights[label] * loss;
}

}  // namespace

LossParameters LossParametersOf(const Candidate& candidate) {
  LossParameters parameters;
  parameters.quantile = candidate.quantile;
  parameters.huber_delta = candidate.huber_delta;
  parameters.margin = candidate.margin;
  parameters.loss_insensitivity = candidate.loss_insensitivity;
  parameters.positive_example_weight_mult =
      candidate.positive_example_weight_mult;
  return parameters;
}

double ExampleLoss(LossType loss, const LossParameters& parameters,
                   absl::Span<const double> class_weights,
                   absl::Span<const double> values, double label) {
  if (loss == LossType::kSoftmax) {
    return SoftmaxLoss(class_weights, values, static_cast<size_t>(label));
  }
  double result = 0;
  WithScalarLoss(loss, parameters, [&](auto scalar_loss) {
    result = scalar_loss(values[0], label);
  });
  return result;
}

}  // namespace lineup

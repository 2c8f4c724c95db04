#include "common/linear/example_loss.h"

#include <algorithm>
#include <cmath>

namespace lineup {
namespace {

double SoftmaxLoss(absl::Span<const double> class_weights,
                   absl::Span<const double> values, size_t label) {
  const double largest = *std::max_element(values.begin(), values.end());
  double total = 0;
  for (const double value : values) total += std::exp(value - largest);
  const double loss = std::log(total) + largest - values[label];
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

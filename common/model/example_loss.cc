#include "common/model/example_loss.h"

#include <algorithm>
#include <cmath>

namespace lineup {
namespace {

double PositivePart(double value) { return std::max(value, 0.0); }

// log(1 + exp(value)) without overflow.
double Softplus(double value) {
  return PositivePart(value) + std::log1p(std::exp(-std::abs(value)));
}

double SoftmaxLoss(const LinearModel& model, absl::Span<const double> values,
                   size_t label) {
  const double largest = *std::max_element(values.begin(), values.end());
  double total = 0;
  for (const double value : values) total += std::exp(value - largest);
  const double loss = std::log(total) + largest - values[label];
  return model.class_weights.empty() ? loss : model.class_weights[label] * loss;
}

}  // namespace

double ExampleLoss(const LinearModel& model, absl::Span<const double> values,
                   double label) {
  const LossParameters& p = model.loss_parameters;
  const double value = values[0];
  const double error = value - label;
  const double size = std::abs(error);
  switch (model.loss) {
    case LossType::kLogistic:
      return label > 0 ? p.positive_example_weight_mult * Softplus(-value)
                       : Softplus(value);
    case LossType::kHinge:
      return label > 0 ? p.positive_example_weight_mult *
                             PositivePart((p.margin + 1) / 2 - value)
                       : PositivePart((p.margin - 1) / 2 + value);
    case LossType::kSoftmax:
      return SoftmaxLoss(model, values, static_cast<size_t>(label));
    case LossType::kSquared:
      return error * error;
    case LossType::kAbsolute:
      return size;
    case LossType::kEpsInsensitiveSquared:
      return PositivePart(error * error -
                          p.loss_insensitivity * p.loss_insensitivity);
    case LossType::kEpsInsensitiveAbsolute:
      return PositivePart(size - p.loss_insensitivity);
    case LossType::kQuantile:
      return p.quantile * PositivePart(-error) +
             (1 - p.quantile) * PositivePart(error);
    case LossType::kHuber:
      return size < p.huber_delta
                 ? error * error / 2
                 : p.huber_delta * size - p.huber_delta * p.huber_delta / 2;
  }
  return 0;
}

}  // namespace lineup

// The training loss of one scored example, in double: what objective_loss is
// the mean of, for a finished model and for every candidate of a lineup.
// Definitions as in common/linear/loss.h, which computes them and their
// derivatives for training, a whole lineup at a time, in float32.
//
// Thread safety: plain values and pure functions.

#ifndef LINEUP_COMMON_LINEAR_EXAMPLE_LOSS_H_
#define LINEUP_COMMON_LINEAR_EXAMPLE_LOSS_H_

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "absl/types/span.h"
#include "common/linear/candidate.h"
#include "common/linear/types.h"

namespace lineup {

// The parameters of losses. Those that a loss does not use do not matter.
struct LossParameters {
  double quantile = 0.5;
  double huber_delta = 1.0;
  double margin = 1.0;               // hinge_loss
  double loss_insensitivity = 0.01;  // both eps-insensitive losses
  double positive_example_weight_mult = 1.0;
};

LossParameters LossParametersOf(const Candidate& candidate);

// The probability of class 1 that a linear value means under the logistic
// loss, without overflow.
inline double Sigmoid(double value) {
  const double e = std::exp(-std::abs(value));
  return (value >= 0 ? 1 : e) / (1 + e);
}

// log(1 + exp(value)) without overflow.
inline double Softplus(double value) {
  return std::max(value, 0.0) + std::log1p(std::exp(-std::abs(value)));
}

// Calls `use` with the loss as a function of a linear value and a label, so
// that a loop over examples need not ask at each which loss it is. Any loss
// but softmax, which is a function of several values.
template <typename Use>
void WithScalarLoss(LossType loss, const LossParameters& p, Use use) {
  const auto positive_part = [](double value) { return std::max(value, 0.0); };
  switch (loss) {
    case LossType::kLogistic:
      return use([p](double value, double label) {
        return label > 0 ? p.positive_example_weight_mult * Softplus(-value)
                         : Softplus(value);
      });
    case LossType::kHinge:
      return use([p, positive_part](double value, double label) {
        return label > 0 ? p.positive_example_weight_mult *
                               positive_part((p.margin + 1) / 2 - value)
                         : positive_part((p.margin - 1) / 2 + value);
      });
    case LossType::kSquared:
      return use([](double value, double label) {
        return (value - label) * (value - label);
      });
    case LossType::kAbsolute:
      return use(
          [](double value, double label) { return std::abs(value - label); });
    case LossType::kEpsInsensitiveSquared:
      return use([p, positive_part](double value, double label) {
        const double error = value - label;
        return positive_part(error * error -
                             p.loss_insensitivity * p.loss_insensitivity);
      });
    case LossType::kEpsInsensitiveAbsolute:
      return use([p, positive_part](double value, double label) {
        return positive_part(std::abs(value - label) - p.loss_insensitivity);
      });
    case LossType::kQuantile:
      return use([p, positive_part](double value, double label) {
        return p.quantile * positive_part(label - value) +
               (1 - p.quantile) * positive_part(value - label);
      });
    case LossType::kHuber:
      return use([p](double value, double label) {
        const double size = std::abs(value - label);
        const double delta = p.huber_delta;
        return size < delta ? size * size / 2
                            : delta * size - delta * delta / 2;
      });
    case LossType::kSoftmax:
      return;
  }
}

// `values` is x · w + b, one a class for softmax_loss and one in all
// otherwise. `label` is 0 or 1 for a binary classifier, a class for a
// multiclass one, any number for a regressor. `class_weights` is for softmax,
// one a class; empty means all 1.
double ExampleLoss(LossType loss, const LossParameters& parameters,
                   absl::Span<const double> class_weights,
                   absl::Span<const double> values, double label);

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_EXAMPLE_LOSS_H_

// The training loss of one scored example, in double: what objective_loss is
// the mean of. Definitions as in common/linear/loss.h, which computes them for
// a whole lineup in float32.

#ifndef LINEUP_COMMON_MODEL_EXAMPLE_LOSS_H_
#define LINEUP_COMMON_MODEL_EXAMPLE_LOSS_H_

#include "absl/types/span.h"
#include "common/model/linear_model.h"

namespace lineup {

// `linear_values` is x · w + b, one a class for softmax_loss and one in all
// otherwise. `label` is 0 or 1 for a binary classifier, a class for a
// multiclass one, any number for a regressor.
double ExampleLoss(const LinearModel& model,
                   absl::Span<const double> linear_values, double label);

}  // namespace lineup

#endif  // LINEUP_COMMON_MODEL_EXAMPLE_LOSS_H_

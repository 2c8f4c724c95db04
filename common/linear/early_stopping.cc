#include "common/linear/early_stopping.h"

#include <cmath>

namespace lineup {

EarlyStopping::Verdict EarlyStopping::Observe(double value) {
  Verdict verdict;
  if (std::isfinite(value)) {
    const double gain =
        goal_ == Goal::kMinimize ? state_.best - value : value - state_.best;
    const bool first = state_.best_epoch < 0;
    verdict.is_best = first || gain > 0;
    verdict.improved = verdict.is_best &&
                       (first || gain >= tolerance_ * std::abs(state_.best));
  }
  if (verdict.is_best) {
    state_.best = value;
    state_.best_epoch = state_.num_epochs;
  }
  ++state_.num_epochs;
  state_.epochs_without_improvement =
      verdict.improved ? 0 : state_.epochs_without_improvement + 1;
  verdict.stop = state_.epochs_without_improvement > patience_;
  return verdict;
}

}  // namespace lineup

#include "common/linear/selection.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace lineup {
namespace {

std::optional<size_t> Best(Goal goal,
                           absl::Span<const CandidateEvaluation> evaluations) {
  std::optional<size_t> best;
  for (size_t c = 0; c < evaluations.size(); ++c) {
    const Standing standing = StandingOf(evaluations[c]);
    if (!IsFinite(standing)) continue;
    if (!best || IsBetter(goal, standing, StandingOf(evaluations[*best]))) {
      best = c;
    }
  }
  return best;
}

absl::Status AllDiverged(absl::Span<const Candidate> candidates) {
  double lowest = std::numeric_limits<double>::infinity();
  for (const Candidate& candidate : candidates) {
    lowest = std::min(lowest, candidate.learning_rate);
  }
  return absl::FailedPreconditionError(absl::StrCat(
      candidates.size() == 1 ? "the candidate has diverged: its"
                             : absl::StrCat("all ", candidates.size(),
                                            " candidates have diverged: their"),
      " scores are not finite numbers, so there is no best one; try a "
      "learning_rate well below ",
      lowest, ", the lowest of these, and keep normalize_data on"));
}

}  // namespace

Standing StandingOf(const CandidateEvaluation& evaluation) {
  return {evaluation.criterion, evaluation.objective_loss};
}

ComparedBy CandidatesComparedBy(PredictorType predictor_type,
                                SelectionCriterion criterion) {
  if (predictor_type == PredictorType::kBinaryClassifier &&
      criterion != SelectionCriterion::kLossFunction) {
    return {Goal::kMaximize, Name(criterion)};
  }
  return {Goal::kMinimize, "objective_loss"};
}

absl::StatusOr<size_t> SelectBest(
    Goal goal, absl::Span<const CandidateEvaluation> evaluations,
    absl::Span<const Candidate> candidates) {
  const std::optional<size_t> best = Best(goal, evaluations);
  if (!best) return AllDiverged(candidates);
  return *best;
}

std::string MissedTarget(const ThresholdGoal& goal,
                         const CandidateEvaluation& chosen,
                         absl::string_view data) {
  if (chosen.target_met) return "";
  const bool recall =
      goal.criterion == SelectionCriterion::kPrecisionAtTargetRecall;
  const double target = recall ? goal.target_recall : goal.target_precision;
  return absl::StrCat("No threshold reaches ",
                      recall ? "target_recall " : "target_precision ", target,
                      " on the ", data, "; the chosen one comes closest, with ",
                      target + chosen.criterion, ".");
}

double BestCriterion(Goal goal,
                     absl::Span<const CandidateEvaluation> evaluations) {
  const std::optional<size_t> best = Best(goal, evaluations);
  return best ? evaluations[*best].criterion
              : std::numeric_limits<double>::quiet_NaN();
}

double LowestLoss(absl::Span<const double> losses) {
  double lowest = std::numeric_limits<double>::quiet_NaN();
  for (const double loss : losses) {
    if (std::isfinite(loss) && !(loss >= lowest)) lowest = loss;
  }
  return lowest;
}

}  // namespace lineup

// Which candidate of a lineup is the best, and what early stopping watches.
//
// Candidates are compared by CandidateEvaluation::criterion on the validation
// data: a binary classifier's by its selection criterion at the calibrated
// threshold; regressors', multiclass classifiers' and, by loss_function, binary
// classifiers' by the validation loss. Without validation data the same is
// measured on the training data, at the end, and early stopping watches the
// training loss.
//
// Thread safety: pure functions.

#ifndef LINEUP_COMMON_LINEAR_SELECTION_H_
#define LINEUP_COMMON_LINEAR_SELECTION_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/linear/candidate.h"
#include "common/linear/candidate_evaluation.h"
#include "common/linear/early_stopping.h"
#include "common/linear/standing.h"
#include "common/linear/threshold_calibrator.h"
#include "common/linear/types.h"

namespace lineup {

// What the candidates are compared by.
struct ComparedBy {
  Goal goal = Goal::kMinimize;
  absl::string_view name;  // a selection criterion's, or "objective_loss"
};
ComparedBy CandidatesComparedBy(PredictorType predictor_type,
                                SelectionCriterion criterion);

// For the order among candidates, of a race as well (common/linear/racing.h).
Standing StandingOf(const CandidateEvaluation& evaluation);

// The position of the best candidate: by criterion, then by lower loss, then
// the first. One whose criterion or loss is not finite is never the best; if
// there is no other, FAILED_PRECONDITION says why and what to do. `candidates`
// are those evaluated, in the same order.
absl::StatusOr<size_t> SelectBest(
    Goal goal, absl::Span<const CandidateEvaluation> evaluations,
    absl::Span<const Candidate> candidates);

// A sentence for the user if the threshold of the chosen candidate misses the
// target of its criterion on `data` ("validation data"); empty if it does not.
std::string MissedTarget(const ThresholdGoal& goal,
                         const CandidateEvaluation& chosen,
                         absl::string_view data);

// What EarlyStopping observes after an epoch: the best criterion of all
// candidates. NaN if none is finite.
double BestCriterion(Goal goal,
                     absl::Span<const CandidateEvaluation> evaluations);

// The same without validation data, to be minimised: the lowest training loss
// of all candidates.
double LowestLoss(absl::Span<const double> losses);

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_SELECTION_H_

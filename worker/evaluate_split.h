// Scores a split's examples under the weights of all candidates and gathers
// what is needed to compare them.
//
// Thread safety: may run in parallel for different evaluations.

#ifndef LINEUP_WORKER_EVALUATE_SPLIT_H_
#define LINEUP_WORKER_EVALUATE_SPLIT_H_

#include "absl/status/status.h"
#include "common/linear/candidate_weights.h"
#include "common/linear/lineup_columns.h"
#include "common/linear/lineup_evaluation.h"
#include "common/linear/peek_rows.h"
#include "worker/example_cache.h"

namespace lineup {

// `peek` reads rows of `columns`.
absl::Status EvaluateSplit(const SplitExamples& split,
                           const LineupColumns& columns, PeekRows peek,
                           LineupEvaluation* evaluation);

// The same for a lineup of one candidate (`columns`) whose weights lie in one
// piece: rows of sparse data need not be gathered first.
absl::Status EvaluateCandidate(const SplitExamples& split,
                               const LineupColumns& columns,
                               const CandidateWeights& weights,
                               LineupEvaluation* evaluation);

}  // namespace lineup

#endif  // LINEUP_WORKER_EVALUATE_SPLIT_H_

// Scores a split's examples under the weights of all candidates and gathers
// what is needed to compare them.
//
// Thread safety: may run in parallel for different evaluations.

#ifndef LINEUP_WORKER_EVALUATE_SPLIT_H_
#define LINEUP_WORKER_EVALUATE_SPLIT_H_

#include <cstddef>

#include "absl/status/status.h"
#include "common/linear/aligned.h"
#include "common/linear/candidate_weights.h"
#include "common/linear/lineup_columns.h"
#include "common/linear/lineup_evaluation.h"
#include "common/linear/peek_rows.h"
#include "worker/example_cache.h"
#include "worker/minibatch.h"

namespace lineup {

// Goes through a split step by step, so that its owner need not wait for
// weights within one:
//
//   while (scorer.Next()) {
//     if (scorer.needs_weights()) ... read scorer.rows() to scorer.weights()
//     scorer.Score(&evaluation);
//   }
class SplitScorer {
 public:
  // There is room for weights of rows that are so wide. The split must outlive
  // the scorer.
  SplitScorer(const SplitExamples* split, size_t max_width);

  // Takes the next examples; false if there are none.
  bool Next();
  // Whether the weights at hand are not those of the examples' rows.
  bool needs_weights() const { return needs_weights_; }
  const RowSet& rows() const { return minibatch_.rows; }
  // rows().size() x evaluation.width(), laid out by index.
  float* weights() { return weights_.data(); }
  void Score(LineupEvaluation* evaluation);

 private:
  const SplitExamples& split_;
  const size_t max_width_;
  MinibatchBuilder builder_;
  Minibatch minibatch_;
  AlignedFloats weights_;
  AlignedFloats scores_;
  bool needs_weights_ = false;
  bool have_weights_ = false;
  size_t block_ = 0;
  size_t begin_ = 0;  // in the block
};

// `peek` reads rows as wide as the evaluation.
absl::Status EvaluateSplit(const SplitExamples& split, PeekRows peek,
                           LineupEvaluation* evaluation);

// The same for a lineup of one candidate (`columns`) whose weights lie in one
// piece: rows of sparse data need not be gathered first.
absl::Status EvaluateCandidate(const SplitExamples& split,
                               const LineupColumns& columns,
                               const CandidateWeights& weights,
                               LineupEvaluation* evaluation);

}  // namespace lineup

#endif  // LINEUP_WORKER_EVALUATE_SPLIT_H_

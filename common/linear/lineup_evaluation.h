// Measures all candidates of a lineup on labelled examples in one pass,
// calibrates the thresholds of binary classifiers, and computes what the best
// candidate is chosen by. Statistics of parts of the data are merged, so the
// parts may be evaluated by different threads or workers.
//
//   LineupEvaluation evaluation(settings, columns, groups);
//   evaluation.Add(n, labels, weights, scores);   // minibatch by minibatch
//   evaluation.Merge(other_part);
//   const LineupResults results = evaluation.Finish();
//
// Thresholds (common/linear/threshold_calibrator.h) are calibrated on the
// first num_calibration_samples examples. Up to exact_examples in all, every
// score is kept and every one is a possible threshold. Beyond that scores are
// counted in bins, thresholds are bounds of bins, and ties within a bin count
// as ties in the ROC curve; where num_calibration_samples is above
// exact_examples, too, a smaller sample would save nothing, and all examples
// are calibrated on. Either way a threshold divides the float32 scores (as
// Predictor computes them) exactly as the metrics say.
//
// What the order of merging changes: nothing, as long as every part is the
// same series of Add calls, but for two things. The first
// num_calibration_samples examples are those of the parts merged first; and
// sums of weights that a double cannot hold exactly may differ in the last
// bits. The same parts in the same order give the same bits in any grouping.
//
// Losses, means and rates are sums in double, weighted by the examples'
// weights. A candidate with a score that is not finite has diverged: its
// numbers are NaN, and no other candidate's are touched.
//
// Thread safety: a plain value; const functions may run in parallel.

#ifndef LINEUP_COMMON_LINEAR_LINEUP_EVALUATION_H_
#define LINEUP_COMMON_LINEAR_LINEUP_EVALUATION_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/linear/candidate_evaluation.h"
#include "common/linear/candidate_groups.h"
#include "common/linear/example_loss.h"
#include "common/linear/hyperparameters.h"
#include "common/linear/lineup_columns.h"
#include "common/linear/lineup_scores.h"
#include "common/linear/metrics.h"
#include "common/linear/score_distribution.h"
#include "common/linear/threshold_calibrator.h"
#include "common/linear/types.h"

namespace lineup {

namespace v1 {
class BinaryPart;
}

// Equal for all parts of an evaluation.
struct EvaluationSettings {
  PredictorType predictor_type = PredictorType::kBinaryClassifier;
  LossType loss = LossType::kLogistic;
  ThresholdGoal goal;  // its f_beta is multiclass metrics' as well
  uint32_t accuracy_top_k = 3;
  uint64_t num_calibration_samples = 10000000;

  // Regression: scores and labels are in units of this many of the label's
  // own, in which losses and errors are measured. (A shift changes no error.)
  double label_scale = 1;

  // Softmax: one a class; empty means all 1.
  std::vector<double> class_weights;

  // How many examples' scores are kept: 2 MiB for each candidate.
  uint64_t exact_examples = uint64_t{1} << 19;
};

// The settings that hyperparameters give; label_scale and class_weights are
// the caller's to add.
EvaluationSettings EvaluationSettingsOf(const Hyperparameters& hyperparameters);

class LineupEvaluation {
 public:
  // Of candidates that are all different, or of groups of them.
  LineupEvaluation(EvaluationSettings settings, const LineupColumns& columns);
  LineupEvaluation(EvaluationSettings settings, const LineupColumns& columns,
                   const CandidateGroups& groups);

  // Of the scores: of the columns of the groups' first candidates.
  size_t width() const { return width_; }
  const CandidateGroups& groups() const { return groups_; }

  // Adds `n` examples: labels (0 or 1 for binary classifiers, classes for
  // multiclass ones), weights (null: all 1; not negative) and the linear
  // values x · w + b of every column (n x width, row-major).
  void Add(size_t n, const float* labels, const float* weights,
           const float* scores);

  // Adds another part, of the same settings, columns and groups.
  void Merge(const LineupEvaluation& other);

  LineupResults Finish() const;
  // The same, some candidates at a time: `parallel_for` is to call body(0) …
  // body(n - 1), on as many threads as it likes, as ThreadPool::ParallelFor.
  LineupResults Finish(
      absl::FunctionRef<void(size_t n, absl::FunctionRef<void(size_t)> body)>
          parallel_for) const;

  // A candidate's metrics at a given threshold, which was calibrated on other
  // data (in bins, at the next higher bound); for predictors without one, those
  // of Finish().
  MetricValues MetricsAt(size_t candidate, double threshold) const;

  // A part as bytes (proto/evaluation.proto), to be sent to who merges.
  std::string Serialize() const;

  // INVALID_ARGUMENT if the bytes are not a part with these settings and
  // columns, of groups that there are at some time: `groupings`, which are
  // those of `columns`.
  static absl::StatusOr<LineupEvaluation> Parse(
      EvaluationSettings settings, const LineupColumns& columns,
      const CandidateGroupings& groupings, absl::string_view bytes);
  static absl::StatusOr<LineupEvaluation> Parse(EvaluationSettings settings,
                                                const LineupColumns& columns,
                                                absl::string_view bytes) {
    return Parse(std::move(settings), columns, CandidateGroupings(columns),
                 bytes);
  }

  uint64_t num_examples() const { return num_examples_; }

 private:
  struct Block;

  // How many examples thresholds are calibrated on at most.
  uint64_t max_sample() const;
  bool is_binary() const {
    return settings_.predictor_type == PredictorType::kBinaryClassifier;
  }

  void AddBinary(const Block& block);
  void AddRegression(const Block& block);
  void AddMulticlass(const Block& block);
  // A group's column of a block as doubles; notes if it has diverged.
  void ReadColumn(const Block& block, size_t candidate, float* column);
  void BoundMemory();
  absl::Status ParseScores(const v1::BinaryPart& part);

  CandidateEvaluation FinishCandidate(size_t candidate,
                                      ScoreDistribution* distribution) const;
  void FinishBinary(size_t candidate, ScoreDistribution* distribution,
                    CandidateEvaluation* result) const;
  // Over all examples.
  MetricValues BinaryMetricsAt(size_t candidate, double threshold,
                               ScoreDistribution* distribution) const;

  EvaluationSettings settings_;
  CandidateGroups groups_;
  // From here on what is called a candidate is the first of a group, and stands
  // for it.
  size_t width_;
  size_t outputs_;
  std::vector<size_t> first_column_;        // by candidate
  std::vector<LossParameters> parameters_;  // by candidate

  uint64_t num_examples_ = 0;
  std::vector<uint8_t> diverged_;  // by candidate
  // By candidate; only those of the predictor type are filled.
  std::vector<WeightedMean> losses_;  // binary
  std::vector<MulticlassMetrics> multiclass_;
  std::vector<RegressionMetrics> regression_;
  // Binary: the examples that thresholds are calibrated on, and all others.
  LineupScores sample_;
  LineupScores rest_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_LINEUP_EVALUATION_H_

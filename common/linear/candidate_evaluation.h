// What the evaluation of a lineup says about one candidate, and about all.
//
// Thread safety: plain values.

#ifndef LINEUP_COMMON_LINEAR_CANDIDATE_EVALUATION_H_
#define LINEUP_COMMON_LINEAR_CANDIDATE_EVALUATION_H_

#include <cstdint>
#include <limits>
#include <vector>

#include "common/linear/metrics.h"

namespace lineup {

struct CandidateEvaluation {
  // The mean of the training loss. NaN, as are all other numbers, if a score
  // was not finite (the candidate has diverged) or there were no examples.
  double objective_loss = std::numeric_limits<double>::quiet_NaN();

  // What the candidates are compared by (common/linear/selection.h).
  double criterion = std::numeric_limits<double>::quiet_NaN();

  // Binary classifiers: class 1 is where score >= threshold.
  double threshold = 0.5;

  // Whether the target recall or precision could be reached in calibration.
  bool target_met = true;

  // At that threshold, over all examples.
  MetricValues metrics;
};

struct LineupResults {
  uint64_t num_examples = 0;
  // Binary classifiers: the examples that thresholds were calibrated on, and
  // whether every score was a possible threshold, or only bounds of bins.
  uint64_t num_calibration_examples = 0;
  bool exact_thresholds = true;
  std::vector<CandidateEvaluation> candidates;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_CANDIDATE_EVALUATION_H_

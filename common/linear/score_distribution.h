// One candidate's scores in order, whether they were kept or counted in bins:
// what a threshold is calibrated on and a ROC curve is drawn from.
//
//   ScoreDistribution distribution;
//   distribution.Assign({&scores}, candidate, false);
//   for (const ScoreGroup& group : distribution.groups()) { ... }
//
// Thread safety: for one thread. Assign reuses memory.

#ifndef LINEUP_COMMON_LINEAR_SCORE_DISTRIBUTION_H_
#define LINEUP_COMMON_LINEAR_SCORE_DISTRIBUTION_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "common/linear/lineup_scores.h"

namespace lineup {

// Examples that a threshold cannot or need not tell apart: those of one score
// or one bin, or neighbours of one class.
struct ScoreGroup {
  // No score of the group is below `low`, and all scores of lower groups are.
  double low;
  // No score of the group is above `high`; all scores of higher groups are, or
  // are equal to it (the bound of a bin).
  double high;
  double positives;  // weight of the examples with label 1
  double negatives;  // with label 0
};

class ScoreDistribution {
 public:
  // The scores of a candidate in all `sets`; in bins if asked for, or if one
  // of them is.
  void Assign(absl::Span<const LineupScores* const> sets, size_t candidate,
              bool binned);

  // Highest first.
  absl::Span<const ScoreGroup> groups() const { return groups_; }

  // The weights of all examples of a class, summed in the order of the groups.
  double positives() const;
  double negatives() const;

 private:
  void SortScores(absl::Span<const LineupScores* const> sets, size_t candidate);
  void SumBins(absl::Span<const LineupScores* const> sets, size_t candidate);
  void GroupScores();
  void GroupBins(const ScoreBins& bins);

  std::vector<ScoreGroup> groups_;
  // Scratch. Lowest score first: the score's order in the upper half, its
  // weight as a float in the lower one, negative for label 0.
  std::vector<uint64_t> sorted_;
  std::vector<uint64_t> sorting_;
  std::vector<double> counts_;  // in bins: as in LineupScoresState
};

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_SCORE_DISTRIBUTION_H_

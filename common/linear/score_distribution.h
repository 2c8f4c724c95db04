// One candidate's scores in order, whether they were kept or counted in bins:
// what a threshold is calibrated on and a ROC curve is drawn from.
//
//   ScoreDistribution distribution;
//   distribution.Assign({&scores}, candidate, false);
//   distribution.ForEachGroup([&](const ScoreGroup& group) { ... });
//
// Thread safety: for one thread. Assign reuses memory.

#ifndef LINEUP_COMMON_LINEAR_SCORE_DISTRIBUTION_H_
#define LINEUP_COMMON_LINEAR_SCORE_DISTRIBUTION_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "absl/types/span.h"
#include "common/linear/lineup_scores.h"
#include "common/linear/score_order.h"

namespace lineup {

// Examples that a threshold cannot or need not tell apart: those of one score,
// or of one bin.
struct ScoreGroup {
  // No score of the group is below `low`, and all scores of lower groups are.
  double low;
  // No score of the group is above `high`; all scores of higher groups are at
  // least `high`.
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

  // Calls visit(const ScoreGroup&) for each group, highest first.
  template <typename Visit>
  void ForEachGroup(Visit visit) const {
    binned_ ? ForEachBin(visit) : ForEachScore(visit);
  }

  // The weights of all examples of a class, summed in the order of the groups.
  double positives() const { return positives_; }
  double negatives() const { return negatives_; }

 private:
  template <typename Visit>
  void ForEachScore(Visit visit) const;
  template <typename Visit>
  void ForEachBin(Visit visit) const;
  void SortScores(absl::Span<const LineupScores* const> sets, size_t candidate);
  void SumBins(absl::Span<const LineupScores* const> sets, size_t candidate);

  bool binned_ = false;
  ScoreBins bins_{ScoreKind::kProbability};
  double positives_ = 0;
  double negatives_ = 0;
  // Not binned: the score's order in the upper half, its weight as a float in
  // the lower one, negative for label 0. Lowest score first.
  std::vector<uint64_t> sorted_;
  std::vector<uint64_t> scratch_;
  std::vector<double> counts_;  // binned: as in LineupScoresState
};

template <typename Visit>
void ScoreDistribution::ForEachScore(Visit visit) const {
  for (size_t i = sorted_.size(); i > 0;) {
    const uint32_t order = static_cast<uint32_t>(sorted_[i - 1] >> 32);
    double positives = 0;
    double negatives = 0;
    for (; i > 0 && static_cast<uint32_t>(sorted_[i - 1] >> 32) == order; --i) {
      const uint32_t bits = static_cast<uint32_t>(sorted_[i - 1]);
      float weight;
      std::memcpy(&weight, &bits, sizeof(weight));
      positives += weight > 0 ? weight : 0;
      negatives += weight < 0 ? -weight : 0;
    }
    const double score = OrderToScore(order);
    visit(ScoreGroup{score, score, positives, negatives});
  }
}

template <typename Visit>
void ScoreDistribution::ForEachBin(Visit visit) const {
  for (uint32_t bin = ScoreBins::kNumBins; bin-- > 0;) {
    const double negatives = counts_[2 * bin];
    const double positives = counts_[2 * bin + 1];
    if (positives == 0 && negatives == 0) continue;
    visit(ScoreGroup{bins_.LowerBound(bin), bins_.LowerBound(bin + 1),
                     positives, negatives});
  }
}

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_SCORE_DISTRIBUTION_H_

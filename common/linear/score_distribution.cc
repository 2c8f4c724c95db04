#include "common/linear/score_distribution.h"

#include <algorithm>

#include "common/linear/radix_sort.h"

namespace lineup {

void ScoreDistribution::Assign(absl::Span<const LineupScores* const> sets,
                               size_t candidate, bool binned) {
  bins_ = ScoreBins(sets[0]->kind());
  binned_ = binned ||
            std::any_of(sets.begin(), sets.end(),
                        [](const LineupScores* set) { return set->binned(); });
  binned_ ? SumBins(sets, candidate) : SortScores(sets, candidate);
  double positives = 0;
  double negatives = 0;
  ForEachGroup([&](const ScoreGroup& group) {
    positives += group.positives;
    negatives += group.negatives;
  });
  positives_ = positives;
  negatives_ = negatives;
}

void ScoreDistribution::SortScores(absl::Span<const LineupScores* const> sets,
                                   size_t candidate) {
  sorted_.clear();
  for (const LineupScores* set : sets) {
    const LineupScoresState& state = set->state();
    const size_t begin = sorted_.size();
    sorted_.resize(begin + state.num_examples);
    const float* const scores = state.scores[candidate].data();
    for (size_t i = 0; i < state.num_examples; ++i) {
      float weight = state.weights.empty() ? 1.0f : state.weights[i];
      if (state.labels[i] == 0) weight = -weight;
      uint32_t bits;
      std::memcpy(&bits, &weight, sizeof(bits));
      sorted_[begin + i] = uint64_t{ScoreToOrder(scores[i])} << 32 | bits;
    }
  }
  RadixSortByUpperHalf(&sorted_, &scratch_);
}

void ScoreDistribution::SumBins(absl::Span<const LineupScores* const> sets,
                                size_t candidate) {
  counts_.assign(2 * ScoreBins::kNumBins, 0.0);
  for (const LineupScores* set : sets) {
    const LineupScoresState& state = set->state();
    if (state.binned) {
      AddUp(state.bins[candidate], &counts_);
    } else {
      AddToBins(bins_, state.num_examples, state.labels.data(),
                state.weights.empty() ? nullptr : state.weights.data(),
                state.scores[candidate].data(), counts_.data());
    }
  }
}

}  // namespace lineup

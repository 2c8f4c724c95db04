#include "common/linear/score_distribution.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "common/linear/radix_sort.h"
#include "common/linear/score_order.h"

namespace lineup {
namespace {

constexpr uint32_t kSignBit = 0x80000000u;

uint32_t Bits(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

float FromBits(uint32_t bits) {
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

// Score and signed weight of each example, as ScoreDistribution sorts them.
void PackScores(const LineupScoresState& state, size_t candidate,
                uint64_t* packed) {
  const float* const scores = state.scores[candidate].data();
  const uint8_t* const labels = state.labels.data();
  const auto pack = [&](size_t i, float weight) {
    const uint32_t sign = labels[i] == 0 ? kSignBit : 0;
    packed[i] = uint64_t{ScoreToOrder(scores[i])} << 32 | Bits(weight) | sign;
  };
  const size_t n = state.num_examples;
  if (state.weights.empty()) {
    for (size_t i = 0; i < n; ++i) pack(i, 1.0f);
  } else {
    for (size_t i = 0; i < n; ++i) pack(i, state.weights[i]);
  }
}

uint32_t OrderOf(uint64_t packed) {
  return static_cast<uint32_t>(packed >> 32);
}

}  // namespace

void ScoreDistribution::Assign(absl::Span<const LineupScores* const> sets,
                               size_t candidate, bool binned) {
  groups_.clear();
  if (binned ||
      std::any_of(sets.begin(), sets.end(),
                  [](const LineupScores* set) { return set->binned(); })) {
    SumBins(sets, candidate);
    GroupBins(ScoreBins(sets[0]->kind()));
  } else {
    SortScores(sets, candidate);
    GroupScores();
  }
}

double ScoreDistribution::positives() const {
  double sum = 0;
  for (const ScoreGroup& group : groups_) sum += group.positives;
  return sum;
}

double ScoreDistribution::negatives() const {
  double sum = 0;
  for (const ScoreGroup& group : groups_) sum += group.negatives;
  return sum;
}

void ScoreDistribution::SortScores(absl::Span<const LineupScores* const> sets,
                                   size_t candidate) {
  sorted_.clear();
  for (const LineupScores* set : sets) {
    const size_t begin = sorted_.size();
    sorted_.resize(begin + set->size());
    PackScores(set->state(), candidate, sorted_.data() + begin);
  }
  RadixSortByUpperHalf(&sorted_, &sorting_);
}

void ScoreDistribution::GroupScores() {
  for (size_t i = sorted_.size(); i > 0;) {
    const uint32_t order = OrderOf(sorted_[i - 1]);
    double positives = 0;
    double negatives = 0;
    do {
      --i;
      // Without branches, which could not be predicted.
      const uint32_t bits = static_cast<uint32_t>(sorted_[i]);
      const double weight = FromBits(bits & ~kSignBit);
      const double negative = weight * (bits >> 31);
      positives += weight - negative;
      negatives += negative;
    } while (i > 0 && OrderOf(sorted_[i - 1]) == order);
    const double score = OrderToScore(order);
    if (!groups_.empty()) {
      ScoreGroup& above = groups_.back();
      if (above.positives + positives == 0 ||
          above.negatives + negatives == 0) {
        above.low = score;
        above.positives += positives;
        above.negatives += negatives;
        continue;
      }
    }
    groups_.push_back({score, score, positives, negatives});
  }
}

void ScoreDistribution::SumBins(absl::Span<const LineupScores* const> sets,
                                size_t candidate) {
  counts_.assign(2 * ScoreBins::kNumBins, 0.0);
  for (const LineupScores* set : sets) {
    const LineupScoresState& state = set->state();
    if (state.binned) {
      AddUp(state.bins[candidate], &counts_);
    } else {
      AddToBins(ScoreBins(set->kind()), state.num_examples, state.labels.data(),
                state.weights.empty() ? nullptr : state.weights.data(),
                state.scores[candidate].data(), counts_.data());
    }
  }
}

void ScoreDistribution::GroupBins(const ScoreBins& bins) {
  for (uint32_t bin = ScoreBins::kNumBins; bin-- > 0;) {
    const double negatives = counts_[2 * bin];
    const double positives = counts_[2 * bin + 1];
    if (positives == 0 && negatives == 0) continue;
    groups_.push_back(
        {bins.LowerBound(bin), bins.LowerBound(bin + 1), positives, negatives});
  }
}

}  // namespace lineup

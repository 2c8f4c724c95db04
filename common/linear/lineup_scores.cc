#include "common/linear/lineup_scores.h"

#include <utility>

#include "glog/logging.h"

namespace lineup {

void AddToBins(const ScoreBins& bins, size_t n, const uint8_t* labels,
               const float* weights, const float* scores, double* counts) {
  for (size_t i = 0; i < n; ++i) {
    counts[2 * size_t{bins.BinOf(scores[i])} + labels[i]] +=
        weights == nullptr ? 1.0 : weights[i];
  }
}

void AddUp(const std::vector<double>& terms, std::vector<double>* sums) {
  for (size_t i = 0; i < terms.size(); ++i) (*sums)[i] += terms[i];
}

LineupScores::LineupScores(size_t num_candidates, ScoreKind kind)
    : num_candidates_(num_candidates), bins_(kind) {
  state_.scores.resize(num_candidates);
}

LineupScores::LineupScores(LineupScoresState state, ScoreKind kind)
    : num_candidates_(state.binned ? state.bins.size() : state.scores.size()),
      bins_(kind),
      state_(std::move(state)) {}

void LineupScores::KeepWeights(size_t n, const float* weights) {
  std::vector<float>& held = state_.weights;
  if (weights == nullptr && held.empty()) return;
  held.resize(state_.num_examples, 1.0f);
  if (weights == nullptr) {
    held.resize(held.size() + n, 1.0f);
  } else {
    held.insert(held.end(), weights, weights + n);
  }
}

void LineupScores::Append(const LineupScores& other, uint64_t begin,
                          uint64_t n) {
  CHECK_EQ(num_candidates_, other.num_candidates_);
  CHECK_NE(this, &other);
  if (n == 0) return;
  const LineupScoresState& from = other.state_;
  if (!other.binned()) {
    return AddColumns(
        n, from.labels.data() + begin,
        from.weights.empty() ? nullptr : from.weights.data() + begin,
        [&](size_t c) { return from.scores[c].data() + begin; });
  }
  CHECK_EQ(n, other.size());
  FoldIntoBins();
  for (size_t c = 0; c < num_candidates_; ++c) {
    AddUp(from.bins[c], &state_.bins[c]);
  }
  state_.num_examples += n;
}

void LineupScores::FoldIntoBins() {
  if (binned()) return;
  LineupScoresState folded;
  folded.num_examples = state_.num_examples;
  folded.binned = true;
  folded.bins.assign(num_candidates_,
                     std::vector<double>(2 * ScoreBins::kNumBins));
  for (size_t c = 0; c < num_candidates_; ++c) {
    AddToBins(bins_, state_.num_examples, state_.labels.data(),
              state_.weights.empty() ? nullptr : state_.weights.data(),
              state_.scores[c].data(), folded.bins[c].data());
  }
  state_ = std::move(folded);
}

ConfusionMatrix LineupScores::ConfusionAt(size_t candidate,
                                          double threshold) const {
  double weights[2][2] = {};  // by prediction, then label
  if (binned()) {
    const std::vector<double>& bins = state_.bins[candidate];
    for (uint32_t bin = 0; bin < ScoreBins::kNumBins; ++bin) {
      const bool predicted = bins_.LowerBound(bin) >= threshold;
      weights[predicted][0] += bins[2 * bin];
      weights[predicted][1] += bins[2 * bin + 1];
    }
  } else {
    const std::vector<float>& scores = state_.scores[candidate];
    for (size_t i = 0; i < scores.size(); ++i) {
      weights[scores[i] >= threshold][state_.labels[i]] +=
          state_.weights.empty() ? 1.0 : state_.weights[i];
    }
  }
  ConfusionMatrix confusion;
  confusion.true_positives = weights[1][1];
  confusion.false_positives = weights[1][0];
  confusion.true_negatives = weights[0][0];
  confusion.false_negatives = weights[0][1];
  return confusion;
}

}  // namespace lineup

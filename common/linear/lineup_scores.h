// The scores that all candidates of a lineup gave to the same labelled
// examples of two classes: what thresholds and ROC curves are made of.
//
// Either the scores themselves are kept, 4 bytes for each example and
// candidate, or, after FoldIntoBins, they are counted in bins (score_bins.h),
// 1.5 MiB for each candidate. Bins hold sums of weights in double: independent
// of order for weights of 1 and whenever a double holds their sum exactly;
// otherwise the order may show in the last bits.
//
// Thread safety: a plain value; const functions may run in parallel.

#ifndef LINEUP_COMMON_LINEAR_LINEUP_SCORES_H_
#define LINEUP_COMMON_LINEAR_LINEUP_SCORES_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/linear/metrics.h"
#include "common/linear/score_bins.h"

namespace lineup {

// What a LineupScores holds, for those who send or measure it. Plain data;
// sizes as said.
struct LineupScoresState {
  uint64_t num_examples = 0;
  bool binned = false;
  // Not binned: a label (0 or 1) for each example, weights (empty: all 1), and
  // scores by candidate, then example.
  std::vector<uint8_t> labels;
  std::vector<float> weights;
  std::vector<std::vector<float>> scores;
  // Binned: by candidate; the weight of label y in bin b is at 2 * b + y.
  std::vector<std::vector<double>> bins;
};

// Adds scores to bins laid out as in LineupScoresState.
void AddToBins(const ScoreBins& bins, size_t n, const uint8_t* labels,
               const float* weights, const float* scores, double* counts);

// Adds `terms` to as many sums.
void AddUp(const std::vector<double>& terms, std::vector<double>* sums);

class LineupScores {
 public:
  LineupScores(size_t num_candidates, ScoreKind kind);
  LineupScores(LineupScoresState state, ScoreKind kind);

  // Adds `n` examples: labels 0 or 1, weights (null: all 1) and, for candidate
  // c, the finite scores from scores + c * stride on.
  void Add(size_t n, const uint8_t* labels, const float* weights,
           const float* scores, size_t stride) {
    AddColumns(n, labels, weights,
               [&](size_t c) { return scores + c * stride; });
  }

  // Adds the examples of another from number `begin` on, `n` of them, or all
  // if it is binned.
  void Append(const LineupScores& other, uint64_t begin, uint64_t n);

  void FoldIntoBins();

  // A candidate's predictions (1 where score >= threshold) and labels. In bins
  // a threshold that is none of their bounds counts as the next higher one.
  ConfusionMatrix ConfusionAt(size_t candidate, double threshold) const;

  size_t num_candidates() const { return num_candidates_; }
  ScoreKind kind() const { return bins_.kind(); }
  uint64_t size() const { return state_.num_examples; }
  bool binned() const { return state_.binned; }
  const LineupScoresState& state() const { return state_; }

 private:
  template <typename ColumnOf>
  void AddColumns(size_t n, const uint8_t* labels, const float* weights,
                  ColumnOf column_of);
  // Of examples whose scores are kept.
  void KeepWeights(size_t n, const float* weights);

  size_t num_candidates_;
  ScoreBins bins_;
  LineupScoresState state_;
};

template <typename ColumnOf>
void LineupScores::AddColumns(size_t n, const uint8_t* labels,
                              const float* weights, ColumnOf column_of) {
  if (!binned()) {
    KeepWeights(n, weights);
    state_.labels.insert(state_.labels.end(), labels, labels + n);
  }
  for (size_t c = 0; c < num_candidates_; ++c) {
    const float* const scores = column_of(c);
    if (binned()) {
      AddToBins(bins_, n, labels, weights, scores, state_.bins[c].data());
    } else {
      state_.scores[c].insert(state_.scores[c].end(), scores, scores + n);
    }
  }
  state_.num_examples += n;
}

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_LINEUP_SCORES_H_

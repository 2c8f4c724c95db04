// How scores of a binary classifier are counted when there are too many to
// keep: bins that are fixed beforehand, so that counts of different workers
// add up, and fine where thresholds are found.
//
// A probability is binned by its distance from the nearer end of [0, 1], the
// linear value of hinge_loss by its distance from 0; that distance by the upper
// kFractionBits of its float's fraction, over kOctaves powers of two. So a bin
// is at most 1/2048 of that distance wide.
//
// Every bin's bounds are exact: a threshold between two bins divides the
// float32 scores just as the bins do.
//
// Thread safety: immutable.

#ifndef LINEUP_COMMON_LINEAR_SCORE_BINS_H_
#define LINEUP_COMMON_LINEAR_SCORE_BINS_H_

#include <cstdint>

namespace lineup {

// What a binary classifier's score is: the probability of class 1 (logistic),
// or the linear value itself (hinge_loss).
enum class ScoreKind { kProbability, kLinearValue };

class ScoreBins {
 public:
  static constexpr int kFractionBits = 11;
  static constexpr uint32_t kOctaves = 24;
  static constexpr uint32_t kHalf = kOctaves << kFractionBits;
  // Bins 0 .. 2 * kHalf, in the order of the scores; kHalf is the middle.
  static constexpr uint32_t kNumBins = 2 * kHalf + 1;

  explicit ScoreBins(ScoreKind kind) : kind_(kind) {}

  ScoreKind kind() const { return kind_; }

  uint32_t BinOf(float score) const;

  // No score in this bin is below, and every score in the bins under it is.
  // May be asked for kNumBins, too: above every score.
  double LowerBound(uint32_t bin) const;

 private:
  ScoreKind kind_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_SCORE_BINS_H_

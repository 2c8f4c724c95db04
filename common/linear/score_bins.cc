#include "common/linear/score_bins.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace lineup {
namespace {

constexpr int kDroppedBits = 23 - ScoreBins::kFractionBits;

// Distances are told apart from the smallest on, kOctaves powers of two far:
// probabilities up to 1/2 (2^-25 is half the last place of floats below 1),
// linear values up to 2^12.
constexpr uint32_t FirstExponent(ScoreKind kind) {
  return kind == ScoreKind::kProbability ? 127 - 25 : 127 - 12;
}

// Bin of a distance from 0: 0 .. kHalf.
uint32_t DistanceBin(ScoreKind kind, float distance) {
  uint32_t bits;
  std::memcpy(&bits, &distance, sizeof(bits));
  const uint32_t first = FirstExponent(kind) << ScoreBins::kFractionBits;
  const uint32_t place = std::max(bits >> kDroppedBits, first) - first;
  return std::min(place, ScoreBins::kHalf);
}

// The smallest distance in a bin above 0.
double DistanceBound(ScoreKind kind, uint32_t bin) {
  const uint32_t first = FirstExponent(kind) << ScoreBins::kFractionBits;
  const uint32_t bits = (bin + first) << kDroppedBits;
  float distance;
  std::memcpy(&distance, &bits, sizeof(distance));
  return distance;
}

// The smallest double above.
double JustAbove(double value) {
  return std::nextafter(value, std::numeric_limits<double>::infinity());
}

}  // namespace

uint32_t ScoreBins::BinOf(float score) const {
  if (kind_ == ScoreKind::kLinearValue) {
    const uint32_t bin = DistanceBin(kind_, std::abs(score));
    return score < 0 ? kHalf - bin : kHalf + bin;
  }
  // 1 - score is exact from 1/2 on.
  return score < 0.5f ? DistanceBin(kind_, score)
                      : 2 * kHalf - DistanceBin(kind_, 1 - score);
}

double ScoreBins::LowerBound(uint32_t bin) const {
  if (kind_ == ScoreKind::kLinearValue) {
    constexpr double kLargest = std::numeric_limits<float>::max();
    if (bin >= kNumBins) return JustAbove(kLargest);
    if (bin > kHalf) return DistanceBound(kind_, bin - kHalf);
    if (bin == 0) return -kLargest;
    return JustAbove(-DistanceBound(kind_, kHalf - bin + 1));
  }
  if (bin >= kNumBins) return JustAbove(1);
  if (bin == 0) return 0;
  if (bin < kHalf) return DistanceBound(kind_, bin);
  if (bin == kHalf) return 0.5;
  return JustAbove(1 - DistanceBound(kind_, 2 * kHalf - bin + 1));
}

}  // namespace lineup

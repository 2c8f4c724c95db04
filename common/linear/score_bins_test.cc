#include "common/linear/score_bins.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "common/base/random.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

// Scores all over the range, in order, with those at its edges.
std::vector<float> Scores(ScoreKind kind) {
  SplitMix64 random(3);
  std::vector<float> scores;
  if (kind == ScoreKind::kProbability) {
    scores = {0, 1e-45f, 1e-30f, 0.5f, 1};
    scores.push_back(std::nextafter(0.5f, 0.0f));
    scores.push_back(std::nextafter(0.5f, 1.0f));
    scores.push_back(std::nextafter(1.0f, 0.0f));
    for (int i = 0; i < 20000; ++i) {
      const double x = 40 * random.Uniform() - 20;
      scores.push_back(static_cast<float>(1 / (1 + std::exp(x))));
    }
  } else {
    constexpr float kLargest = std::numeric_limits<float>::max();
    scores = {-kLargest, -1e-40f, -0.0f, 0, 1e-40f, 1, kLargest};
    for (int i = 0; i < 20000; ++i) {
      const float sign = i % 2 == 0 ? 1 : -1;
      const double x = 60 * random.Uniform() - 30;
      scores.push_back(sign * static_cast<float>(std::exp2(x)));
    }
  }
  std::sort(scores.begin(), scores.end());
  return scores;
}

class ScoreBinsTest : public testing::TestWithParam<ScoreKind> {};

TEST_P(ScoreBinsTest, BinsAreInTheOrderOfScores) {
  const ScoreBins bins(GetParam());
  uint32_t before = 0;
  for (const float score : Scores(GetParam())) {
    const uint32_t bin = bins.BinOf(score);
    ASSERT_LT(bin, ScoreBins::kNumBins);
    ASSERT_GE(bin, before) << score;
    before = bin;
  }
}

TEST_P(ScoreBinsTest, BoundsDivideScoresAsBinsDo) {
  const ScoreBins bins(GetParam());
  for (const float score : Scores(GetParam())) {
    const uint32_t bin = bins.BinOf(score);
    ASSERT_GE(score, bins.LowerBound(bin)) << score;
    ASSERT_LT(score, bins.LowerBound(bin + 1)) << score;
  }
  for (uint32_t bin = 0; bin < ScoreBins::kNumBins; ++bin) {
    ASSERT_LT(bins.LowerBound(bin), bins.LowerBound(bin + 1)) << bin;
  }
}

TEST_P(ScoreBinsTest, BinsAreNarrow) {
  const ScoreBins bins(GetParam());
  for (const float score : Scores(GetParam())) {
    double distance = std::abs(score);
    if (GetParam() == ScoreKind::kProbability) {
      distance = score < 0.5f ? score : 1 - score;
      if (distance < 0x1p-25) continue;
    } else if (distance < 0x1p-12 || distance > 0x1p12) {
      continue;
    }
    const uint32_t bin = bins.BinOf(score);
    EXPECT_LE(bins.LowerBound(bin + 1) - bins.LowerBound(bin), distance / 2047)
        << score;
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, ScoreBinsTest,
                         testing::Values(ScoreKind::kProbability,
                                         ScoreKind::kLinearValue));

}  // namespace
}  // namespace lineup

#include "common/linear/softmax.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "common/base/random.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

double LossOf(const SoftmaxLoss& loss) {
  return std::log1p(double{loss.excess}) + loss.gap;
}

// log sum exp(f_c - f_label), with the differences first.
double ExactLoss(const std::vector<float>& scores, size_t label) {
  double sum = 0;
  for (size_t c = 0; c < scores.size(); ++c) {
    if (c != label) sum += std::exp(double{scores[c]} - scores[label]);
  }
  return std::log1p(sum);
}

double ExactProbability(const std::vector<float>& scores, size_t c) {
  return std::exp(-ExactLoss(scores, c));
}

class SoftmaxTest : public testing::TestWithParam<size_t> {};

TEST_P(SoftmaxTest, LossAndDerivativesOfRandomScores) {
  const size_t classes = GetParam();
  SplitMix64 random(classes);
  for (int trial = 0; trial < 200; ++trial) {
    // From nearly equal scores to nearly certain ones.
    const double spread = std::pow(10.0, 3 * random.Uniform() - 1.5);
    std::vector<float> scores(classes + 2, 7.0f);
    for (size_t c = 0; c < classes; ++c) {
      scores[c] = spread * (2 * random.Uniform() - 1);
    }
    const std::vector<float> before(scores.begin(), scores.begin() + classes);
    const size_t label = random.Below(classes);
    const float weight = 0.5 + random.Uniform();
    const double loss =
        LossOf(SoftmaxDerivative(classes, label, weight, scores.data()));
    const double exact = ExactLoss(before, label);
    // A float's score has itself an error of 6e-8 of its size.
    const double tolerance = 1e-6 + 2e-7 * spread;
    EXPECT_NEAR(loss, exact, tolerance * exact + 1e-30);
    for (size_t c = 0; c < classes; ++c) {
      if (c == label) continue;
      const double want = weight * ExactProbability(before, c);
      EXPECT_NEAR(scores[c], want, tolerance * want + 1e-30);
    }
    const double want = -weight * -std::expm1(-exact);
    EXPECT_NEAR(scores[label], want, -tolerance * want + 1e-30);
    // Nothing beyond the classes is touched.
    EXPECT_EQ(scores[classes], 7.0f);
    EXPECT_EQ(scores[classes + 1], 7.0f);
  }
}

INSTANTIATE_TEST_SUITE_P(Classes, SoftmaxTest,
                         testing::Values(3, 7, 8, 9, 16, 26, 1000));

TEST(SoftmaxTest, CertainAndRight) {
  std::vector<float> scores = {30, 0, 10};
  const SoftmaxLoss loss = SoftmaxDerivative(3, 0, 1.0f, scores.data());
  EXPECT_NEAR(LossOf(loss), std::exp(-30.0) + std::exp(-20.0), 1e-14);
  EXPECT_NEAR(scores[0], -std::exp(-20.0), 1e-12);
}

TEST(SoftmaxTest, CertainAndWrong) {
  std::vector<float> scores = {1e4f, -1e4f, 0};
  const SoftmaxLoss loss = SoftmaxDerivative(3, 1, 2.0f, scores.data());
  EXPECT_EQ(LossOf(loss), 2e4);  // not weighted
  EXPECT_EQ(scores, (std::vector<float>{2, -2, 0}));
}

TEST(SoftmaxTest, EqualScores) {
  std::vector<float> scores(5, 3.25f);
  const SoftmaxLoss loss = SoftmaxDerivative(5, 4, 1.0f, scores.data());
  EXPECT_NEAR(LossOf(loss), std::log(5), 1e-7);
  EXPECT_FLOAT_EQ(scores[0], 0.2f);
  EXPECT_FLOAT_EQ(scores[4], -0.8f);
}

TEST(SoftmaxTest, ExtremeScoresDoNotOverflow) {
  std::vector<float> scores = {3e38f, -3e38f, 0, 1};
  const SoftmaxLoss loss = SoftmaxDerivative(4, 0, 1.0f, scores.data());
  EXPECT_EQ(LossOf(loss), 0);
  EXPECT_EQ(scores, (std::vector<float>{0, 0, 0, 0}));
}

TEST(SoftmaxTest, DivergedScoresHaveNoFiniteLoss) {
  for (const float bad : {static_cast<float>(NAN), kInfinity}) {
    for (size_t at = 0; at < 10; ++at) {
      std::vector<float> scores(10, 1.0f);
      scores[at] = bad;
      const SoftmaxLoss loss = SoftmaxDerivative(10, 3, 1.0f, scores.data());
      EXPECT_FALSE(std::isfinite(LossOf(loss))) << bad << " at " << at;
    }
  }
}

}  // namespace
}  // namespace lineup

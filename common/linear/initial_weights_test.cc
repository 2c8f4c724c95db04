#include "common/linear/initial_weights.h"

#include <cmath>
#include <set>

#include "gtest/gtest.h"

namespace lineup {
namespace {

TEST(InitialWeightsTest, UniformWithinItsScale) {
  Candidate c;
  c.init_scale = 0.07;
  double sum = 0, squares = 0;
  std::set<float> distinct;
  constexpr int kRows = 100000;
  for (uint32_t row = 1; row <= kRows; ++row) {
    const float w = InitialWeights(1, row).Of(c, 0);
    EXPECT_LT(std::abs(w), 0.07f);
    sum += w;
    squares += double{w} * w;
    distinct.insert(w);
  }
  EXPECT_NEAR(sum / kRows, 0, 5 * 0.07 / std::sqrt(3.0 * kRows));
  EXPECT_NEAR(squares / kRows, 0.07 * 0.07 / 3, 1e-4 * 0.07);
  EXPECT_GT(distinct.size(), 0.98 * kRows);
}

TEST(InitialWeightsTest, NormalWithItsDeviation) {
  Candidate c;
  c.init_method = InitMethod::kNormal;
  c.init_sigma = 0.01;
  double sum = 0, squares = 0;
  int within_one = 0;
  constexpr int kRows = 100000;
  for (uint32_t row = 1; row <= kRows; ++row) {
    const double w = InitialWeights(1, row).Of(c, 0);
    sum += w;
    squares += w * w;
    within_one += std::abs(w) < 0.01;
  }
  EXPECT_NEAR(sum / kRows, 0, 5 * 0.01 / std::sqrt(kRows));
  EXPECT_NEAR(std::sqrt(squares / kRows), 0.01, 1e-4);
  EXPECT_NEAR(within_one / double{kRows}, 0.6827, 0.01);
}

TEST(InitialWeightsTest, DependsOnEachOfItsArguments) {
  Candidate c;
  const float w = InitialWeights(1, 2).Of(c, 3);
  EXPECT_EQ(InitialWeights(1, 2).Of(c, 3), w);
  EXPECT_NE(InitialWeights(2, 2).Of(c, 3), w);
  EXPECT_NE(InitialWeights(1, 3).Of(c, 3), w);
  EXPECT_NE(InitialWeights(1, 2).Of(c, 4), w);
}

// So that candidates differ by their settings alone.
TEST(InitialWeightsTest, AreThoseOfEveryCandidateThatBeginsAlike) {
  Candidate a, b;
  b.index = 7;
  b.wd = 0.1;
  b.learning_rate = 0.5;
  EXPECT_EQ(InitialWeights(1, 2).Of(b, 3), InitialWeights(1, 2).Of(a, 3));
  b.init_scale = 2 * a.init_scale;
  EXPECT_FLOAT_EQ(InitialWeights(1, 2).Of(b, 3),
                  2 * InitialWeights(1, 2).Of(a, 3));
}

// A job's weights must not change with the release that resumes it.
TEST(InitialWeightsTest, IsPinned) {
  Candidate c;
  c.index = 5;
  EXPECT_FLOAT_EQ(InitialWeights(123, 456).Of(c, 7), 0.052472409f);
  c.init_method = InitMethod::kNormal;
  EXPECT_FLOAT_EQ(InitialWeights(123, 456).Of(c, 7), 0.0098171672f);
}

}  // namespace
}  // namespace lineup

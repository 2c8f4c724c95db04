#include "common/linear/exact_sum.h"

#include <cmath>
#include <limits>
#include <vector>

#include "common/base/random.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double SumOf(const std::vector<double>& values) {
  ExactSum sum;
  for (const double value : values) sum.Add(value);
  return sum.Value();
}

TEST(ExactSumTest, LosesNothing) {
  EXPECT_EQ(SumOf({}), 0);
  EXPECT_EQ(SumOf({1e100, 1, -1e100}), 1);
  EXPECT_EQ(SumOf({1e16, 1, 1, -1e16, 0x1p-200}), 2);
  EXPECT_EQ(SumOf({1e16, -1e16, 0x1p-1060}), 0x1p-1060);
  EXPECT_EQ(SumOf(std::vector<double>(10, 0.1)), 1);
}

TEST(ExactSumTest, RoundsOnceAndToEven) {
  // Halfway between 1 and its successor, and a little to either side.
  EXPECT_EQ(SumOf({1, 0x1p-53}), 1);
  EXPECT_EQ(SumOf({1, 0x1p-53, 0x1p-150}), 1 + 0x1p-52);
  EXPECT_EQ(SumOf({1, 0x1p-53, -0x1p-150}), 1);
  EXPECT_EQ(SumOf({1 + 0x1p-52, 0x1p-53, -0x1p-150}), 1 + 0x1p-52);
  EXPECT_EQ(SumOf({1 + 0x1p-52, 0x1p-53}), 1 + 0x1p-51);
}

TEST(ExactSumTest, DoesNotDependOnOrderOrGrouping) {
  SplitMix64 random(1);
  for (int round = 0; round < 50; ++round) {
    std::vector<double> values;
    for (int i = 0; i < 200; ++i) {
      const int exponent = static_cast<int>(random.Below(120)) - 60;
      values.push_back(std::ldexp(random.Uniform() - 0.5, exponent));
    }
    const double expected = SumOf(values);
    Shuffle(absl::MakeSpan(values), random);
    std::vector<ExactSum> parts(1 + random.Below(10));
    for (const double value : values) {
      parts[random.Below(parts.size())].Add(value);
    }
    ExactSum merged;
    for (const ExactSum& part : parts) merged.Merge(part);
    EXPECT_EQ(merged.Value(), expected);
    EXPECT_EQ(SumOf({merged.terms().begin(), merged.terms().end()}), expected);
  }
}

TEST(ExactSumTest, MergesWithItself) {
  ExactSum sum;
  for (const double value : {1e20, 1.0, 1e-20}) sum.Add(value);
  sum.Merge(sum);
  sum.Add(-2e20);
  EXPECT_EQ(sum.Value(), 2);
}

TEST(ExactSumTest, StaysNotFinite) {
  EXPECT_EQ(SumOf({1, kInfinity, 2}), kInfinity);
  EXPECT_EQ(SumOf({1e308, 1e308, -1e308}), kInfinity);
  EXPECT_TRUE(std::isnan(SumOf({kInfinity, 1, -kInfinity, 1})));
  EXPECT_TRUE(std::isnan(SumOf({1, std::nan(""), 5})));
}

}  // namespace
}  // namespace lineup

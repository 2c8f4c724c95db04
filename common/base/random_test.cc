#include "common/base/random.h"

#include <algorithm>
#include <bitset>
#include <cmath>
#include <cstdint>
#include <map>
#include <numeric>
#include <set>
#include <vector>

#include "absl/types/span.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

TEST(SplitMix64Test, GivesThePublishedSequence) {
  // The first numbers of Vigna's splitmix64.c for seed 1234567.
  SplitMix64 random(1234567);
  EXPECT_EQ(random(), 6457827717110365317u);
  EXPECT_EQ(random(), 3203168211198807973u);
  EXPECT_EQ(random(), 9817491932198370423u);
}

TEST(HashMixTest, NeverChanges) {
  // Models are reproducible from their seed only while these hold.
  EXPECT_EQ(HashMix(0, 0, 0), 0x238275bc38fcbe91u);
  EXPECT_EQ(HashMix(1, 2, 3), 0xd0734750fde362b3u);
}

TEST(HashMixTest, DependsOnEveryArgumentAndTheirOrder) {
  std::set<uint64_t> seen;
  for (uint64_t seed = 0; seed < 10; ++seed) {
    for (uint64_t a = 0; a < 10; ++a) {
      for (uint64_t b = 0; b < 10; ++b) seen.insert(HashMix(seed, a, b));
    }
  }
  EXPECT_EQ(seen.size(), 1000u);
}

TEST(HashMixTest, OneBitOfInputFlipsHalfOfTheOutput) {
  double flipped = 0;
  for (int bit = 0; bit < 64; ++bit) {
    const uint64_t other = HashMix(5, 77, uint64_t{1} << bit);
    flipped += std::bitset<64>(HashMix(5, 77, 0) ^ other).count();
  }
  EXPECT_NEAR(flipped / 64, 32.0, 2.0);
}

TEST(UniformFromHashTest, StaysBelowOne) {
  EXPECT_EQ(UniformFromHash(0), 0.0);
  EXPECT_LT(UniformFromHash(~uint64_t{0}), 1.0);
}

TEST(UniformFromHashTest, HasTheMomentsOfTheUniformDistribution) {
  constexpr int kCount = 100'000;
  double sum = 0;
  double squares = 0;
  for (int i = 0; i < kCount; ++i) {
    const double u = UniformFromHash(HashMix(3, i));
    sum += u;
    squares += u * u;
  }
  EXPECT_NEAR(sum / kCount, 1.0 / 2, 0.005);
  EXPECT_NEAR(squares / kCount, 1.0 / 3, 0.005);
}

TEST(NormalFromHashTest, HasTheMomentsOfTheNormalDistribution) {
  constexpr int kCount = 100'000;
  double sums[4] = {};
  for (int i = 0; i < kCount; ++i) {
    const double x = NormalFromHash(HashMix(4, i));
    ASSERT_TRUE(std::isfinite(x));
    for (int power = 0; power < 4; ++power) {
      sums[power] += std::pow(x, power + 1);
    }
  }
  EXPECT_NEAR(sums[0] / kCount, 0.0, 0.02);
  EXPECT_NEAR(sums[1] / kCount, 1.0, 0.02);
  EXPECT_NEAR(sums[2] / kCount, 0.0, 0.05);
  EXPECT_NEAR(sums[3] / kCount, 3.0, 0.1);
}

TEST(NormalFromHashTest, IsFiniteForEveryUniform) {
  EXPECT_TRUE(std::isfinite(NormalFromHash(0)));
  EXPECT_TRUE(std::isfinite(NormalFromHash(~uint64_t{0})));
}

TEST(BelowTest, IsUniform) {
  SplitMix64 random(9);
  std::vector<int> counts(7);
  for (int i = 0; i < 70'000; ++i) ++counts[random.Below(7)];
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 400);
  EXPECT_EQ(random.Below(1), 0u);
}

TEST(BelowTest, ReachesNumbersAboveTwoToThe63) {
  constexpr uint64_t kBound = (uint64_t{3} << 62) + 1;
  SplitMix64 random(9);
  uint64_t largest = 0;
  for (int i = 0; i < 1000; ++i) {
    const uint64_t value = random.Below(kBound);
    ASSERT_LT(value, kBound);
    largest = std::max(largest, value);
  }
  EXPECT_GT(largest, uint64_t{1} << 63);
}

TEST(ShuffleTest, GivesEachOrderEquallyOften) {
  SplitMix64 random(2);
  std::map<std::vector<int>, int> counts;
  for (int i = 0; i < 24'000; ++i) {
    std::vector<int> values = {0, 1, 2, 3};
    Shuffle(absl::MakeSpan(values), random);
    ++counts[values];
  }
  EXPECT_EQ(counts.size(), 24u);
  for (const auto& [order, count] : counts) EXPECT_NEAR(count, 1000, 150);
}

TEST(ShuffleTest, IsDecidedByTheSeed) {
  const auto shuffled = [](uint64_t seed) {
    std::vector<int> values(100);
    std::iota(values.begin(), values.end(), 0);
    SplitMix64 random(seed);
    Shuffle(absl::MakeSpan(values), random);
    return values;
  };
  EXPECT_EQ(shuffled(1), shuffled(1));
  EXPECT_NE(shuffled(1), shuffled(2));
}

}  // namespace
}  // namespace lineup

#include "common/linear/racing.h"

#include <cmath>
#include <limits>
#include <set>
#include <vector>

#include "common/base/random.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

RacingOptions Options(double eta, int64_t first_rung, size_t min_candidates) {
  RacingOptions options;
  options.eta = eta;
  options.first_rung = first_rung;
  options.min_candidates = min_candidates;
  return options;
}

// Candidates whose criterion and loss is their number.
std::vector<Standing> Numbered(const std::vector<double>& numbers) {
  std::vector<Standing> standings;
  for (const double number : numbers) standings.push_back({number, number});
  return standings;
}

std::vector<size_t> Sizes(const RacingOptions& options, size_t lineup_size,
                          int64_t epochs) {
  std::vector<size_t> sizes;
  for (int64_t epoch = 1; epoch <= epochs; ++epoch) {
    sizes.push_back(RaceSize(options, lineup_size, epoch));
  }
  return sizes;
}

using SizeList = std::vector<size_t>;

TEST(RacingTest, HalvesAfterOneTwoFourEightEpochs) {
  EXPECT_EQ(Sizes(Options(2, 1, 1), 32, 16),
            (SizeList{16, 8, 8, 4, 4, 4, 4, 2, 2, 2, 2, 2, 2, 2, 2, 1}));
}

TEST(RacingTest, OtherPartsAndFirstRungs) {
  EXPECT_EQ(Sizes(Options(3, 2, 1), 27, 7), (SizeList{27, 9, 9, 9, 9, 3, 3}));
  // Rounded up: 10 / 4, and 10 / 16.
  EXPECT_EQ(Sizes(Options(4, 1, 1), 10, 5), (SizeList{3, 3, 3, 1, 1}));
  // Rungs after 2, 3 and 4.5 epochs.
  EXPECT_EQ(Sizes(Options(1.5, 2, 1), 27, 5), (SizeList{27, 18, 12, 12, 8}));
}

TEST(RacingTest, NeverBelowTheFloor) {
  EXPECT_EQ(Sizes(Options(2, 1, 5), 32, 8),
            (SizeList{16, 8, 8, 5, 5, 5, 5, 5}));
  EXPECT_EQ(Sizes(Options(2, 1, 8), 3, 2), (SizeList{3, 3}));
  EXPECT_EQ(RaceSize(Options(10, 1, 1), 2, 1000000), 1);
  EXPECT_EQ(RaceSize(Options(1e300, 1, 1), 1000, 1), 1);
  EXPECT_EQ(RaceSize(Options(1.0001, 1, 1), 1024, int64_t{1} << 62), 1);
}

TEST(RacingTest, NoRace) {
  EXPECT_EQ(Sizes(RacingOptions(), 32, 3), (SizeList{32, 32, 32}));
  EXPECT_EQ(
      StayInRace(RacingOptions(), 3, 9, Goal::kMinimize, Numbered({3, NAN, 1})),
      (SizeList{0, 1, 2}));
}

TEST(RacingTest, TheBestStayInTheirOrder) {
  const auto standings = Numbered({0.4, 0.1, 0.9, 0.3});
  const RacingOptions options = Options(2, 1, 1);
  EXPECT_EQ(StayInRace(options, 4, 1, Goal::kMinimize, standings),
            (SizeList{1, 3}));
  EXPECT_EQ(StayInRace(options, 4, 1, Goal::kMaximize, standings),
            (SizeList{0, 2}));
  EXPECT_EQ(StayInRace(options, 4, 2, Goal::kMaximize, standings),
            (SizeList{2}));
}

TEST(RacingTest, TiesAreDecidedByLossThenByPosition) {
  const std::vector<Standing> standings = {
      {0.8, 3}, {0.8, 2}, {0.7, 1}, {0.8, 2}, {0.8, 2}};
  const RacingOptions options = Options(5.0 / 3, 1, 1);
  EXPECT_EQ(StayInRace(options, 5, 1, Goal::kMaximize, standings),
            (SizeList{1, 3, 4}));
  EXPECT_EQ(StayInRace(Options(5, 1, 1), 5, 1, Goal::kMaximize, standings),
            (SizeList{1}));
}

TEST(RacingTest, DivergedCandidatesGoFirst) {
  const std::vector<Standing> standings = {
      {NAN, NAN}, {0.1, 9}, {0.9, kInfinity}, {kInfinity, 1}, {0.2, 8}};
  EXPECT_EQ(StayInRace(Options(2.5, 1, 1), 5, 1, Goal::kMaximize, standings),
            (SizeList{1, 4}));
  EXPECT_EQ(StayInRace(Options(2.5, 1, 3), 5, 1, Goal::kMaximize, standings),
            (SizeList{0, 1, 4}));
}

// The best is still there after any number of rungs, and a race that starts
// again after any epoch goes on as before.
TEST(RacingTest, TheBestIsNeverDropped) {
  SplitMix64 random(7);
  for (int round = 0; round < 200; ++round) {
    const RacingOptions options = Options(
        1.2 + 3 * random.Uniform(), 1 + random.Below(3), 1 + random.Below(4));
    const size_t size = 1 + random.Below(40);
    std::vector<double> losses(size);
    for (double& loss : losses) loss = random.Below(20);
    std::vector<size_t> racing(size);
    for (size_t c = 0; c < size; ++c) racing[c] = c;
    for (int64_t epoch = 1; epoch <= 30; ++epoch) {
      std::vector<double> now;
      for (const size_t c : racing) now.push_back(losses[c]);
      const std::vector<size_t> stay =
          StayInRace(options, size, epoch, Goal::kMinimize, Numbered(now));
      std::vector<size_t> next;
      for (const size_t position : stay) next.push_back(racing[position]);
      EXPECT_EQ(next.size(), RaceSize(options, size, epoch));
      EXPECT_GE(next.size(), std::min(size, options.min_candidates));
      // Nobody who stays is worse than one who goes.
      const std::set<size_t> staying(next.begin(), next.end());
      for (const size_t gone : racing) {
        if (staying.count(gone) > 0) continue;
        for (const size_t c : next) EXPECT_LE(losses[c], losses[gone]);
      }
      racing = next;
    }
  }
}

TEST(StandingTest, NeitherOfTwoEqualsIsBetter) {
  const Standing finite{1, 1}, nan{NAN, NAN};
  for (const Goal goal : {Goal::kMinimize, Goal::kMaximize}) {
    EXPECT_FALSE(IsBetter(goal, finite, finite));
    EXPECT_FALSE(IsBetter(goal, nan, nan));
    EXPECT_TRUE(IsBetter(goal, finite, nan));
    EXPECT_FALSE(IsBetter(goal, nan, finite));
  }
}

}  // namespace
}  // namespace lineup

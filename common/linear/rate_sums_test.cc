#include "common/linear/rate_sums.h"

#include <cmath>
#include <vector>

#include "gtest/gtest.h"

namespace lineup {
namespace {

constexpr size_t kWidth = 16;

// Two kinds of columns: a constant rate, and one that falls by 1 % every ten
// updates down to a floor, as the Linear Learner's does.
AlignedFloats Rates(uint32_t update) {
  AlignedFloats rates(kWidth, 0.1f);
  for (size_t k = 8; k < kWidth; ++k) {
    rates[k] = std::max(0.005 * std::pow(0.99, (update - 1) / 10), 1e-5);
  }
  return rates;
}

// Sums of both kinds up to each update.
struct Exact {
  std::vector<double> constant = {0.0};
  std::vector<double> falling = {0.0};
};

Exact AddUpdates(uint32_t updates, RateSums* sums) {
  Exact exact;
  for (uint32_t t = 1; t <= updates; ++t) {
    const AlignedFloats rates = Rates(t);
    sums->Add(rates.data());
    exact.constant.push_back(exact.constant.back() + rates[0]);
    exact.falling.push_back(exact.falling.back() + rates[8]);
  }
  return exact;
}

TEST(RateSumsTest, NothingBeforeTheFirstUpdate) {
  const RateSums sums(kWidth);
  const RateSums::Sums zero = sums.UpTo(0);
  EXPECT_EQ(RateSums::Difference(zero, zero, 8)[7], 0.0f);
}

TEST(RateSumsTest, RecentSumsAreExact) {
  RateSums sums(kWidth);
  const Exact exact = AddUpdates(5000, &sums);
  for (uint32_t from = 5000 - RateSums::kEntries + 1; from < 5000; ++from) {
    for (const uint32_t to : {from, from + 1, 5000u}) {
      const auto a = sums.UpTo(from), b = sums.UpTo(to);
      const double constant = exact.constant[to] - exact.constant[from];
      const double falling = exact.falling[to] - exact.falling[from];
      EXPECT_FLOAT_EQ(RateSums::Difference(a, b, 0)[0], constant);
      EXPECT_FLOAT_EQ(RateSums::Difference(a, b, 8)[7], falling);
    }
  }
}

// From every update to the last one, over all boundaries of levels.
TEST(RateSumsTest, OldSumsAreNearlyExact) {
  for (const uint32_t updates : {1023u, 1024u, 1025u, 8192u, 150001u}) {
    RateSums sums(kWidth);
    const Exact exact = AddUpdates(updates, &sums);
    const auto to = sums.UpTo(updates);
    for (uint32_t from = 0; from < updates; ++from) {
      const auto a = sums.UpTo(from);
      const double constant = exact.constant[updates] - exact.constant[from];
      const double falling = exact.falling[updates] - exact.falling[from];
      ASSERT_NEAR(RateSums::Difference(a, to, 0)[3] / constant, 1, 1e-6);
      ASSERT_NEAR(RateSums::Difference(a, to, 8)[3] / falling, 1, 2e-2)
          << "from " << from << " to " << updates;
    }
  }
}

TEST(RateSumsTest, SumsOfAdjacentGapsAddUp) {
  RateSums sums(kWidth);
  AddUpdates(100000, &sums);
  const auto a = sums.UpTo(0), b = sums.UpTo(40321), c = sums.UpTo(100000);
  EXPECT_FLOAT_EQ(
      RateSums::Difference(a, b, 8)[0] + RateSums::Difference(b, c, 8)[0],
      RateSums::Difference(a, c, 8)[0]);
}

TEST(RateSumsTest, KeptColumnsGoOn) {
  RateSums all(kWidth);
  AddUpdates(5001, &all);
  // Columns 6 to 9, two of each kind.
  const std::vector<ColumnRun> runs = {{6, 0, 4}};
  RateSums kept = all.Keep(runs, 8);
  EXPECT_EQ(kept.num_updates(), 5001);
  for (uint32_t t = 5002; t <= 9000; ++t) {
    const AlignedFloats rates = Rates(t);
    all.Add(rates.data());
    AlignedFloats kept_rates(8, 0.0f);
    CopyColumns(absl::MakeConstSpan(runs), rates.data(), kept_rates.data());
    kept.Add(kept_rates.data());
  }
  const auto to = all.UpTo(9000), kept_to = kept.UpTo(9000);
  for (uint32_t from = 0; from < 9000; ++from) {
    const auto a = all.UpTo(from), b = kept.UpTo(from);
    const Float8 low = RateSums::Difference(a, to, 0);
    const Float8 high = RateSums::Difference(a, to, 8);
    const Float8 sums = RateSums::Difference(b, kept_to, 0);
    ASSERT_EQ(sums[0], low[6]) << from;
    ASSERT_EQ(sums[1], low[7]) << from;
    ASSERT_EQ(sums[2], high[0]) << from;
    ASSERT_EQ(sums[3], high[1]) << from;
    ASSERT_EQ(sums[4], 0) << from;
  }
}

}  // namespace
}  // namespace lineup

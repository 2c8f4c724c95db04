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

}  // namespace
}  // namespace lineup

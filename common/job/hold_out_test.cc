#include "common/job/hold_out.h"

#include <cmath>
#include <vector>

#include "gtest/gtest.h"

namespace lineup {
namespace {

int CountHeldOut(uint64_t seed, size_t split, int records, double fraction) {
  int held_out = 0;
  for (int r = 0; r < records; ++r) {
    held_out += IsHeldOut(seed, split, r, fraction);
  }
  return held_out;
}

TEST(HoldOutTest, HoldsOutTheFraction) {
  constexpr int kRecords = 100'000;
  for (const double fraction : {0.001, 0.1, 0.5, 0.9}) {
    for (const size_t split : {0, 1, 1000}) {
      const double expected = kRecords * fraction;
      EXPECT_NEAR(CountHeldOut(7, split, kRecords, fraction), expected,
                  5 * std::sqrt(expected));
    }
  }
  EXPECT_EQ(CountHeldOut(7, 0, kRecords, 0), 0);
  EXPECT_EQ(CountHeldOut(7, 0, kRecords, 1), kRecords);
}

// A larger fraction holds out the same examples and others.
TEST(HoldOutTest, ALargerFractionHoldsOutMore) {
  for (uint64_t r = 0; r < 1000; ++r) {
    EXPECT_LE(IsHeldOut(1, 0, r, 0.1), IsHeldOut(1, 0, r, 0.2));
  }
}

// All that decide are independent: who is held out in one split, or by one
// seed, says nothing of another.
TEST(HoldOutTest, SeedsAndSplitsHoldOutDifferentRecords) {
  int both_seeds = 0, both_splits = 0;
  for (uint64_t r = 0; r < 100'000; ++r) {
    const bool held_out = IsHeldOut(1, 0, r, 0.1);
    both_seeds += held_out && IsHeldOut(2, 0, r, 0.1);
    both_splits += held_out && IsHeldOut(1, 1, r, 0.1);
  }
  EXPECT_NEAR(both_seeds, 1000, 160);
  EXPECT_NEAR(both_splits, 1000, 160);
}

// Workers of other releases hold out the same ones.
TEST(HoldOutTest, IsTheSameInEveryRelease) {
  std::vector<int> held_out;
  for (int r = 0; r < 40; ++r) {
    if (IsHeldOut(42, 3, r, 0.2)) held_out.push_back(r);
  }
  EXPECT_EQ(held_out, (std::vector<int>{4, 6, 9, 15, 18, 28, 32, 37}));
}

}  // namespace
}  // namespace lineup

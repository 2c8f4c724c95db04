#include "worker/random_order.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "gtest/gtest.h"

namespace lineup {
namespace {

// Sizes that are shuffled as a whole, and dealt out into piles first.
constexpr uint32_t kSmall = 1000;
constexpr uint32_t kLarge = 1'000'003;

TEST(RandomOrderTest, HasEveryNumberOnce) {
  for (const uint32_t n : {0u, 1u, 2u, kSmall, 200'000u, 200'001u, kLarge}) {
    std::vector<uint32_t> order = RandomOrder(n, 5);
    ASSERT_EQ(order.size(), n);
    std::sort(order.begin(), order.end());
    std::vector<uint32_t> all(n);
    std::iota(all.begin(), all.end(), 0u);
    EXPECT_EQ(order, all) << n;
  }
}

// Other orders in another release would make other models of the same seed.
TEST(RandomOrderTest, IsTheSameInEveryRelease) {
  EXPECT_EQ(RandomOrder(10, 1),
            (std::vector<uint32_t>{0, 2, 8, 3, 1, 9, 4, 6, 5, 7}));
  const std::vector<uint32_t> large = RandomOrder(kLarge, 1);
  EXPECT_EQ(std::vector<uint32_t>(large.begin(), large.begin() + 4),
            (std::vector<uint32_t>{67000, 245312, 336278, 974628}));
  EXPECT_EQ(std::vector<uint32_t>(large.end() - 4, large.end()),
            (std::vector<uint32_t>{37517, 899558, 648544, 923173}));
}

TEST(RandomOrderTest, DependsOnTheSeed) {
  for (const uint32_t n : {kSmall, kLarge}) {
    const std::vector<uint32_t> a = RandomOrder(n, 1);
    const std::vector<uint32_t> b = RandomOrder(n, 2);
    size_t same = 0;
    for (uint32_t i = 0; i < n; ++i) same += a[i] == b[i];
    // One on average, however long they are.
    EXPECT_LT(same, 10u) << n;
  }
}

// Each order of three is as likely as any other.
TEST(RandomOrderTest, OrdersAreEquallyLikely) {
  constexpr int kDraws = 60'000;
  int counts[27] = {};
  for (int seed = 0; seed < kDraws; ++seed) {
    const std::vector<uint32_t> order = RandomOrder(3, seed);
    ++counts[order[0] * 9 + order[1] * 3 + order[2]];
  }
  int orders = 0;
  for (const int count : counts) {
    if (count == 0) continue;
    ++orders;
    EXPECT_NEAR(count, kDraws / 6, 5 * std::sqrt(kDraws / 6.0));
  }
  EXPECT_EQ(orders, 6);
}

// Where a number comes from says nothing of where it goes: in a large order,
// too, each tenth of the places has a tenth of the numbers of each tenth.
TEST(RandomOrderTest, MixesAllOfALargeOrder) {
  const std::vector<uint32_t> order = RandomOrder(kLarge, 3);
  int counts[10][10] = {};
  for (uint64_t i = 0; i < kLarge; ++i) {
    ++counts[i * 10 / kLarge][uint64_t{order[i]} * 10 / kLarge];
  }
  for (const auto& row : counts) {
    for (const int count : row) {
      EXPECT_NEAR(count, kLarge / 100, 5 * std::sqrt(kLarge / 100.0));
    }
  }
  // Neighbours do not stay together.
  size_t neighbours = 0;
  for (uint32_t i = 1; i < kLarge; ++i) {
    neighbours += order[i] == order[i - 1] + 1;
  }
  EXPECT_LT(neighbours, 10u);
}

}  // namespace
}  // namespace lineup

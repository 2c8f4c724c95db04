#include "common/linear/row_set.h"

#include <array>
#include <set>
#include <vector>

#include "gtest/gtest.h"

namespace lineup {
namespace {

// Every index of a set must be met once, in the stripe of its row.
void ExpectIsPartitioned(const RowSet& set) {
  std::set<size_t> indexes;
  for (uint32_t stripe = 0; stripe < kNumStripes; ++stripe) {
    for (size_t j = 0; j < set.count(stripe); ++j) {
      const size_t index = set.first(stripe) + j * set.stride();
      ASSERT_LT(index, set.size());
      EXPECT_EQ(StripeOfRow(set.row(index)), stripe);
      EXPECT_TRUE(indexes.insert(index).second) << index;
    }
  }
  EXPECT_EQ(indexes.size(), set.size());
}

TEST(RowSetTest, AllRowsInTheirOrder) {
  for (const uint32_t n : {0u, 1u, 15u, 16u, 17u, 100u, 256u}) {
    const RowSet all = RowSet::All(n);
    EXPECT_TRUE(all.is_all());
    EXPECT_EQ(all.size(), n);
    for (uint32_t i = 0; i < n; ++i) EXPECT_EQ(all.row(i), i);
    ExpectIsPartitioned(all);
  }
}

TEST(RowSetTest, GroupedRows) {
  std::array<uint32_t, kNumStripes + 1> begins{};
  const std::vector<uint32_t> rows = {0, 160, 16, 3, 19, 31};
  begins[1] = begins[2] = begins[3] = 3;
  for (uint32_t s = 4; s < 16; ++s) begins[s] = 5;
  begins[16] = 6;
  RowSet set = RowSet::Grouped(rows, begins);
  EXPECT_FALSE(set.is_all());
  EXPECT_EQ(set.size(), 6);
  ExpectIsPartitioned(set);
  EXPECT_EQ(set.row(1), 160);
  EXPECT_EQ(set.count(3), 2);
  EXPECT_EQ(set.count(4), 0);
  EXPECT_EQ(set.TakeRows(), rows);
}

TEST(RowSetTest, RangesHoldEachRowOnce) {
  for (const uint32_t begin : {0u, 1u, 15u, 16u, 17u, 8192u}) {
    for (const uint32_t size : {0u, 1u, 15u, 16u, 40u}) {
      const RowSet range = RowSet::Range(begin, begin + size);
      ASSERT_EQ(range.size(), size);
      ExpectIsPartitioned(range);
      std::set<uint32_t> rows;
      for (uint32_t i = 0; i < size; ++i) rows.insert(range.row(i));
      ASSERT_EQ(rows.size(), size);
      if (size == 0) continue;
      EXPECT_EQ(*rows.begin(), begin);
      EXPECT_EQ(*rows.rbegin(), begin + size - 1);
    }
  }
}

// The same rows under other indexes are not the same to buffers.
TEST(RowSetTest, RowsOfAStripeUnderOtherIndexesDiffer) {
  std::array<uint32_t, kNumStripes + 1> one{}, two{};
  for (uint32_t s = 1; s <= 16; ++s) {
    one[s] = s < 4 ? 1 : 2;
    two[s] = s < 4 ? 2 : 3;
  }
  const RowSet a = RowSet::Grouped({16, 3}, one);
  const RowSet b = RowSet::Grouped({16, 32, 3}, two);
  EXPECT_FALSE(a.SameRowsInStripe(b, 3));
  EXPECT_FALSE(a.SameRowsInStripe(b, 0));
}

TEST(RowSetTest, EqualityAsAWholeAndByStripe) {
  std::array<uint32_t, kNumStripes + 1> begins{};
  for (uint32_t s = 1; s <= 16; ++s) begins[s] = s < 4 ? 1 : 2;
  const RowSet a = RowSet::Grouped({16, 3}, begins);
  const RowSet b = RowSet::Grouped({32, 3}, begins);
  EXPECT_TRUE(a == a);
  EXPECT_FALSE(a == b);
  EXPECT_FALSE(a.SameRowsInStripe(b, 0));
  EXPECT_TRUE(a.SameRowsInStripe(b, 3));
  EXPECT_TRUE(RowSet::All(5).SameRowsInStripe(RowSet::All(5), 2));
  EXPECT_FALSE(RowSet::All(5) == RowSet::All(6));
  EXPECT_FALSE(RowSet::All(2) == a);
  EXPECT_FALSE(RowSet::All(2).SameRowsInStripe(a, 5));
}

TEST(RowSetTest, AnEmptySet) {
  ExpectIsPartitioned(RowSet());
  EXPECT_EQ(RowSet().size(), 0);
}

TEST(RowSetTest, ASlotLiesInOneStripe) {
  for (uint32_t row = 0; row < 3 * kNumSlots; ++row) {
    EXPECT_EQ(StripeOfRow(row), SlotOfRow(row) % kNumStripes);
  }
  EXPECT_EQ(RowOfFeature(0), kBiasRow + 1);
}

}  // namespace
}  // namespace lineup

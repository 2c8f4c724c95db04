#include "worker/row_router.h"

#include <array>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Slots in turn.
SlotOwners Owners(uint8_t servers) {
  SlotOwners owners;
  for (uint32_t s = 0; s < kNumSlots; ++s) owners[s] = s % servers;
  return owners;
}

RowSet Grouped(const std::vector<uint32_t>& rows) {
  std::array<uint32_t, kNumStripes + 1> begins{};
  for (const uint32_t row : rows) ++begins[StripeOfRow(row) + 1];
  for (uint32_t s = 0; s < kNumStripes; ++s) begins[s + 1] += begins[s];
  return RowSet::Grouped(rows, begins);
}

std::vector<size_t> Indexes(const ServerRows& rows) {
  std::vector<size_t> indexes;
  for (size_t p = 0; p < rows.size(); ++p) indexes.push_back(rows.index(p));
  return indexes;
}

TEST(RowRouterTest, OneServerHasAll) {
  RowRouter router(Owners(1), 1);
  const auto shares = router.Share(RowSet::All(3));
  ASSERT_EQ(shares->size(), 1u);
  EXPECT_TRUE((*shares)[0].is_whole_set());
  EXPECT_THAT(Indexes((*shares)[0]), ElementsAre(0, 1, 2));
}

TEST(RowRouterTest, DenseRowsAreSharedOutBySlot) {
  RowRouter router(Owners(3), 3);
  const auto shares = router.Share(RowSet::All(8));
  EXPECT_THAT(Indexes((*shares)[0]), ElementsAre(0, 3, 6));
  EXPECT_THAT(Indexes((*shares)[1]), ElementsAre(1, 4, 7));
  EXPECT_THAT(Indexes((*shares)[2]), ElementsAre(2, 5));
  EXPECT_EQ(router.Share(RowSet::All(8)), shares);
  EXPECT_NE(router.Share(RowSet::All(9)), shares);
}

TEST(RowRouterTest, ListedRowsKeepTheirOrder) {
  RowRouter router(Owners(2), 2);
  const auto shares = router.Share(Grouped({48, 32, 1, 17, 18, 256 + 3}));
  EXPECT_THAT(Indexes((*shares)[0]), ElementsAre(0, 1, 4));
  EXPECT_THAT(Indexes((*shares)[1]), ElementsAre(2, 3, 5));
  EXPECT_FALSE((*shares)[0].is_whole_set());
}

TEST(RowRouterTest, AServerMayHaveNone) {
  RowRouter router(Owners(2), 2);
  const auto shares = router.Share(Grouped({2}));
  EXPECT_THAT(Indexes((*shares)[1]), IsEmpty());
}

}  // namespace
}  // namespace lineup

#include "common/linear/owned_rows.h"

#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<uint32_t> Below(const OwnedRows& rows, uint32_t num_rows) {
  std::vector<uint32_t> list;
  for (uint32_t p = 0; p < rows.CountBelow(num_rows); ++p) {
    list.push_back(rows.RowAt(p));
  }
  return list;
}

TEST(OwnedRowsTest, AreThoseOfItsSlots) {
  OwnedRows::Slots slots;
  slots.set(1).set(255);
  const OwnedRows rows(slots);
  EXPECT_EQ(rows.num_slots(), 2u);
  EXPECT_FALSE(rows.owns_all());
  EXPECT_TRUE(rows.owns(1));
  EXPECT_TRUE(rows.owns(257));
  EXPECT_TRUE(rows.owns(511));
  EXPECT_FALSE(rows.owns(0));
  EXPECT_THAT(Below(rows, 512), ElementsAre(1, 255, 257, 511));
  EXPECT_THAT(Below(rows, 511), ElementsAre(1, 255, 257));
  EXPECT_THAT(Below(rows, 1), IsEmpty());
  uint32_t count = 0;
  for (uint32_t row = 0; row < 2000; ++row) {
    EXPECT_EQ(rows.CountBelow(row), count);
    if (rows.owns(row)) {
      EXPECT_EQ(rows.RowAt(count), row);
      ++count;
    }
  }
}

TEST(RowsOfPartTest, PartsFollowOnEachOther) {
  for (const size_t count :
       {size_t{0}, size_t{2}, size_t{7}, size_t{1} << 32}) {
    for (const uint32_t parts : {1, 3, 4096}) {
      size_t end = 0;
      for (uint32_t part = 0; part < parts; ++part) {
        EXPECT_EQ(RowsOfPart(count, part, parts).first, end);
        end = RowsOfPart(count, part, parts).second;
      }
      EXPECT_EQ(end, count);
    }
  }
  EXPECT_EQ(RowsOfPart(7, 1, 3), std::make_pair(size_t{2}, size_t{4}));
}

TEST(OwnedRowsTest, MayBeAll) {
  const OwnedRows rows = OwnedRows::All();
  EXPECT_TRUE(rows.owns_all());
  EXPECT_THAT(Below(rows, 3), ElementsAre(0, 1, 2));
  EXPECT_EQ(rows.CountBelow(4294967295u), 4294967295u);
}

}  // namespace
}  // namespace lineup

#include "common/linear/owned_rows.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

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
  EXPECT_THAT(rows.Below(512), ElementsAre(1, 255, 257, 511));
  EXPECT_THAT(rows.Below(511), ElementsAre(1, 255, 257));
  EXPECT_THAT(rows.Below(1), IsEmpty());
  for (uint32_t n : {0, 1, 2, 255, 256, 257, 511, 512, 10000}) {
    EXPECT_EQ(rows.CountBelow(n), rows.Below(n).size()) << n;
  }
}

TEST(OwnedRowsTest, MayBeAll) {
  const OwnedRows rows = OwnedRows::All();
  EXPECT_TRUE(rows.owns_all());
  EXPECT_THAT(rows.Below(3), ElementsAre(0, 1, 2));
  EXPECT_EQ(rows.CountBelow(4294967295u), 4294967295u);
}

}  // namespace
}  // namespace lineup

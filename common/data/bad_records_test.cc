#include "common/data/bad_records.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(BadRecordsTest, WithoutAllowanceTheFirstErrorIsReturnedAsItIs) {
  BadRecords bad(0);
  const absl::Status error = absl::InvalidArgumentError("a.csv:1:2: x");
  EXPECT_EQ(bad.Add(error), error);
  EXPECT_EQ(bad.count(), 1u);
}

TEST(BadRecordsTest, CountsUpToTheLimitThenNamesItAndTheFirst) {
  BadRecords bad(2);
  EXPECT_TRUE(bad.Add(absl::InvalidArgumentError("one")).ok());
  EXPECT_TRUE(bad.Add(absl::DataLossError("two")).ok());
  const absl::Status over = bad.Add(absl::DataLossError("three"));
  EXPECT_EQ(over.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(over.message(),
            "three (bad record 3, more than max_bad_records 2 allows; "
            "the first: one)");
  EXPECT_THAT(bad.messages(), ElementsAre("one", "two", "three"));
}

TEST(BadRecordsTest, KeepsTheFirstMessagesOnlyAndWantsTheLastOne) {
  BadRecords bad(20);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(bad.wants_message(), i < 10) << i;
    EXPECT_TRUE(bad.Add(absl::DataLossError(absl::StrCat("e", i))).ok());
  }
  EXPECT_EQ(bad.messages().size(), BadRecords::kMaxMessages);
  EXPECT_TRUE(bad.wants_message());
  EXPECT_THAT(std::string(bad.Add(absl::DataLossError("last")).message()),
              HasSubstr("last"));
}

}  // namespace
}  // namespace lineup

#include "common/base/nearest_name.h"

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

TEST(EditDistanceTest, CountsEachKindOfEdit) {
  EXPECT_EQ(EditDistance("", ""), 0);
  EXPECT_EQ(EditDistance("", "abc"), 3);
  EXPECT_EQ(EditDistance("abc", ""), 3);
  EXPECT_EQ(EditDistance("epoch", "epochs"), 1);
  EXPECT_EQ(EditDistance("epochs", "epoch"), 1);
  EXPECT_EQ(EditDistance("wd", "wx"), 1);
  EXPECT_EQ(EditDistance("loss", "lsos"), 1);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3);
}

TEST(EditDistanceTest, IgnoresCaseAndTheKindOfDash) {
  EXPECT_EQ(EditDistance("Mini-Batch-Size", "mini_batch_size"), 0);
}

TEST(DidYouMeanTest, NamesTheNearest) {
  const std::vector<std::string> names = {"l1", "wd", "learning_rate",
                                          "bias_lr_mult", "bias_wd_mult"};
  EXPECT_EQ(DidYouMean("learning_rat", names),
            "; did you mean \"learning_rate\"?");
  EXPECT_EQ(DidYouMean("bias_lr_mul", names),
            "; did you mean \"bias_lr_mult\"?");
  EXPECT_EQ(DidYouMean("l2", names), "; did you mean \"l1\"?");
}

TEST(DidYouMeanTest, SaysNothingWhereNoneIsNear) {
  const std::vector<absl::string_view> names = {"l1", "learning_rate"};
  EXPECT_EQ(DidYouMean("colour", names), "");
  EXPECT_EQ(DidYouMean("x", names), "");
  EXPECT_EQ(DidYouMean("x", std::vector<std::string>{"y"}), "");
  EXPECT_EQ(DidYouMean("", names), "");
  EXPECT_EQ(DidYouMean("l1", std::vector<std::string>()), "");
}

TEST(DidYouMeanTest, TakesTheFirstOfEquallyNearNames) {
  const std::vector<std::string> names = {"beta_2", "beta_1"};
  EXPECT_EQ(DidYouMean("beta_3", names), "; did you mean \"beta_2\"?");
}

}  // namespace
}  // namespace lineup

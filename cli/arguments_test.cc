#include "cli/arguments.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;

TEST(ArgumentsTest, OnlyFlagNamesChange) {
  EXPECT_THAT(NormalizeFlagNames({"train", "--mini_batch_size", "my_file",
                                  "--learning_rate=1_0", "--_kvstore", "-a_b",
                                  "__x", "--", "--not_a_flag"}),
              ElementsAre("train", "--mini-batch-size", "my_file",
                          "--learning-rate=1_0", "---kvstore", "-a_b", "__x",
                          "--", "--not_a_flag"));
}

}  // namespace
}  // namespace lineup

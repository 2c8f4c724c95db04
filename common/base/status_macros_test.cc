#include "common/base/status_macros.h"

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

absl::Status PassOn(const absl::Status& status, int& reached) {
  LINEUP_RETURN_IF_ERROR(status);
  ++reached;
  return absl::OkStatus();
}

TEST(ReturnIfErrorTest, PassesAnErrorOnAndContinuesOtherwise) {
  int reached = 0;
  EXPECT_EQ(PassOn(absl::NotFoundError("a.csv"), reached),
            absl::NotFoundError("a.csv"));
  EXPECT_EQ(reached, 0);
  EXPECT_TRUE(PassOn(absl::OkStatus(), reached).ok());
  EXPECT_EQ(reached, 1);
}

absl::StatusOr<std::unique_ptr<int>> MakeInt(int value) {
  if (value < 0) return absl::OutOfRangeError("negative");
  return std::make_unique<int>(value);
}

absl::StatusOr<std::string> Sum(int a, int b) {
  LINEUP_ASSIGN_OR_RETURN(const std::unique_ptr<int> first, MakeInt(a));
  std::unique_ptr<int> second;
  LINEUP_ASSIGN_OR_RETURN(second, MakeInt(b));
  return std::to_string(*first + *second);
}

TEST(AssignOrReturnTest, MovesTheValueOut) {
  const absl::StatusOr<std::string> sum = Sum(2, 3);
  ASSERT_TRUE(sum.ok());
  EXPECT_EQ(*sum, "5");
}

TEST(AssignOrReturnTest, PassesAnErrorOn) {
  EXPECT_EQ(Sum(-1, 3).status(), absl::OutOfRangeError("negative"));
  EXPECT_EQ(Sum(2, -1).status(), absl::OutOfRangeError("negative"));
}

TEST(AssignOrReturnTest, EvaluatesTheExpressionOnce) {
  int calls = 0;
  const auto count = [&calls]() -> absl::StatusOr<int> { return ++calls; };
  const auto twice = [&count]() -> absl::StatusOr<int> {
    LINEUP_ASSIGN_OR_RETURN(const int first, count());
    LINEUP_ASSIGN_OR_RETURN(const int second, count());
    return 10 * first + second;
  };
  EXPECT_EQ(*twice(), 12);
}

}  // namespace
}  // namespace lineup

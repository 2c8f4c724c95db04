#include "common/base/failpoint.h"

#include <csignal>

#include "absl/time/clock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

class FailpointTest : public testing::Test {
 protected:
  ~FailpointTest() override { EXPECT_TRUE(ArmFailpoints({}).ok()); }
};

TEST_F(FailpointTest, NothingHappensWhereNoneIsArmed) {
  EXPECT_TRUE(Failpoint("export.before").ok());
  ASSERT_TRUE(ArmFailpoints({"export.after:error"}).ok());
  EXPECT_TRUE(Failpoint("export.before").ok());
  ASSERT_TRUE(ArmFailpoints({}).ok());
  EXPECT_TRUE(Failpoint("export.after").ok());
}

TEST_F(FailpointTest, AnErrorIsSeenOnce) {
  ASSERT_TRUE(ArmFailpoints({"export.before=3:error"}).ok());
  EXPECT_TRUE(Failpoint("export.before").ok());
  EXPECT_TRUE(Failpoint("export.before").ok());
  EXPECT_EQ(Failpoint("export.before"),
            absl::InternalError("the failpoint export.before"));
  EXPECT_TRUE(Failpoint("export.before").ok());
}

TEST_F(FailpointTest, AKillEndsTheProcess) {
  ASSERT_TRUE(ArmFailpoints({"apply.before=2:kill"}).ok());
  EXPECT_EXIT(
      {
        (void)Failpoint("apply.before");
        fprintf(stderr, "once");
        (void)Failpoint("apply.before");
      },
      testing::KilledBySignal(SIGKILL), "once");
}

TEST_F(FailpointTest, ADelayIsOneEachTime) {
  ASSERT_TRUE(ArmFailpoints({"apply.after=2:delay=20"}).ok());
  (void)Failpoint("apply.after");
  const absl::Time begin = absl::Now();
  (void)Failpoint("apply.after");
  (void)Failpoint("apply.after");
  EXPECT_GE(absl::Now() - begin, absl::Milliseconds(40));
}

TEST_F(FailpointTest, WhatThereIsNotIsRefused) {
  EXPECT_EQ(ArmFailpoints({"aply.before:kill"}),
            absl::InvalidArgumentError(
                "--failpoint: there is no failpoint \"aply.before\"; did you "
                "mean \"apply.before\"?"));
  for (const char* text : {"apply.before", "apply.before:burn",
                           "apply.before=x:kill", "apply.before:delay"}) {
    EXPECT_EQ(ArmFailpoints({text}).code(), absl::StatusCode::kInvalidArgument)
        << text;
  }
}

}  // namespace
}  // namespace lineup

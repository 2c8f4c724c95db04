#include "common/base/scheduling.h"

#include <sched.h>

#include <thread>

#include "gtest/gtest.h"

namespace lineup {
namespace {

TEST(SchedulingTest, ThreadsThatAreStartedLaterAreBatchWork) {
  ASSERT_EQ(sched_getscheduler(0), SCHED_OTHER);
  EXPECT_TRUE(PreferThroughput());
  EXPECT_EQ(sched_getscheduler(0), SCHED_BATCH);
  int of_thread = -1;
  std::thread([&] { of_thread = sched_getscheduler(0); }).join();
  EXPECT_EQ(of_thread, SCHED_BATCH);
}

TEST(SchedulingTest, AnotherPolicyStays) {
  std::thread([] {
    const sched_param parameters{};
    ASSERT_EQ(sched_setscheduler(0, SCHED_IDLE, &parameters), 0);
    EXPECT_FALSE(PreferThroughput());
    EXPECT_EQ(sched_getscheduler(0), SCHED_IDLE);
  }).join();
}

}  // namespace
}  // namespace lineup

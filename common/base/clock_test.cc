#include "common/base/clock.h"

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

TEST(RealClockTest, TellsTheSystemsTime) {
  const RealClock clock;
  const absl::Time before = absl::Now();
  const absl::Time now = clock.Now();
  const absl::Time after = absl::Now();
  EXPECT_LE(before, now);
  EXPECT_LE(now, after);
}

TEST(SimulatedClockTest, MovesOnlyWhenTold) {
  const absl::Time start = absl::FromUnixSeconds(1'000'000);
  SimulatedClock clock(start);
  EXPECT_EQ(clock.Now(), start);
  EXPECT_EQ(clock.Now(), start);
  clock.Advance(absl::Milliseconds(1500));
  EXPECT_EQ(clock.Now(), start + absl::Milliseconds(1500));
  clock.Advance(absl::ZeroDuration());
  EXPECT_EQ(clock.Now(), start + absl::Milliseconds(1500));
}

TEST(SimulatedClockDeathTest, RefusesToRunBackwards) {
  SimulatedClock clock;
  EXPECT_DEATH(clock.Advance(-absl::Seconds(1)), "step is -1s");
}

}  // namespace
}  // namespace lineup

#include "worker/lane_turns.h"

#include <deque>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class LaneTurnsTest : public ::testing::Test {
 protected:
  bool Take(int lane, uint64_t clock) {
    return turns_.Take(&names_[lane], clock,
                       [this, lane] { woken_.push_back(lane); });
  }
  void Leave(int lane) { turns_.Leave(&names_[lane]); }

  char names_[8];
  LaneTurns turns_{/*max_turns=*/2, /*run=*/2};
  std::vector<int> woken_;
};

TEST_F(LaneTurnsTest, OnlySoManyLanesHaveATurn) {
  EXPECT_TRUE(Take(0, 1));
  EXPECT_TRUE(Take(1, 1));
  EXPECT_FALSE(Take(2, 1));
  EXPECT_FALSE(Take(2, 1));  // asking again changes nothing
  EXPECT_THAT(woken_, IsEmpty());
  Leave(0);
  EXPECT_THAT(woken_, ElementsAre(2));
  EXPECT_TRUE(Take(2, 1));
}

TEST_F(LaneTurnsTest, ALaneAloneKeepsItsTurn) {
  for (uint64_t clock = 1; clock < 100; ++clock) EXPECT_TRUE(Take(0, clock));
}

TEST_F(LaneTurnsTest, ALaneYieldsToOneThatIsBehind) {
  EXPECT_TRUE(Take(0, 1));
  EXPECT_TRUE(Take(1, 1));
  EXPECT_FALSE(Take(2, 1));
  EXPECT_TRUE(Take(0, 2));
  EXPECT_FALSE(Take(0, 3));
  EXPECT_THAT(woken_, ElementsAre(2));
  EXPECT_TRUE(Take(2, 1));
  // Lane 0 gets its next one from whoever is ahead of it.
  EXPECT_TRUE(Take(2, 2));
  EXPECT_TRUE(Take(2, 3));
  EXPECT_TRUE(Take(2, 4));
  EXPECT_FALSE(Take(2, 5));
  EXPECT_THAT(woken_, ElementsAre(2, 0));
  EXPECT_TRUE(Take(0, 3));
}

TEST_F(LaneTurnsTest, TheSlowestGoesFirst) {
  EXPECT_TRUE(Take(0, 5));
  EXPECT_TRUE(Take(1, 5));
  EXPECT_FALSE(Take(2, 4));
  EXPECT_FALSE(Take(3, 3));
  Leave(0);
  Leave(1);
  EXPECT_THAT(woken_, ElementsAre(3, 2));
}

// Others may wait for it at the servers with their turns in hand.
TEST_F(LaneTurnsTest, ALaneFarBehindNeedNotWait) {
  EXPECT_TRUE(Take(0, 9));
  EXPECT_TRUE(Take(1, 10));
  EXPECT_FALSE(Take(2, 7));
  EXPECT_TRUE(Take(3, 6));
}

TEST_F(LaneTurnsTest, OneThatLeavesIsForgotten) {
  EXPECT_TRUE(Take(0, 1));
  EXPECT_TRUE(Take(1, 1));
  EXPECT_FALSE(Take(2, 1));
  Leave(2);
  Leave(0);
  EXPECT_THAT(woken_, IsEmpty());
}

// One thread with eight lanes: how many other lanes compute between a lane's
// pull and its own computation, and how far lanes come apart.
TEST_F(LaneTurnsTest, WeightsStayYoungAndLanesTogether) {
  std::vector<uint64_t> clocks(8, 1);
  std::vector<int> pulled_at(8, 0);
  std::deque<int> ready;
  int computed = 0;
  const auto pull = [&](int lane) {
    if (!Take(lane, clocks[lane])) return;
    pulled_at[lane] = computed;
    ready.push_back(lane);
  };
  for (int lane = 0; lane < 8; ++lane) pull(lane);
  while (computed < 8000) {
    ASSERT_FALSE(ready.empty());
    const int lane = ready.front();
    ready.pop_front();
    EXPECT_LE(computed - pulled_at[lane], 1);
    ++computed;
    ++clocks[lane];
    pull(lane);
    std::vector<int> woken;
    woken.swap(woken_);
    for (const int other : woken) pull(other);
    const auto [least, most] =
        std::minmax_element(clocks.begin(), clocks.end());
    EXPECT_LE(*most - *least, 3u);
  }
}

}  // namespace
}  // namespace lineup

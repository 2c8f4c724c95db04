// Shard's barriers: lanes come to stand at the same clocks on all servers, in
// whatever order freezing, pulls, pushes and ends of epochs arrive.

#include <algorithm>
#include <memory>
#include <vector>

#include "common/base/random.h"
#include "common/base/thread_pool.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/shard.h"
#include "server/shard_testing.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;

ShardOptions Options(uint32_t lanes, Staleness staleness) {
  ShardOptions options;
  options.num_lanes = lanes;
  options.staleness = staleness;
  return options;
}

class ShardBarrierTest : public ::testing::Test {
 protected:
  void Make(uint32_t lanes, Staleness staleness) {
    shard_ = std::make_unique<Shard>(TestColumns(OptimizerType::kAdam),
                                     Options(lanes, staleness), &pool_);
    lanes_.clear();
    for (uint32_t l = 0; l < lanes; ++l) lanes_.emplace_back(l, shard_.get());
    ASSERT_TRUE(shard_->BeginEpoch(0, 0).ok());
  }

  ThreadPool pool_{1};
  std::unique_ptr<Shard> shard_;
  std::vector<TestLane> lanes_;
};

TEST_F(ShardBarrierTest, StandsWhenEveryLaneHasPulledBeyondIt) {
  Make(2, 0);
  for (TestLane& lane : lanes_) lane.Pull(1, Rows({0, 1}));
  shard_->Freeze();
  EXPECT_THAT(shard_->Answered(), ElementsAre(1, 1));
  shard_->RunUpTo({1, 1});
  EXPECT_FALSE(shard_->Standing());
  for (TestLane& lane : lanes_) ASSERT_TRUE(lane.Push(1).ok());
  lanes_[0].Pull(2, Rows({0, 1}));
  EXPECT_FALSE(shard_->Standing()) << "lane 1 may not have pushed elsewhere";
  lanes_[1].Pull(2, Rows({0, 1}));
  EXPECT_TRUE(shard_->Standing());
  EXPECT_FALSE(lanes_[0].pulled() || lanes_[1].pulled());
  EXPECT_EQ(shard_->counters().updates, 1u) << "the pulls are commits as ever";
  const ShardClocks clocks = shard_->Clocks();
  EXPECT_EQ(clocks.num_updates, 1u);
  EXPECT_EQ(clocks.lanes[0].clock, 1u);
  EXPECT_FALSE(clocks.lanes[0].finished);
  shard_->Release();
  EXPECT_TRUE(lanes_[0].pulled() && lanes_[1].pulled());
  EXPECT_FALSE(shard_->Standing());
}

TEST_F(ShardBarrierTest, AFrozenLaneMayRepeatWhatWasAnswered) {
  Make(1, 0);
  lanes_[0].Pull(1, Rows({0}));
  shard_->Freeze();
  lanes_[0].Pull(1, Rows({0}));
  EXPECT_TRUE(lanes_[0].pulled());
  ASSERT_TRUE(lanes_[0].Push(1).ok());
  lanes_[0].Pull(2, Rows({0}));
  EXPECT_FALSE(lanes_[0].pulled());
  shard_->RunUpTo({2});  // another server had answered clock 2
  EXPECT_TRUE(lanes_[0].pulled());
  EXPECT_FALSE(shard_->Standing());
}

TEST_F(ShardBarrierTest, ALaneThatEndsItsEpochStands) {
  Make(2, 0);
  for (TestLane& lane : lanes_) lane.Pull(1, Rows({0, 1}));
  shard_->Freeze();
  shard_->RunUpTo({1, 1});
  for (TestLane& lane : lanes_) ASSERT_TRUE(lane.Push(1).ok());
  ASSERT_TRUE(lanes_[0].Finish(2).ok());
  EXPECT_FALSE(shard_->Standing());
  lanes_[1].Pull(2, Rows({0}));
  EXPECT_TRUE(shard_->Standing());
  EXPECT_TRUE(shard_->Clocks().lanes[0].finished);
}

// Of a worker's lanes only some have a turn to pull (worker/lane_turns.h). They
// wait for the barrier's end, and the others for them.
TEST_F(ShardBarrierTest, UnsynchronisedLanesNeedNotPullToStand) {
  Make(2, 2);
  lanes_[0].Pull(1, Rows({0, 1}));
  ASSERT_TRUE(lanes_[0].Push(1).ok());
  shard_->Freeze();
  shard_->RunUpTo({1, 0});
  EXPECT_TRUE(shard_->Standing());
  // Nor can a lane end its epoch on one server and not on another.
  EXPECT_TRUE(absl::IsUnavailable(lanes_[0].Finish(2)));
  EXPECT_FALSE(shard_->lane_finished(0));
  shard_->Release();
  EXPECT_TRUE(lanes_[0].Finish(2).ok());
}

TEST_F(ShardBarrierTest, StandsBetweenEpochs) {
  Make(1, 0);
  EXPECT_FALSE(shard_->Standing());
  ASSERT_TRUE(lanes_[0].Finish(1).ok());
  EXPECT_TRUE(shard_->Standing());
}

// Two servers, to which calls arrive in any order; staleness 0 and 2.
TEST_F(ShardBarrierTest, AllServersStandAtTheSameClocks) {
  for (const Staleness staleness : {0u, 2u}) {
    for (uint64_t seed = 0; seed < 200; ++seed) {
      SplitMix64 random(seed);
      constexpr uint32_t kLanes = 3;
      Shard servers[2] = {{TestColumns(OptimizerType::kAdam),
                           Options(kLanes, staleness), &pool_},
                          {TestColumns(OptimizerType::kAdam),
                           Options(kLanes, staleness), &pool_}};
      std::vector<std::vector<TestLane>> lanes(2);
      uint64_t length[kLanes];
      for (uint32_t l = 0; l < kLanes; ++l) length[l] = random.Below(12);
      for (int s = 0; s < 2; ++s) {
        ASSERT_TRUE(servers[s].BeginEpoch(0, 0).ok());
        for (uint32_t l = 0; l < kLanes; ++l) {
          lanes[s].emplace_back(l, &servers[s]);
        }
      }
      // What a lane does next on each server: 2c: pull clock c + 1; 2c + 1:
      // push it. It goes on when both have answered.
      uint64_t step[kLanes] = {};
      bool asked[kLanes][2] = {};
      bool finished[kLanes][2] = {};
      const auto answered = [&](uint32_t l, int s) {
        return asked[l][s] && (step[l] % 2 == 1 || lanes[s][l].pulled());
      };
      const auto move = [&](uint32_t l, int s) {
        const uint64_t clock = step[l] / 2 + 1;
        if (!asked[l][s]) {
          if (step[l] % 2 == 1) {
            ASSERT_TRUE(lanes[s][l].Push(clock).ok());
          } else if (clock > length[l]) {
            if (finished[l][s]) return;
            const absl::Status status = lanes[s][l].Finish(clock);
            finished[l][s] = status.ok();
            ASSERT_TRUE(status.ok() ||
                        (staleness > 0 && absl::IsUnavailable(status)))
                << status;
            return;
          } else {
            lanes[s][l].Pull(clock, Rows({0, 3 + l}));
          }
          asked[l][s] = true;
        }
        if (answered(l, 0) && answered(l, 1)) {
          ++step[l];
          asked[l][0] = asked[l][1] = false;
        }
      };
      const auto run = [&](int moves) {
        for (int i = 0; i < moves; ++i) {
          move(static_cast<uint32_t>(random.Below(kLanes)),
               static_cast<int>(random.Below(2)));
        }
      };
      run(static_cast<int>(random.Below(100)));
      servers[0].Freeze();
      run(static_cast<int>(random.Below(20)));
      servers[1].Freeze();
      run(static_cast<int>(random.Below(20)));
      std::vector<uint64_t> limits = servers[0].Answered();
      for (uint32_t l = 0; l < kLanes; ++l) {
        limits[l] = std::max(limits[l], servers[1].Answered()[l]);
      }
      if (staleness == 0) {
        limits.assign(kLanes, *std::max_element(limits.begin(), limits.end()));
      }
      servers[1].RunUpTo(limits);
      run(static_cast<int>(random.Below(20)));
      servers[0].RunUpTo(limits);
      run(600);
      ASSERT_TRUE(servers[0].Standing() && servers[1].Standing()) << seed;
      const ShardClocks a = servers[0].Clocks();
      const ShardClocks b = servers[1].Clocks();
      EXPECT_EQ(a.num_updates, b.num_updates);
      for (uint32_t l = 0; l < kLanes; ++l) {
        EXPECT_EQ(a.lanes[l].clock, b.lanes[l].clock) << seed;
        EXPECT_EQ(a.lanes[l].finished, b.lanes[l].finished) << seed;
      }
      // And all that waits goes on to the end.
      for (Shard& server : servers) server.Release();
      run(2000);
      EXPECT_TRUE(servers[0].epoch_done() && servers[1].epoch_done()) << seed;
    }
  }
}

}  // namespace
}  // namespace lineup

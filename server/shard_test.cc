#include "server/shard.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/random.h"
#include "common/linear/aligned.h"
#include "common/linear/candidate_groups_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/shard_testing.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ShardTest : public ::testing::Test {
 protected:
  void Make(uint32_t lanes, Staleness staleness, bool commit_on_push = false,
            OptimizerType optimizer = OptimizerType::kAdam) {
    ShardOptions options;
    options.num_lanes = lanes;
    options.staleness = staleness;
    options.commit_on_push = commit_on_push;
    shard_ = std::make_unique<Shard>(TestColumns(optimizer), options, &pool_);
    lanes_.clear();
    for (uint32_t l = 0; l < lanes; ++l) lanes_.emplace_back(l, shard_.get());
    ASSERT_TRUE(shard_->BeginEpoch(0, 0).ok());
  }

  std::vector<float> WeightsOf(const std::vector<uint32_t>& list) {
    const RowSet rows = Rows(list);
    std::vector<float> weights(rows.size() * shard_->columns().width());
    shard_->Peek(rows, std::nullopt, weights.data());
    return weights;
  }

  std::vector<float> AllWeights(uint32_t rows) {
    std::vector<float> weights(rows * shard_->columns().width());
    shard_->Peek(RowSet::All(rows), std::nullopt, weights.data());
    return weights;
  }

  ThreadPool pool_{2};
  std::unique_ptr<Shard> shard_;
  std::vector<TestLane> lanes_;
};

TEST_F(ShardTest, APullIsTheCommitOfTheClockBefore) {
  Make(2, 0);
  for (TestLane& lane : lanes_) lane.Pull(1, Rows({0, 1, 17}));
  EXPECT_TRUE(lanes_[0].pulled() && lanes_[1].pulled());
  ASSERT_TRUE(lanes_[0].Push(1).ok());
  ASSERT_TRUE(lanes_[1].Push(1).ok());
  EXPECT_EQ(shard_->counters().updates, 0u) << "applied without commit";
  lanes_[0].Pull(2, Rows({0, 1}));
  EXPECT_FALSE(lanes_[0].pulled());
  EXPECT_EQ(shard_->counters().updates, 0u) << "lane 1 has not committed";
  EXPECT_THAT(shard_->WaitsFor(0), ElementsAre(1));
  lanes_[1].Pull(2, Rows({0, 1}));
  EXPECT_EQ(shard_->counters().updates, 1u);
  EXPECT_TRUE(lanes_[0].pulled() && lanes_[1].pulled());
  EXPECT_EQ(lanes_[0].weights(), lanes_[1].weights());
}

TEST_F(ShardTest, ALaneTakenOverBeforeCommitSeesTheSameWeights) {
  Make(2, 0);
  for (TestLane& lane : lanes_) lane.Pull(1, Rows({0, 5}));
  const std::vector<float> before = lanes_[0].weights();
  ASSERT_TRUE(lanes_[1].Push(1).ok());
  ASSERT_TRUE(lanes_[0].Push(1).ok());
  // The lane's new holder, told clock 1 by a server that lacks it.
  lanes_[0].Pull(1, Rows({0, 5}));
  EXPECT_TRUE(lanes_[0].pulled()) << lanes_[0].status();
  EXPECT_EQ(lanes_[0].weights(), before);
  ASSERT_TRUE(lanes_[0].Push(1).ok());  // answered, not applied
  EXPECT_EQ(shard_->counters().duplicates_refused, 1u);
  for (TestLane& lane : lanes_) lane.Pull(2, Rows({0, 5}));
  EXPECT_EQ(shard_->counters().updates, 1u);
  EXPECT_NE(lanes_[0].weights(), before);
  lanes_[0].Pull(1, Rows({0, 5}));
  EXPECT_THAT(lanes_[0].status().message(), HasSubstr("expects clock 2"))
      << "the weights before clock 1 are gone";
}

TEST_F(ShardTest, AnOlderHolderIsRefused) {
  Make(1, 0);
  std::vector<float> out(shard_->columns().width());
  const RowSet rows = Rows({0});
  std::vector<absl::Status> statuses;
  const auto keep = [&](absl::Status s) { statuses.push_back(std::move(s)); };
  shard_->Pull({0, 1, 5}, rows, out.data(), keep);
  shard_->Pull({0, 1, 4}, rows, out.data(), keep);
  ASSERT_EQ(statuses.size(), 2u);
  EXPECT_TRUE(statuses[0].ok());
  EXPECT_EQ(statuses[1].code(), absl::StatusCode::kAborted);
  EXPECT_EQ(shard_->FinishLane({0, 1, 4}).code(), absl::StatusCode::kAborted);
  EXPECT_TRUE(shard_->FinishLane({0, 1, 6}).ok());
}

// Weights by row, after two epochs of three lanes with unequal minibatches.
TEST_F(ShardTest, TheOrderOfLanesDoesNotMatter) {
  for (const OptimizerType optimizer :
       {OptimizerType::kAdam, OptimizerType::kFtrl, OptimizerType::kSgd}) {
    std::vector<std::vector<float>> results;
    for (int order = 0; order < 4; ++order) {
      Make(3, 0, /*commit_on_push=*/order == 3, optimizer);
      for (int epoch = 0; epoch < 2; ++epoch) {
        const uint64_t base = shard_->max_clock();
        ASSERT_TRUE(shard_->BeginEpoch(epoch, base).ok());
        for (uint64_t c = base + 1; c <= base + 5; ++c) {
          std::vector<uint32_t> turn = {0, 1, 2};
          std::rotate(turn.begin(), turn.begin() + order % 3, turn.end());
          for (const uint32_t l : turn) {  // lane l has 2 + l minibatches
            if (c > base + 2 + l) continue;
            lanes_[l].Pull(c, Rows({0, 1 + l, 7, static_cast<uint32_t>(c)}));
          }
          for (const uint32_t l : turn) {
            if (c == base + 3 + l) {
              ASSERT_TRUE(lanes_[l].Finish(c).ok());
            }
          }
          for (const uint32_t l : turn) {
            if (c > base + 2 + l) continue;
            ASSERT_TRUE(lanes_[l].pulled()) << lanes_[l].status();
            ASSERT_TRUE(lanes_[l].Push(c, 1 + l).ok());
          }
        }
        EXPECT_TRUE(shard_->epoch_done());
        EXPECT_EQ(shard_->epoch_loss().examples, 1 * 2 + 2 * 3 + 3 * 4u);
        EXPECT_EQ(shard_->counters().updates, (epoch + 1) * 4u);
      }
      results.push_back(AllWeights(30));
    }
    for (const auto& result : results) EXPECT_EQ(result, results[0]);
  }
}

TEST_F(ShardTest, EachClockIsAppliedOnce) {
  Make(1, kUnboundedStaleness);
  for (uint64_t c = 1; c <= 5; ++c) {
    lanes_[0].Pull(c, Rows({0, 3}));
    for (int again = 0; again < 3; ++again) {
      ASSERT_TRUE(lanes_[0].Push(c).ok());
    }
  }
  ASSERT_TRUE(lanes_[0].Push(2).ok());
  EXPECT_EQ(shard_->counters().pushes_applied, 5u);
  EXPECT_EQ(shard_->counters().updates, 5u);
  EXPECT_EQ(shard_->counters().duplicates_refused, 11u);
  EXPECT_EQ(shard_->epoch_loss().examples, 10u);
  EXPECT_EQ(shard_->epoch_loss().loss_sums, (std::vector<double>{10, 10, 15}));
}

TEST_F(ShardTest, AGapIsRefused) {
  Make(2, 4);
  lanes_[0].Pull(1, Rows({0}));
  const absl::Status status = lanes_[0].Push(2);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.message(), HasSubstr("lane 0 is at clock 2"));
  lanes_[1].Pull(3, Rows({0}));
  EXPECT_THAT(lanes_[1].status().message(), HasSubstr("expects clock 1"));
}

TEST_F(ShardTest, StalenessBoundsHowFarALaneRunsAhead) {
  Make(2, 2);
  for (uint64_t c = 1; c <= 3; ++c) {
    lanes_[0].Pull(c, Rows({0}));
    ASSERT_TRUE(lanes_[0].pulled()) << c;
    ASSERT_TRUE(lanes_[0].Push(c).ok());
  }
  lanes_[0].Pull(4, Rows({0}));
  EXPECT_FALSE(lanes_[0].pulled());
  EXPECT_THAT(shard_->WaitsFor(0), ElementsAre(1));
  lanes_[1].Pull(1, Rows({0}));
  ASSERT_TRUE(lanes_[1].Push(1).ok());
  EXPECT_TRUE(lanes_[0].pulled());
  EXPECT_EQ(shard_->counters().staleness_histogram[0], 4u);
}

// Of three updates of weights that were pulled at once, the last is two updates
// late.
TEST_F(ShardTest, TheOlderTheWeightsTheSmallerTheStep) {
  Make(3, 4, false, OptimizerType::kSgd);
  const RowSet rows = Rows({5});
  const std::vector<double> losses = {1, 1, 1};
  std::vector<float> weights(shard_->columns().width());
  for (uint32_t l = 0; l < 3; ++l) lanes_[l].Pull(1, rows);
  std::vector<double> steps;
  for (uint32_t l = 0; l < 3; ++l) {
    const float before = WeightsOf({5})[0];
    const auto ones = [&](size_t, size_t, size_t count, float* out) {
      std::fill(out, out + count * weights.size(), 1.0f);
    };
    ASSERT_TRUE(shard_->Push({l, 1}, rows, {ones, 1, losses}).ok());
    steps.push_back(before - WeightsOf({5})[0]);
  }
  EXPECT_NEAR(steps[0], 0.1, 1e-6);
  EXPECT_NEAR(steps[1], 0.1 / std::sqrt(2), 1e-6);
  EXPECT_NEAR(steps[2], 0.1 / std::sqrt(3), 1e-6);
}

TEST_F(ShardTest, ALaneThatHasFinishedIsNotWaitedFor) {
  Make(2, 1);
  for (uint64_t c = 1; c <= 2; ++c) {
    lanes_[0].Pull(c, Rows({0}));
    ASSERT_TRUE(lanes_[0].Push(c).ok());
  }
  lanes_[0].Pull(3, Rows({0}));
  EXPECT_FALSE(lanes_[0].pulled());
  ASSERT_TRUE(lanes_[1].Finish(1).ok());
  EXPECT_TRUE(lanes_[0].pulled());
  ASSERT_TRUE(lanes_[1].Finish(1).ok()) << "a repetition is harmless";
  EXPECT_EQ(lanes_[1].Push(2).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_FALSE(shard_->epoch_done());
  lanes_[0].Pull(3, Rows({0}));
  ASSERT_TRUE(lanes_[0].Finish(3).ok());
  EXPECT_TRUE(shard_->epoch_done());
}

TEST_F(ShardTest, ALateEndOfAnEpochDoesNotEndTheNext) {
  Make(1, 0);
  lanes_[0].Pull(1, Rows({0}));
  ASSERT_TRUE(lanes_[0].Push(1).ok());
  ASSERT_TRUE(lanes_[0].Finish(2).ok());
  ASSERT_TRUE(shard_->BeginEpoch(1, shard_->max_clock()).ok());
  ASSERT_TRUE(lanes_[0].Finish(2).ok());
  EXPECT_FALSE(shard_->epoch_done());
}

TEST_F(ShardTest, ANewerPullTakesThePlaceOfOneThatWaits) {
  Make(2, 0);
  for (TestLane& lane : lanes_) lane.Pull(1, Rows({0}));
  ASSERT_TRUE(lanes_[0].Push(1).ok());
  TestLane dead(0, shard_.get());
  dead.Pull(2, Rows({0}));
  lanes_[0].Pull(2, Rows({0}));
  EXPECT_EQ(dead.status().code(), absl::StatusCode::kAborted);
  ASSERT_TRUE(lanes_[1].Push(1).ok());
  lanes_[1].Pull(2, Rows({0}));
  EXPECT_TRUE(lanes_[0].pulled());
}

TEST_F(ShardTest, AnEpochBeginsOnlyWhenTheLastIsOver) {
  Make(2, 0);
  EXPECT_TRUE(shard_->BeginEpoch(0, 0).ok());
  EXPECT_THAT(shard_->BeginEpoch(1, 0).message(),
              HasSubstr("2 lanes have not finished epoch 0"));
  for (TestLane& lane : lanes_) ASSERT_TRUE(lane.Finish(1).ok());
  EXPECT_THAT(shard_->BeginEpoch(1, 0).message(),
              HasSubstr("lanes have reached clock 1"));
  EXPECT_TRUE(shard_->BeginEpoch(1, 1).ok());
}

TEST_F(ShardTest, NonsenseIsRefused) {
  Make(1, 0);
  TestLane stranger(7, shard_.get());
  stranger.Pull(1, Rows({0}));
  EXPECT_EQ(stranger.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(stranger.Push(1).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(stranger.Finish(1).code(), absl::StatusCode::kInvalidArgument);
  lanes_[0].Pull(1, Rows({0}));
  EXPECT_THAT(lanes_[0].Push(1, 0).message(),
              HasSubstr("at least one example"));
  EXPECT_THAT(shard_->WaitsFor(0), IsEmpty());
}

// A replica is told of pulls without their rows: its lanes are as old.
TEST_F(ShardTest, APullOfNoRowsCountsForTheAgeOfWeights) {
  std::vector<float> weights[2];
  for (const bool names_rows : {true, false}) {
    Make(2, kUnboundedStaleness, false, OptimizerType::kSgd);
    const RowSet rows = Rows({1, 2, 18});
    const RowSet none;
    std::vector<float> out(rows.size() * shard_->columns().width());
    // Lane 1 pushes in between, so lane 0's gradient is of old weights.
    shard_->Pull({0, 1}, names_rows ? rows : none, out.data(),
                 [](absl::Status status) { EXPECT_TRUE(status.ok()); });
    lanes_[1].Pull(1, Rows({3}));
    ASSERT_TRUE(lanes_[1].Push(1).ok());
    const auto ones = [&](size_t, size_t, size_t count, float* gradient) {
      std::fill_n(gradient, count * shard_->columns().width(), 1.0f);
    };
    const std::vector<double> losses = {1, 2, 3};
    ASSERT_TRUE(shard_->Push({0, 1}, rows, {ones, 2, losses}).ok());
    EXPECT_EQ(shard_->counters().staleness_histogram[1], 1u);
    weights[names_rows] = WeightsOf({1, 2, 18});
  }
  EXPECT_EQ(weights[0], weights[1]);
}

RowSet RowsOfClock(uint64_t clock) {
  const uint32_t c = static_cast<uint32_t>(clock);
  return Rows({0, 3, 16, 19, 1 + c % 4, 100 + c % 3, 1000 + c});
}

TEST_F(ShardTest, PushAndPullIsPushAndThenPull) {
  struct Case {
    Staleness staleness;
    bool commit_on_push;
  };
  for (const Case& c : {Case{0, true}, Case{2, false}}) {
    Make(1, c.staleness, c.commit_on_push);
    const std::unique_ptr<Shard> apart = std::move(shard_);
    TestLane& one = lanes_[0];
    TestLane first = one;
    Make(1, c.staleness, c.commit_on_push);
    TestLane& second = lanes_[0];
    first.Pull(1, RowsOfClock(1));
    second.Pull(1, RowsOfClock(1));
    for (uint64_t clock = 1; clock <= 20; ++clock) {
      ASSERT_TRUE(first.Push(clock).ok());
      first.Pull(clock + 1, RowsOfClock(clock + 1));
      second.PushAndPull(clock, RowsOfClock(clock + 1));
      ASSERT_TRUE(second.pulled()) << second.status();
      ASSERT_EQ(second.weights(), first.weights()) << "clock " << clock;
    }
    const RowSet all = RowSet::All(1100);
    std::vector<float> want(1100 * apart->columns().width());
    apart->Peek(all, std::nullopt, want.data());
    EXPECT_EQ(AllWeights(1100), want);
    EXPECT_EQ(shard_->counters().pulls, apart->counters().pulls);
    EXPECT_EQ(shard_->counters().updates, apart->counters().updates);
    EXPECT_EQ(shard_->counters().staleness_histogram,
              apart->counters().staleness_histogram);
    EXPECT_EQ(shard_->epoch_loss().loss_sums, apart->epoch_loss().loss_sums);
    EXPECT_EQ(shard_->lane_clock(0), 20u);
  }
}

TEST_F(ShardTest, PushAndPullAcceptsAClockOnce) {
  Make(1, 0, true);
  lanes_[0].Pull(1, RowsOfClock(1));
  TestLane again = lanes_[0];
  lanes_[0].PushAndPull(1, RowsOfClock(2));
  const std::vector<float> weights = AllWeights(1100);
  again.PushAndPull(1, RowsOfClock(2));
  EXPECT_TRUE(again.pulled());
  EXPECT_EQ(again.weights(), lanes_[0].weights());
  EXPECT_EQ(AllWeights(1100), weights);
  EXPECT_EQ(shard_->counters().duplicates_refused, 1u);
  EXPECT_EQ(shard_->counters().updates, 1u);
}

TEST_F(ShardTest, PushAndPullRefusesWhatPushRefuses) {
  Make(1, 0, true);
  lanes_[0].Pull(1, RowsOfClock(1));
  lanes_[0].PushAndPull(2, RowsOfClock(2));
  EXPECT_EQ(lanes_[0].status().code(), absl::StatusCode::kFailedPrecondition);
  lanes_[0].PushAndPull(1, RowsOfClock(2), 0);
  EXPECT_THAT(std::string(lanes_[0].status().message()),
              HasSubstr("at least one example"));
  TestLane stranger(7, shard_.get());
  stranger.PushAndPull(1, RowsOfClock(2));
  EXPECT_THAT(std::string(stranger.status().message()),
              HasSubstr("lane 7 does not exist"));
  EXPECT_EQ(shard_->counters().updates, 0u);
  lanes_[0].PushAndPull(1, RowsOfClock(2));
  EXPECT_TRUE(lanes_[0].pulled());
  ASSERT_TRUE(lanes_[0].Finish(2).ok());
  lanes_[0].PushAndPull(3, RowsOfClock(3));
  EXPECT_FALSE(lanes_[0].pulled());
  EXPECT_THAT(std::string(lanes_[0].status().message()),
              HasSubstr("has finished its epoch"));
}

// How a lane asks for weights.
enum class Asks { kForAll, kForGroups, kForPlaces };

// What lanes that ask in different ways do, in step.
class GroupLane {
 public:
  GroupLane(uint32_t lane, Asks asks, Shard* shard)
      : lane_(lane), asks_(asks), shard_(*shard) {}

  void Pull(uint64_t clock) {
    shard_.Pull({lane_, clock}, rows_, Out(), TakeWeights());
  }
  void Push(uint64_t clock) {
    const std::vector<double> losses(6, 1.0);
    const AlignedFloats weights = weights_;
    const auto gradient = GradientUnder(weights);
    EXPECT_EQ(
        shard_.Push({lane_, clock}, rows_, {gradient, 2, losses, groups_}),
        absl::OkStatus());
  }
  void PushAndPull(uint64_t clock) {
    const std::vector<double> losses(6, 1.0);
    const AlignedFloats weights = weights_;
    const auto gradient = GradientUnder(weights);
    const LaneGradient of_lane{gradient, 2, losses, groups_};
    shard_.PushAndPull({lane_, clock}, rows_, of_lane, rows_, Out(),
                       TakeWeights());
  }
  void Finish(uint64_t clock) {
    EXPECT_EQ(shard_.FinishLane({lane_, clock}), absl::OkStatus());
  }

  uint32_t groups() const { return groups_; }
  // Whether weights were left where they lie.
  bool had_places() const { return had_places_; }

 private:
  WeightsOut Out() {
    weights_.assign(rows_.size() * shard_.columns().width(), -1.0f);
    places_.clear();
    switch (asks_) {
      case Asks::kForAll:
        return WeightsOut(weights_.data());
      case Asks::kForGroups:
        return WeightsOut(weights_.data(), &groups_);
      case Asks::kForPlaces:
        break;
    }
    return WeightsOut(weights_.data(), &groups_, &places_);
  }
  // Weights are used before the push, as a kernel does it.
  Shard::Done TakeWeights() {
    return [this](const absl::Status& status) {
      EXPECT_EQ(status, absl::OkStatus());
      had_places_ = !places_.empty();
      for (size_t i = 0; i < places_.size(); ++i) {
        EXPECT_EQ(weights_[i * Width()], -1.0f);
        std::copy_n(places_[i], Width(), &weights_[i * Width()]);
      }
    };
  }
  size_t Width() const {
    return groups_ == 0 ? shard_.columns().width() : groups_ == 3 ? 8 : 16;
  }
  // The weights, and something that depends on lane and row alone.
  std::function<void(size_t, size_t, size_t, float*)> GradientUnder(
      const AlignedFloats& weights) {
    return [this, &weights, width = Width()](size_t first, size_t stride,
                                             size_t count, float* out) {
      for (size_t j = 0; j < count; ++j) {
        const size_t i = first + j * stride;
        for (size_t k = 0; k < width; ++k) {
          out[j * width + k] = weights[i * width + k] + 0.01f * i + lane_;
        }
      }
    };
  }

  const uint32_t lane_;
  const Asks asks_;
  Shard& shard_;
  const RowSet rows_ = RowSet::Range(0, 40);
  AlignedFloats weights_;
  WeightsOut::Places places_;
  bool had_places_ = false;
  uint32_t groups_ = 0;
};

// Two lanes that are added up, and one whose steps are applied as they come.
TEST(ShardGroupsTest, HoweverLanesAskTheyTrainToTheSameBits) {
  for (const uint32_t num_lanes : {1, 2}) {
    std::vector<std::vector<float>> weights;
    for (const Asks asks :
         {Asks::kForAll, Asks::kForGroups, Asks::kForPlaces}) {
      for (const bool fused : {false, true}) {
        if (fused && num_lanes > 1) continue;
        ThreadPool pool(2);
        ShardOptions options;
        options.num_lanes = num_lanes;
        options.commit_on_push = true;
        Shard shard(PairsOfCandidates(), options, &pool);
        ASSERT_EQ(shard.BeginEpoch(0, 0), absl::OkStatus());
        std::vector<GroupLane> lanes;
        for (uint32_t l = 0; l < num_lanes; ++l) {
          lanes.emplace_back(l, asks, &shard);
        }
        for (GroupLane& lane : lanes) lane.Pull(1);
        constexpr uint64_t kClocks = 6;
        for (uint64_t clock = 1; clock <= kClocks; ++clock) {
          for (GroupLane& lane : lanes) {
            const uint32_t groups = clock <= 3 ? 3 : 6;
            EXPECT_EQ(lane.groups(), asks == Asks::kForAll ? 0 : groups);
            EXPECT_EQ(lane.had_places(), asks == Asks::kForPlaces);
            if (fused) {
              lane.PushAndPull(clock);
            } else {
              lane.Push(clock);
            }
          }
          if (fused || clock == kClocks) continue;
          for (GroupLane& lane : lanes) lane.Pull(clock + 1);
        }
        for (GroupLane& lane : lanes) lane.Finish(kClocks + 1);
        EXPECT_EQ(shard.counters().updates, kClocks);
        std::vector<float> all(40 * shard.columns().width());
        shard.Peek(RowSet::All(40), std::nullopt, all.data());
        weights.push_back(std::move(all));
      }
    }
    for (const auto& other : weights) EXPECT_EQ(other, weights[0]);
    // Candidates 0 and 1 differ by now.
    const float* const last = &weights[0][39 * PairsOfCandidates().width()];
    EXPECT_NE(last[0], last[2]);
  }
}

// Where others may update the model between a pull and its push.
TEST(ShardGroupsTest, AsynchronousLanesGetCopies) {
  ThreadPool pool(1);
  ShardOptions options;
  options.num_lanes = 2;
  options.staleness = 1;
  Shard shard(PairsOfCandidates(), options, &pool);
  ASSERT_EQ(shard.BeginEpoch(0, 0), absl::OkStatus());
  GroupLane lane(0, Asks::kForPlaces, &shard);
  lane.Pull(1);
  EXPECT_FALSE(lane.had_places());
  EXPECT_EQ(lane.groups(), 3);
}

TEST(ShardDeathTest, ALaneThatIsAlonePushesWhatItHasPulled) {
  ThreadPool pool(1);
  ShardOptions options;
  options.commit_on_push = true;
  Shard shard(TestColumns(OptimizerType::kAdam), options, &pool);
  ASSERT_EQ(shard.BeginEpoch(0, 0), absl::OkStatus());
  TestLane lane(0, &shard);
  lane.Pull(1, Rows({0, 1}));
  lane.Pull(1, Rows({0, 1}));
  EXPECT_TRUE(lane.pulled());
  EXPECT_DEATH(lane.Pull(1, Rows({0, 2})), "before it has pushed");
}

}  // namespace
}  // namespace lineup

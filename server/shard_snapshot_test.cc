#include "server/shard_snapshot.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/files.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/shard_testing.h"

namespace lineup {
namespace {

using ::testing::HasSubstr;

constexpr uint32_t kRows = 700;

OwnedRows Half(uint32_t which) {
  OwnedRows::Slots slots;
  for (uint32_t s = which; s < kNumSlots; s += 2) slots.set(s);
  return OwnedRows(slots);
}

// Two lanes, on one shard or on two with half of the slots each.
class ShardSnapshotTest : public ::testing::TestWithParam<OptimizerType> {
 protected:
  std::unique_ptr<Shard> NewShard() {
    ShardOptions options;
    options.num_lanes = 2;
    return std::make_unique<Shard>(TestColumns(GetParam()), options, &pool_);
  }

  // Clocks [from, to] of both lanes. Each touches a few rows, so that most are
  // behind at any time.
  void Train(uint64_t from, uint64_t to, Shard* shard) {
    // The last pulls wait for longer than this.
    std::vector<TestLane>& lanes =
        lanes_.emplace_back(std::vector<TestLane>{{0, shard}, {1, shard}});
    for (uint64_t clock = from; clock <= to; ++clock) {
      for (TestLane& lane : lanes) lane.Pull(clock, RowsOf(clock, lane.lane()));
      for (TestLane& lane : lanes) {
        ASSERT_TRUE(lane.pulled()) << lane.status();
        ASSERT_TRUE(lane.Push(clock).ok());
      }
    }
    // The commit of the last clock; what is pulled is not used.
    shard->Freeze();
    for (TestLane& lane : lanes) lane.Pull(to + 1, RowsOf(to + 1, lane.lane()));
  }

  static RowSet RowsOf(uint64_t clock, uint32_t lane) {
    std::vector<uint32_t> rows = {0};
    for (uint32_t i = 0; i < 20; ++i) {
      rows.push_back(1 + (clock * 37 + lane * 11 + i * 31) % (kRows - 1));
    }
    std::sort(rows.begin(), rows.end());
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    return Rows(std::move(rows));
  }

  std::vector<float> WeightsOf(const Shard& shard, const OwnedRows& owned) {
    std::vector<float> all(kRows * shard.columns().width());
    shard.Peek(RowSet::All(kRows), std::nullopt, all.data());
    std::vector<float> weights;
    for (uint32_t row = 0; row < kRows; ++row) {
      if (!owned.owns(row)) continue;
      const auto begin = all.begin() + row * shard.columns().width();
      weights.insert(weights.end(), begin, begin + shard.columns().width());
    }
    return weights;
  }

  std::string Path(int file) {
    return absl::StrCat(::testing::TempDir(), "/snapshot", file);
  }

  ThreadPool pool_{2};
  std::deque<std::vector<TestLane>> lanes_;
};

TEST_P(ShardSnapshotTest, GoesOnToTheSameBitsOnOtherServers) {
  const std::unique_ptr<Shard> undisturbed = NewShard();
  ASSERT_TRUE(undisturbed->BeginEpoch(0, 0).ok());
  Train(1, 30, undisturbed.get());
  ASSERT_TRUE(undisturbed->Standing());
  const ShardSnapshot snapshot(*undisturbed, OwnedRows::All(), &pool_);
  ASSERT_TRUE(snapshot.Write(Path(0), {}).ok());
  undisturbed->Release();
  Train(31, 60, undisturbed.get());

  for (const uint32_t half : {0u, 1u}) {
    const OwnedRows owned = Half(half);
    const std::unique_ptr<Shard> resumed = NewShard();
    const absl::Status status = RestoreShard(EncodeClocks(snapshot.clocks()),
                                             {Path(0)}, owned, resumed.get());
    ASSERT_TRUE(status.ok()) << status;
    Train(31, 60, resumed.get());
    EXPECT_EQ(WeightsOf(*resumed, owned), WeightsOf(*undisturbed, owned));
    EXPECT_EQ(resumed->epoch_loss().loss_sums,
              undisturbed->epoch_loss().loss_sums);
    EXPECT_EQ(resumed->epoch_loss().examples,
              undisturbed->epoch_loss().examples);
  }
}

TEST_P(ShardSnapshotTest, PutsTogetherTheFilesOfSeveralServers) {
  std::unique_ptr<Shard> whole = NewShard();
  ASSERT_TRUE(whole->BeginEpoch(0, 0).ok());
  Train(1, 10, whole.get());
  std::vector<std::string> paths;
  v1::TrainingClocks clocks;
  const ShardSnapshot all(*whole, OwnedRows::All(), &pool_);
  ASSERT_TRUE(all.Write(Path(9), {}).ok());
  for (const uint32_t half : {0u, 1u}) {
    const std::unique_ptr<Shard> server = NewShard();
    ASSERT_TRUE(RestoreShard(EncodeClocks(all.clocks()), {Path(9)}, Half(half),
                             server.get())
                    .ok());
    // Nothing has been pulled since, so the lanes must be made to stand.
    server->Freeze();
    const ShardSnapshot part(*server, Half(half), &pool_);
    paths.push_back(Path(static_cast<int>(half)));
    ASSERT_TRUE(part.Write(paths.back(), {}).ok());
    clocks = EncodeClocks(part.clocks());
  }
  const std::unique_ptr<Shard> merged = NewShard();
  ASSERT_TRUE(RestoreShard(clocks, paths, OwnedRows::All(), merged.get()).ok());
  EXPECT_EQ(WeightsOf(*merged, OwnedRows::All()),
            WeightsOf(*whole, OwnedRows::All()));
  EXPECT_EQ(merged->store().num_rows(), whole->store().num_rows());
  // Without one of the files there are slots missing.
  const absl::Status status =
      RestoreShard(clocks, {paths[0]}, OwnedRows::All(), NewShard().get());
  EXPECT_THAT(std::string(status.message()), HasSubstr("128 of the 256 slots"));
}

TEST_P(ShardSnapshotTest, AFileOfAnotherJobIsRefused) {
  std::unique_ptr<Shard> shard = NewShard();
  ASSERT_TRUE(shard->BeginEpoch(0, 0).ok());
  Train(1, 3, shard.get());
  const ShardSnapshot snapshot(*shard, OwnedRows::All(), &pool_);
  ASSERT_TRUE(snapshot.Write(Path(0), {}).ok());
  v1::TrainingClocks clocks = EncodeClocks(snapshot.clocks());
  clocks.set_num_updates(clocks.num_updates() + 1);
  absl::Status status =
      RestoreShard(clocks, {Path(0)}, OwnedRows::All(), NewShard().get());
  EXPECT_TRUE(absl::IsDataLoss(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("after 3 updates"));
  clocks = EncodeClocks(snapshot.clocks());
  clocks.mutable_lanes()->RemoveLast();
  status = RestoreShard(clocks, {Path(0)}, OwnedRows::All(), NewShard().get());
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
}

INSTANTIATE_TEST_SUITE_P(Optimizers, ShardSnapshotTest,
                         ::testing::Values(OptimizerType::kAdam,
                                           OptimizerType::kFtrl,
                                           OptimizerType::kSgd));

}  // namespace
}  // namespace lineup

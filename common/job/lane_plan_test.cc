#include "common/job/lane_plan.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "gtest/gtest.h"

namespace lineup {
namespace {

std::vector<Split> SplitsOf(const std::vector<uint64_t>& bytes) {
  std::vector<Split> splits(bytes.size());
  for (size_t s = 0; s < bytes.size(); ++s)
    splits[s].estimated_bytes = bytes[s];
  return splits;
}

std::vector<Split> HundredSplits() {
  std::vector<uint64_t> bytes(100);
  for (size_t s = 0; s < bytes.size(); ++s) bytes[s] = 10 + s * 37 % 50;
  return SplitsOf(bytes);
}

LanePlanOptions FileOrder() {
  LanePlanOptions options;
  options.shuffle = false;
  return options;
}

// A lane's splits, window after window.
std::vector<size_t> SplitsOfLane(const LaneWindows& windows) {
  std::vector<size_t> splits;
  for (const Window& window : windows) {
    splits.insert(splits.end(), window.begin(), window.end());
  }
  return splits;
}

std::vector<size_t> UpTo(size_t n) {
  std::vector<size_t> numbers(n);
  std::iota(numbers.begin(), numbers.end(), size_t{0});
  return numbers;
}

TEST(SplitOrderTest, IsFileOrderWithoutShuffling) {
  EXPECT_EQ(SplitOrder(5, 0, FileOrder()), UpTo(5));
  EXPECT_EQ(SplitOrder(5, 3, FileOrder()), UpTo(5));
  EXPECT_TRUE(SplitOrder(0, 0, FileOrder()).empty());
}

TEST(SplitOrderTest, IsAnotherOneInEachEpochAndForEachSeed) {
  LanePlanOptions options;
  const std::vector<size_t> first = SplitOrder(50, 0, options);
  EXPECT_EQ(SplitOrder(50, 0, options), first);
  EXPECT_NE(first, UpTo(50));
  EXPECT_NE(SplitOrder(50, 1, options), first);
  options.seed = 1;
  EXPECT_NE(SplitOrder(50, 0, options), first);
  std::vector<size_t> sorted = first;
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(sorted, UpTo(50));
}

// Processes of other releases take part in the same job.
TEST(SplitOrderTest, IsTheSameInEveryRelease) {
  LanePlanOptions options;
  options.seed = 42;
  EXPECT_EQ(SplitOrder(8, 2, options),
            (std::vector<size_t>{5, 1, 0, 7, 2, 6, 4, 3}));
}

TEST(PlanLanesTest, OneLaneInFileOrderHasAllSplitsInOrder) {
  const std::vector<LaneWindows> lanes =
      PlanLanes(HundredSplits(), 1, 0, FileOrder());
  ASSERT_EQ(lanes.size(), 1u);
  EXPECT_EQ(SplitsOfLane(lanes[0]), UpTo(100));
}

TEST(PlanLanesTest, EverySplitIsInOneLane) {
  for (const bool shuffle : {false, true}) {
    LanePlanOptions options;
    options.shuffle = shuffle;
    options.window_bytes = 400;
    for (const size_t num_lanes : {1, 2, 3, 7, 99, 100, 130}) {
      const std::vector<LaneWindows> lanes =
          PlanLanes(HundredSplits(), num_lanes, 1, options);
      ASSERT_EQ(lanes.size(), num_lanes);
      std::vector<size_t> all;
      for (const LaneWindows& lane : lanes) {
        const std::vector<size_t> splits = SplitsOfLane(lane);
        all.insert(all.end(), splits.begin(), splits.end());
      }
      std::sort(all.begin(), all.end());
      EXPECT_EQ(all, UpTo(100));
    }
  }
}

TEST(PlanLanesTest, LanesKeepTheOrderOfTheEpoch) {
  LanePlanOptions options;
  const std::vector<size_t> order = SplitOrder(100, 4, options);
  std::vector<size_t> place(100);
  for (size_t i = 0; i < order.size(); ++i) place[order[i]] = i;
  for (const LaneWindows& lane : PlanLanes(HundredSplits(), 7, 4, options)) {
    size_t last = 0;
    for (const size_t split : SplitsOfLane(lane)) {
      EXPECT_GE(place[split], last);
      last = place[split];
    }
  }
}

TEST(PlanLanesTest, LanesAreBalanced) {
  const std::vector<Split> splits = HundredSplits();
  for (const int64_t epoch : {0, 1, 2}) {
    uint64_t least = UINT64_MAX, most = 0;
    for (const LaneWindows& lane :
         PlanLanes(splits, 7, epoch, LanePlanOptions())) {
      uint64_t bytes = 0;
      for (const size_t s : SplitsOfLane(lane)) {
        bytes += splits[s].estimated_bytes;
      }
      least = std::min(least, bytes);
      most = std::max(most, bytes);
    }
    EXPECT_LE(most - least, 59u) << "the largest split has 59 bytes";
  }
}

TEST(PlanLanesTest, SplitsOfUnknownSizeAreSharedOutToo) {
  for (const LaneWindows& lane :
       PlanLanes(SplitsOf({0, 0, 0, 0, 0, 0}), 3, 0, FileOrder())) {
    EXPECT_EQ(SplitsOfLane(lane).size(), 2u);
  }
}

TEST(PlanLanesTest, WindowsAreAsLargeAsTheyMayBe) {
  LanePlanOptions options = FileOrder();
  options.window_bytes = 100;
  EXPECT_EQ(PlanLanes(SplitsOf({60, 40, 1, 300, 99, 1}), 1, 0, options)[0],
            (LaneWindows{{0, 1}, {2}, {3}, {4, 5}}));
}

TEST(PlanLanesTest, LanesShareTheBytesOfAWindow) {
  LanePlanOptions options = FileOrder();
  options.window_bytes = 40;
  const std::vector<LaneWindows> lanes =
      PlanLanes(SplitsOf({10, 10, 10, 10, 10, 10}), 2, 0, options);
  EXPECT_EQ(lanes[0], (LaneWindows{{0, 2}, {4}}));
  EXPECT_EQ(lanes[1], (LaneWindows{{1, 3}, {5}}));
}

}  // namespace
}  // namespace lineup

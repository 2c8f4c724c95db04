#include "coordinator/lane_table.h"

#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<uint32_t> LanesOf(const LaneTable& table,
                              const std::string& worker) {
  v1::WorkerOrders orders;
  table.AddOrders(worker, &orders);
  std::vector<uint32_t> lanes;
  for (const v1::LaneOrder& lane : orders.lanes()) lanes.push_back(lane.lane());
  return lanes;
}

// A report that names these lanes as running under their present terms.
v1::WorkerReport ReportOf(
    const LaneTable& table, const std::vector<uint32_t>& lanes,
    v1::WorkerLane::State state = v1::WorkerLane::STATE_RUNNING) {
  v1::WorkerReport report;
  for (const uint32_t lane : lanes) {
    v1::WorkerLane* reported = report.add_lanes();
    reported->set_lane(lane);
    reported->set_term(table.lanes()[lane].term);
    reported->set_epoch(0);
    reported->set_state(state);
  }
  return report;
}

TEST(LaneTableTest, LanesAreSharedEvenly) {
  SplitReaders readers;
  LaneTable table(5, &readers);
  table.BeginEpoch({}, /*fixed_plan=*/true);
  table.Balance({{"a", 1}, {"b", 1}});
  EXPECT_EQ(LanesOf(table, "a").size() + LanesOf(table, "b").size(), 5u);
  EXPECT_GE(LanesOf(table, "a").size(), 2u);
  EXPECT_GE(LanesOf(table, "b").size(), 2u);
}

TEST(LaneTableTest, ANewcomerGetsLanesOnceTheyAreHandedBack) {
  SplitReaders readers;
  LaneTable table(4, &readers);
  table.BeginEpoch({}, true);
  table.Balance({{"a", 1}});
  EXPECT_EQ(LanesOf(table, "a").size(), 4u);
  table.Balance({{"a", 1}, {"b", 1}});
  const std::vector<uint32_t> kept = LanesOf(table, "a");
  EXPECT_EQ(kept.size(), 2u);
  EXPECT_THAT(LanesOf(table, "b"), IsEmpty()) << "a may still be at them";
  // A report that follows older orders does not hand anything back.
  table.OnReport("a", 1, ReportOf(table, kept), 0);
  table.Balance({{"a", 2}, {"b", 1}});
  EXPECT_THAT(LanesOf(table, "b"), IsEmpty());
  table.OnReport("a", 2, ReportOf(table, kept), 0);
  table.Balance({{"a", 2}, {"b", 1}});
  EXPECT_EQ(LanesOf(table, "b").size(), 2u);
}

TEST(LaneTableTest, OneThatLeavesHandsItsLanesBackInTheMiddleOfAnEpoch) {
  SplitReaders readers;
  LaneTable table(4, &readers);
  table.BeginEpoch({}, true);
  table.Balance({{"a", 1}, {"b", 1}});
  const std::vector<uint32_t> lanes = LanesOf(table, "a");
  EXPECT_EQ(lanes.size(), 2u);
  table.Balance({{"a", 3, /*leaves=*/true}, {"b", 1}});
  EXPECT_THAT(LanesOf(table, "a"), IsEmpty());
  EXPECT_EQ(LanesOf(table, "b").size(), 2u) << "a is still at the others";
  // It has not yet heard of it, or still computes.
  table.OnReport("a", 3, v1::WorkerReport(), 0);
  table.OnReport("a", 4, ReportOf(table, lanes), 0);
  table.Balance({{"a", 4, true}, {"b", 1}});
  EXPECT_EQ(LanesOf(table, "b").size(), 2u);
  table.OnReport("a", 4, v1::WorkerReport(), 0);
  table.Balance({{"a", 4, true}, {"b", 1}});
  EXPECT_EQ(LanesOf(table, "b").size(), 4u);
}

TEST(LaneTableTest, TheLastOneMayLeaveToo) {
  SplitReaders readers;
  LaneTable table(2, &readers);
  table.BeginEpoch({}, true);
  table.Balance({{"a", 1}});
  table.Balance({{"a", 2, /*leaves=*/true}});
  table.OnReport("a", 3, v1::WorkerReport(), 0);
  table.Balance({{"a", 3, true}});
  EXPECT_FALSE(table.any_held());
  table.Balance({{"b", 4}});
  EXPECT_EQ(LanesOf(table, "b").size(), 2u);
}

TEST(LaneTableTest, BalancingAgainTakesNoMore) {
  SplitReaders readers;
  LaneTable table(4, &readers);
  table.BeginEpoch({}, true);
  table.Balance({{"a", 1}});
  for (int i = 0; i < 3; ++i) {
    table.Balance({{"a", 1}, {"b", 1}});
    EXPECT_EQ(LanesOf(table, "a").size(), 2u) << "not those that it is to keep";
  }
}

TEST(LaneTableTest, LanesOfALostWorkerAreFreeAtOnceAndHaveANewTerm) {
  SplitReaders readers;
  LaneTable table(2, &readers);
  table.BeginEpoch({}, true);
  table.Balance({{"a", 1}, {"b", 1}});
  const std::vector<uint32_t> lost = LanesOf(table, "a");
  const uint64_t term = table.lanes()[lost[0]].term;
  const v1::WorkerReport late = ReportOf(table, lost);
  table.OnGone("a");
  table.Balance({{"b", 1}});
  EXPECT_EQ(LanesOf(table, "b").size(), 2u);
  EXPECT_GT(table.lanes()[lost[0]].term, term);
  // What the lost one still has to say changes nothing.
  table.OnReport("a", 9, late, 0);
  EXPECT_EQ(LanesOf(table, "b").size(), 2u);
}

TEST(LaneTableTest, FinishedLanesAreNotGivenOutAgain) {
  SplitReaders readers;
  LaneTable table(2, &readers);
  table.BeginEpoch({}, true);
  table.Balance({{"a", 1}});
  EXPECT_FALSE(table.all_finished());
  table.OnReport("a", 1,
                 ReportOf(table, {0, 1}, v1::WorkerLane::STATE_FINISHED), 0);
  EXPECT_TRUE(table.all_finished());
  table.Balance({{"a", 1}, {"b", 1}});
  EXPECT_THAT(LanesOf(table, "a"), IsEmpty());
  EXPECT_FALSE(table.any_held());
}

TEST(LaneTableTest, SplitsFlowToTheLanesThatNeedThem) {
  SplitReaders readers;
  LaneTable table(2, &readers);
  table.BeginEpoch({7, 3, 5, 1, 2}, /*fixed_plan=*/false);
  table.Balance({{"a", 1}});
  EXPECT_THAT(table.lanes()[0].splits, ElementsAre(7));
  EXPECT_THAT(table.lanes()[1].splits, ElementsAre(3));
  v1::WorkerReport report = ReportOf(table, {0, 1});
  report.mutable_lanes(1)->set_windows_opened(1);
  table.OnReport("a", 1, report, 0);
  EXPECT_THAT(table.lanes()[0].splits, ElementsAre(7)) << "has not begun it";
  EXPECT_THAT(table.lanes()[1].splits, ElementsAre(3, 5));
  // Told again, it is not given more.
  table.OnReport("a", 1, report, 0);
  EXPECT_THAT(table.lanes()[1].splits, ElementsAre(3, 5));
  report.mutable_lanes(1)->set_windows_opened(3);
  table.OnReport("a", 1, report, 0);
  EXPECT_THAT(table.lanes()[1].splits, ElementsAre(3, 5, 1, 2));
  EXPECT_TRUE(table.lanes()[1].closed);
}

TEST(LaneTableTest, WorkersGetSplitsThatTheyHaveRead) {
  SplitReaders readers;
  LaneTable table(2, &readers);
  const std::vector<LaneTable::Worker> workers = {{"a", 1}, {"b", 1}};
  table.BeginEpoch({1, 2, 3, 4}, false);
  table.Balance(workers);
  table.BeginEpoch({2, 3, 1, 4}, false);
  table.Balance(workers);
  EXPECT_THAT(table.lanes()[0].splits, ElementsAre(1));
  EXPECT_THAT(table.lanes()[1].splits, ElementsAre(2));
  v1::WorkerReport report = ReportOf(table, {0});
  report.mutable_lanes(0)->set_windows_opened(1);
  table.OnReport(table.lanes()[0].holder, 1, report, 0);
  EXPECT_THAT(table.lanes()[0].splits, ElementsAre(1, 3)) << "nobody's";
  table.BeginEpoch({3, 1, 2}, false);
  table.Balance({{"b", 1}});
  EXPECT_THAT(table.lanes()[0].splits, ElementsAre(2)) << "its own";
  EXPECT_THAT(table.lanes()[1].splits, ElementsAre(1)) << "another one's";
}

TEST(LaneTableTest, WhatAnotherHasReadGoesOnlyToALaneThatWaits) {
  SplitReaders readers;
  LaneTable table(2, &readers);
  for (const uint32_t split : {1, 2, 3}) {
    readers.Note(v1::DATA_PART_TRAIN, split, split == 1 ? "a" : "b");
  }
  table.BeginEpoch({1, 2, 3, 4, 5}, false);
  table.Balance({{"a", 1}});
  EXPECT_THAT(table.lanes()[0].splits, ElementsAre(1));
  EXPECT_THAT(table.lanes()[1].splits, ElementsAre(4));
  v1::WorkerReport report = ReportOf(table, {0});
  report.mutable_lanes(0)->set_windows_opened(2);
  table.OnReport("a", 1, report, 0);
  EXPECT_THAT(table.lanes()[0].splits, ElementsAre(1, 5));
  EXPECT_FALSE(table.lanes()[0].closed);
  report.mutable_lanes(0)->set_state(v1::WorkerLane::STATE_NEEDS_SPLIT);
  table.OnReport("a", 1, report, 0);
  EXPECT_THAT(table.lanes()[0].splits, ElementsAre(1, 5, 3));
}

TEST(LaneTableTest, LanesStayWhereTheyAreWhenOthersHaveFinished) {
  SplitReaders readers;
  LaneTable table(4, &readers);
  const std::vector<LaneTable::Worker> workers = {{"a", 1}, {"b", 1}};
  table.BeginEpoch({}, true);
  table.Balance(workers);
  const std::vector<uint32_t> of_b = LanesOf(table, "b");
  ASSERT_EQ(of_b.size(), 2u);
  table.OnReport(
      "a", 1,
      ReportOf(table, LanesOf(table, "a"), v1::WorkerLane::STATE_FINISHED), 0);
  table.Balance(workers);
  EXPECT_EQ(LanesOf(table, "b"), of_b);
}

TEST(LaneTableTest, AHaltTakesAllLanesBack) {
  SplitReaders readers;
  LaneTable table(2, &readers);
  table.BeginEpoch({}, true);
  table.Balance({{"a", 4}});
  table.Halt({{"a", 4}});
  EXPECT_THAT(LanesOf(table, "a"), IsEmpty());
  EXPECT_TRUE(table.any_held());
  table.OnReport("a", 5, v1::WorkerReport(), 0);
  EXPECT_FALSE(table.any_held());
  table.Balance({{"a", 5}});
  EXPECT_FALSE(table.any_held()) << "not before the next epoch";
}

TEST(LaneTableTest, WhoLeavesMeanwhileHoldsNothingAfterwards) {
  SplitReaders readers;
  LaneTable table(4, &readers);
  table.BeginEpoch({}, true);
  table.Balance({{"a", 1}, {"b", 1}});
  // While the epoch stood still, "b" has asked to leave, and its orders named
  // no lane.
  const std::vector<LaneTable::Worker> workers = {{"a", 2}, {"b", 2, true}};
  table.Reopen({}, workers);
  table.Balance(workers);
  EXPECT_THAT(LanesOf(table, "a"), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(LanesOf(table, "b"), IsEmpty());
}

}  // namespace
}  // namespace lineup

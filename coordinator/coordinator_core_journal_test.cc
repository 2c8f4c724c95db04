// A core that goes on from another one's journal is what that one was.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/base/files.h"
#include "common/job/job_codec.h"
#include "common/job/job_plan.h"
#include "coordinator/coordinator_core_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class CoordinatorCoreJournalTest : public CoreWithNodes {};

TEST_F(CoordinatorCoreJournalTest, AnEmptyJournalIsANewCoordinators) {
  EXPECT_THAT(core_->jobs(), IsEmpty());
  EXPECT_EQ(core_->id(), 1u);
  Restart();
  EXPECT_EQ(core_->id(), 1u) << "the same coordinator to nodes";
}

TEST_F(CoordinatorCoreJournalTest, TheQueueIsRemembered) {
  v1::JobSpec spec = Spec();
  spec.set_name("second");
  ASSERT_TRUE(core_->Submit(Spec(), now_).ok());
  ASSERT_TRUE(core_->Resume("/checkpoints", spec, now_).ok());
  ASSERT_TRUE(core_->Submit(Spec(), now_).ok());
  ASSERT_TRUE(core_->Stop("job-3", false, now_).ok());
  now_ += absl::Minutes(1);
  Restart();
  ASSERT_EQ(core_->jobs().size(), 3u);
  const CoordinatorCore::Job& second = *core_->jobs()[1];
  EXPECT_EQ(second.id, "job-2");
  EXPECT_EQ(second.state, v1::JOB_STATE_QUEUED);
  EXPECT_EQ(second.spec.SerializeAsString(), spec.SerializeAsString());
  EXPECT_EQ(second.resume_from, "/checkpoints");
  EXPECT_EQ(second.submitted, now_ - absl::Minutes(1));
  EXPECT_EQ(core_->jobs()[2]->state, v1::JOB_STATE_STOPPED);
  EXPECT_EQ(core_->jobs()[2]->past->status().state(), v1::JOB_STATE_STOPPED);
  // Both are planned again, and no name is given twice.
  EXPECT_EQ(core_->TakeWork().size(), 2u);
  EXPECT_EQ(core_->Submit(Spec(), now_).value(), "job-4");
}

TEST_F(CoordinatorCoreJournalTest, WhatIsForgottenIsErased) {
  for (int i = 1; i <= 5; ++i) {
    const std::string job = core_->Submit(Spec(), now_).value();
    ASSERT_TRUE(core_->Stop(job, false, now_).ok());
    Write();
  }
  EXPECT_EQ(EntriesBelow(journal_, "job").size(), 2u);
  EXPECT_EQ(EntriesBelow(journal_, "event").size(), 6u);
  const uint64_t last = core_->events().last();
  Restart();
  EXPECT_EQ(core_->events().last(), last);
  EXPECT_EQ(core_->events().Next(last - 1)->text(),
            "job-5 was stopped before it began");
  ASSERT_TRUE(core_->Submit(Spec(), now_).ok());
  Write();
  EXPECT_EQ(EntriesBelow(journal_, "event").size(), 6u);
}

TEST_F(CoordinatorCoreJournalTest, NodesHaveTheirLeaseFromTheRestartOn) {
  ASSERT_TRUE(Join("a").ok());
  ASSERT_TRUE(Join("b").ok());
  ASSERT_TRUE(core_->Drain("b", now_).ok());
  const uint64_t version = core_->Orders("a").version();
  v1::NodeReport report = ReportOf("a");
  now_ += absl::Hours(1);
  Restart();
  ASSERT_EQ(core_->nodes().count("a"), 1u);
  EXPECT_TRUE(core_->nodes().at("b").draining);
  // Its orders go on above those that it has.
  ASSERT_TRUE(core_->OnReport(report, now_).ok());
  EXPECT_EQ(core_->OrdersVersionOf(report), version);
  EXPECT_GT(core_->Orders("a").version(), version);
  for (int second = 0; second <= 11; ++second) {
    core_->Tick(now_);
    now_ += absl::Seconds(1);
  }
  EXPECT_EQ(core_->nodes().count("b"), 0u);
  Restart();
  EXPECT_EQ(core_->nodes().count("b"), 0u);
}

TEST_F(CoordinatorCoreJournalTest, AnOldCopyOfTheJournalIsNoticed) {
  ASSERT_TRUE(Join("a").ok());
  const JournalContents copy = journal_;
  Restart();
  ASSERT_TRUE(Join("a").ok());
  Restart();
  ASSERT_TRUE(Join("a").ok());
  const v1::NodeReport report = ReportOf("a");
  journal_ = copy;
  Restart();
  journal_ = copy;
  Restart();
  const absl::Status status = core_->OnReport(report, now_);
  EXPECT_THAT(status.message(), HasSubstr("its journal is an old copy"));
}

TEST_F(CoordinatorCoreJournalTest, LanesAreGivenOutAnewWithTheirSplits) {
  BeginToTrain();
  const v1::LaneSplits splits = Lanes().Splits();
  const uint64_t term = HighestTerm();
  const v1::ServerOrders orders = core_->Orders("server").server();
  ASSERT_GT(splits.unread_size(), 0);

  Restart();
  // Until the plan is made again, nobody is told anything.
  EXPECT_EQ(core_->running(), nullptr);
  EXPECT_EQ(Join("a").code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(core_->Stop("job-1", false, now_).code(),
            absl::StatusCode::kUnavailable);
  const std::vector<CoordinatorCore::Work> work = core_->TakeWork();
  ASSERT_EQ(work.size(), 1u);
  core_->Planned(work[0].job, MakePlan(), now_);
  ASSERT_NE(core_->running(), nullptr);

  // To the server nothing has changed.
  EXPECT_EQ(core_->Orders("server").server().SerializeAsString(),
            orders.SerializeAsString());
  EXPECT_THAT(core_->Orders("a").worker().lanes(), IsEmpty());
  ServerReports();
  ASSERT_TRUE(Join("a").ok());
  EXPECT_THAT(core_->Orders("a").worker().lanes(), IsEmpty()) << "waits for b";
  ASSERT_TRUE(Join("b").ok());
  EXPECT_EQ(Lanes().Splits().SerializeAsString(), splits.SerializeAsString());
  for (const LaneTable::Lane& lane : Lanes().lanes()) {
    EXPECT_GT(lane.term, term);
  }
  EXPECT_EQ(core_->Orders("a").worker().lanes_size(), 1);
  EXPECT_EQ(core_->Orders("b").worker().lanes_size(), 1);

  // And once more, after a split was given and the journal was written.
  v1::NodeReport report = ReportOf("a");
  const v1::LaneOrder lane = core_->Orders("a").worker().lanes(0);
  v1::WorkerLane& held = *report.mutable_worker()->add_lanes();
  held.set_lane(lane.lane());
  held.set_term(lane.term());
  held.set_epoch(0);
  held.set_windows_opened(1);
  ASSERT_TRUE(core_->OnReport(report, now_).ok());
  const v1::LaneSplits more = Lanes().Splits();
  EXPECT_NE(more.SerializeAsString(), splits.SerializeAsString());
  RestartAndJoin();
  ServerReports();
  EXPECT_EQ(Lanes().Splits().SerializeAsString(), more.SerializeAsString());
}

TEST_F(CoordinatorCoreJournalTest, AnEpochThatHasEndedMeanwhileIsOver) {
  BeginToTrain();
  RestartAndPlan();
  ServerReports(/*epoch_done=*/true);
  EXPECT_EQ(core_->running()->run->machine().epoch(), 1);
  EXPECT_EQ(core_->running()->run->examples_trained(), 40u);
  EXPECT_EQ(core_->Orders("server").server().epoch(), 1);
  EXPECT_EQ(core_->Orders("server").server().base_clock(), 11u);
  // The step after it is begun once, whenever the coordinator ends.
  const v1::ServerOrders orders = core_->Orders("server").server();
  RestartAndPlan();
  EXPECT_EQ(core_->Orders("server").server().SerializeAsString(),
            orders.SerializeAsString());
  EXPECT_EQ(core_->running()->run->machine().epoch(), 1);
}

TEST_F(CoordinatorCoreJournalTest, TasksAreBegunAgain) {
  BeginToTrain();
  // Whoever goes on learns from the servers alone that lanes have finished.
  for (int i = 0; i < 4 && core_->running()->run->Phase() == "training"; ++i) {
    RestartAndPlan();
    ServerReports(/*epoch_done=*/true);
  }
  ASSERT_EQ(core_->running()->run->Phase(), "validating");
  for (const char* node : {"a", "b"}) ASSERT_TRUE(Join(node).ok());
  ASSERT_GT(core_->Orders("a").worker().tasks_size(), 0);
  const uint64_t before = core_->Orders("a").worker().tasks(0).id();
  RestartAndJoin();
  ServerReports(/*epoch_done=*/true);
  EXPECT_EQ(core_->running()->run->Phase(), "validating");
  EXPECT_EQ(core_->running()->run->machine().candidates()[0].train_loss.size(),
            2u);
  EXPECT_GT(core_->Orders("a").worker().tasks(0).id(), before);
}

TEST_F(CoordinatorCoreJournalTest, AServerThatDoesNotComeBackIsLost) {
  BeginToTrain();
  RestartAndPlan();
  for (int second = 0; second <= 11; ++second) {
    core_->Tick(now_);
    ASSERT_TRUE(Join("a").ok());
    now_ += absl::Seconds(1);
  }
  EXPECT_EQ(core_->running()->run->Phase(), "rewinding");
  EXPECT_EQ(core_->running()->run->WhyWaiting(),
            "a parameter server: too few are there");
  RestartAndPlan();
  EXPECT_EQ(core_->running()->run->Phase(), "rewinding");
  ASSERT_TRUE(Join("a").ok());
  ASSERT_TRUE(Join("server").ok());
  EXPECT_EQ(core_->Orders("server").server().routing().epoch(), 2u);
}

TEST_F(CoordinatorCoreJournalTest, AWorkerThatDoesNotComeBackGetsNothing) {
  BeginToTrain();
  RestartAndPlan();
  ServerReports();
  ASSERT_TRUE(Join("b").ok());
  EXPECT_EQ(core_->Orders("b").worker().lanes_size(), 0);
  now_ += absl::Seconds(1);
  core_->Tick(now_);
  EXPECT_EQ(core_->Orders("a").worker().lanes_size(), 0);
  EXPECT_EQ(core_->Orders("b").worker().lanes_size(), 2);
  ASSERT_TRUE(Join("a").ok());  // late
  EXPECT_EQ(core_->Orders("b").worker().lanes_size(), 1);
}

TEST_F(CoordinatorCoreJournalTest, AStopIsRemembered) {
  BeginToTrain();
  v1::NodeReport report = ReportOf("server");
  ServerReports();
  ASSERT_TRUE(core_->Stop("job-1", false, now_).ok());
  EXPECT_EQ(core_->running()->run->Phase(), "stopping");
  RestartAndPlan();
  // Workers may still follow the orders of before.
  EXPECT_EQ(core_->running()->run->Phase(), "stopping");
  ASSERT_TRUE(Join("a").ok());
  EXPECT_EQ(core_->running()->run->Phase(), "stopping");
  core_->GiveUp("b", now_);
  EXPECT_EQ(core_->running()->run->Phase(), "validating");
  EXPECT_TRUE(core_->running()->run->machine().stopped_by_user());
}

TEST_F(CoordinatorCoreJournalTest, WhatAJobDidIsRememberedWhenItHasEnded) {
  BeginToTrain();
  ServerReports();
  ASSERT_TRUE(core_->Stop("job-1", /*discard=*/true, now_).ok());
  ASSERT_EQ(core_->running(), nullptr);
  Restart();
  const CoordinatorCore::Job* job = core_->FindJob("job-1");
  ASSERT_NE(job, nullptr);
  ASSERT_TRUE(job->past.has_value());
  EXPECT_EQ(job->past->candidates().candidates_size(), 16);
  ASSERT_EQ(job->past->shards().shards_size(), 1);
  const v1::ShardStatus& shard = job->past->shards().shards(0);
  EXPECT_EQ(shard.node_id(), "server");
  EXPECT_EQ(shard.address(), "server_address");
  EXPECT_EQ(shard.slots(), 256u);
  EXPECT_EQ(shard.report().examples(), 40u);
}

// Not only when the epoch ends.
TEST_F(CoordinatorCoreJournalTest, AWorkerThatLeavesHandsItsLanesBackAtOnce) {
  BeginToTrain();
  ASSERT_EQ(core_->Orders("a").worker().lanes_size(), 1);
  ASSERT_TRUE(core_->Drain("a", now_).ok());
  EXPECT_EQ(core_->Orders("a").worker().lanes_size(), 0);
  EXPECT_FALSE(core_->Orders("a").may_leave()) << "it may still be computing";
  EXPECT_EQ(core_->Orders("b").worker().lanes_size(), 1);
  ASSERT_TRUE(Join("a").ok());
  EXPECT_TRUE(core_->Orders("a").may_leave());
  EXPECT_EQ(core_->Orders("b").worker().lanes_size(), 2);
}

TEST_F(CoordinatorCoreJournalTest, DataThatHaveChangedAreNoticed) {
  BeginToTrain();
  Restart();
  CoordinatorCore::Plan plan = MakePlan();
  ASSERT_TRUE(AtomicWriteFile(plan.spec.train(0), "1,2\n0,1\n").ok());
  JobSpec changed = DecodeJobSpec(plan.spec).value();
  plan.plan = std::make_unique<const JobPlan>(PlanJob(changed).value());
  core_->TakeWork();
  core_->Planned("job-1", std::move(plan), now_);
  EXPECT_EQ(core_->FindJob("job-1")->state, v1::JOB_STATE_FAILED);
  EXPECT_THAT(core_->FindJob("job-1")->error.message(),
              HasSubstr("the training data has changed since job-1 began"));
  Write();
  EXPECT_EQ(journal_.count("run"), 0u);
  EXPECT_THAT(EntriesBelow(journal_, "run"), IsEmpty());
}

TEST_F(CoordinatorCoreJournalTest, NonsenseIsRefused) {
  journal_["job/0000000000000001"] = "\xff";
  CoordinatorCore core({});
  EXPECT_THAT(core.GoOn(journal_, now_).message(),
              HasSubstr("entry \"job/0000000000000001\" is not what"));
}

}  // namespace
}  // namespace lineup

// A core that goes on from another one's journal is what that one was.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/files.h"
#include "common/job/job_codec.h"
#include "common/job/job_plan.h"
#include "common/job/sample_statistics.h"
#include "common/rpc/protocol.h"
#include "coordinator/coordinator_core.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr uint32_t kLanes = 2;
constexpr absl::Duration kLease = absl::Seconds(10);

// 40 records in a few splits, trained asynchronously.
v1::JobSpec Spec() {
  const std::string path = testing::TempDir() + "/journal_train.csv";
  std::string csv;
  for (int i = 0; i < 40; ++i) absl::StrAppend(&csv, i % 2, ",", i, ".5\n");
  EXPECT_TRUE(AtomicWriteFile(path, csv).ok());
  v1::JobSpec spec;
  spec.set_hyperparameters_json(
      R"({"predictor_type": "binary_classifier", "mini_batch_size": 2,
          "learning_rate": 0.1, "epochs": 2})");
  spec.add_train(path);
  spec.set_output("/nowhere");
  spec.set_num_lanes(kLanes);
  spec.set_staleness(8);
  spec.mutable_data()->set_split_bytes(50);
  return spec;
}

CoordinatorCore::Plan MakePlan() {
  CoordinatorCore::Plan plan;
  plan.spec = Spec();
  plan.plan = std::make_unique<const JobPlan>(
      PlanJob(DecodeJobSpec(plan.spec).value()).value());
  return plan;
}

// A core with its journal, and the nodes "server" and "a", "b" (workers), as
// far as they are needed.
class CoordinatorCoreJournalTest : public testing::Test {
 protected:
  CoordinatorCoreJournalTest() { Start(); }

  // As a process that ends and is started anew.
  void Restart() {
    Write();
    Start();
  }
  void Write() { ApplyRecords(core_->TakeRecords(), &journal_); }

  // Until the running job runs again.
  void RestartAndPlan() {
    Restart();
    for (const CoordinatorCore::Work& work : core_->TakeWork()) {
      core_->Planned(work.job, MakePlan(), now_);
    }
  }
  // And until workers are heard.
  void RestartAndJoin() {
    RestartAndPlan();
    for (const char* node : {"a", "b"}) ASSERT_TRUE(Join(node).ok());
  }

  v1::NodeReport ReportOf(const std::string& node) const {
    v1::NodeReport report;
    report.set_node_id(node);
    report.set_role(node == "server" ? v1::NODE_ROLE_SERVER
                                     : v1::NODE_ROLE_WORKER);
    report.set_address(node + "_address");
    report.set_protocol_version(kProtocolVersion);
    const v1::NodeOrders& orders = core_->Orders(node);
    report.set_coordinator_id(orders.coordinator_id());
    report.set_orders_version(orders.version());
    report.mutable_worker()->set_job(orders.job());
    return report;
  }
  absl::Status Join(const std::string& node) {
    return core_->OnReport(ReportOf(node), now_);
  }

  // What a server says that has followed its orders.
  void ServerReports(bool epoch_done = false) {
    const v1::ServerOrders orders = core_->Orders("server").server();
    v1::NodeReport report = ReportOf("server");
    v1::ServerReport& server = *report.mutable_server();
    server.set_job("job-1");
    server.set_routing_epoch(orders.routing().epoch());
    server.set_wanted_routing_epoch(orders.routing().epoch());
    server.set_epoch(orders.epoch());
    server.set_epoch_done(epoch_done);
    server.set_max_clock(epoch_done ? 11 : 0);
    server.set_examples(40);
    server.set_minibatches(20);
    for (int c = 0; c < orders.candidates_size(); ++c) server.add_loss_sums(9);
    for (uint32_t l = 0; l < kLanes; ++l) {
      server.add_lanes()->set_finished(epoch_done);
    }
    ASSERT_TRUE(core_->OnReport(report, now_).ok());
  }

  // Gives results for all sample tasks until the job trains.
  void Sample() {
    const CoordinatorCore::Plan plan = MakePlan();
    while (core_->running()->run->Phase() == "sampling") {
      for (const std::string node : {"a", "b"}) {
        v1::NodeReport report = ReportOf(node);
        for (const v1::Task& task : core_->Orders(node).worker().tasks()) {
          v1::TaskResult& result = *report.mutable_worker()->add_results();
          result.set_task(task.id());
          if (task.kind() == v1::Task::KIND_SAMPLE) {
            result.set_result(
                EncodeSample(
                    ReadSample(*plan.plan, PlanSample(*plan.plan)[task.part()])
                        .value())
                    .SerializeAsString());
          } else {
            result.set_result("40");
          }
        }
        ASSERT_TRUE(core_->OnReport(report, now_).ok());
      }
    }
  }

  // Submits a job and brings it to its first epoch.
  void BeginToTrain() {
    for (const char* node : {"server", "a", "b"}) ASSERT_TRUE(Join(node).ok());
    ASSERT_EQ(core_->Submit(Spec(), now_).value(), "job-1");
    for (const CoordinatorCore::Work& work : core_->TakeWork()) {
      core_->Planned(work.job, MakePlan(), now_);
    }
    ASSERT_NE(core_->running(), nullptr);
    Sample();
    ServerReports();
    ASSERT_EQ(core_->running()->run->Phase(), "training");
  }

  const LaneTable& Lanes() const { return core_->running()->run->lanes(); }
  uint64_t HighestTerm() const {
    uint64_t highest = 0;
    for (const LaneTable::Lane& lane : Lanes().lanes()) {
      highest = std::max(highest, lane.term);
    }
    return highest;
  }

  absl::Time now_ = absl::FromUnixSeconds(1000);
  JournalContents journal_;
  std::unique_ptr<CoordinatorCore> core_;

 private:
  void Start() {
    CoordinatorCore::Options options;
    options.id = 1 + starts_++;  // drawn at random, as it were
    options.lease = kLease;
    options.max_events = 6;
    options.max_ended_jobs = 1;
    core_ = std::make_unique<CoordinatorCore>(options);
    ASSERT_TRUE(core_->GoOn(journal_, now_).ok());
    Write();
  }

  int starts_ = 0;
};

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

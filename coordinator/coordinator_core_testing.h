// For tests of the coordinator's core: one with a journal and a small job.

#ifndef LINEUP_COORDINATOR_COORDINATOR_CORE_TESTING_H_
#define LINEUP_COORDINATOR_COORDINATOR_CORE_TESTING_H_

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/files.h"
#include "common/job/job_codec.h"
#include "common/job/job_plan.h"
#include "common/job/sample_statistics.h"
#include "common/rpc/protocol.h"
#include "coordinator/coordinator_core.h"
#include "gtest/gtest.h"

namespace lineup {

// A core with its journal, and the nodes "a", "b" (workers) and others, whose
// names begin with "server", as far as they are needed.
class CoreWithNodes : public testing::Test {
 protected:
  static constexpr uint32_t kLanes = 2;
  static constexpr absl::Duration kLease = absl::Seconds(10);

  CoreWithNodes() { Start(); }

  // 40 records in a few splits, trained asynchronously.
  v1::JobSpec Spec() const {
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
    spec.set_replicas(replicas_);
    spec.mutable_data()->set_split_bytes(50);
    return spec;
  }

  CoordinatorCore::Plan MakePlan() const {
    CoordinatorCore::Plan plan;
    plan.spec = Spec();
    plan.plan = std::make_unique<const JobPlan>(
        PlanJob(DecodeJobSpec(plan.spec).value()).value());
    return plan;
  }

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
    report.set_role(absl::StartsWith(node, "server") ? v1::NODE_ROLE_SERVER
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
  v1::NodeReport FollowedBy(const std::string& node,
                            bool epoch_done = false) const {
    const v1::ServerOrders& orders = core_->Orders(node).server();
    v1::NodeReport report = ReportOf(node);
    v1::ServerReport shard;
    shard.set_job("job-1");
    shard.set_routing_epoch(orders.routing().epoch());
    shard.set_wanted_routing_epoch(orders.routing().epoch());
    shard.set_epoch(orders.epoch());
    shard.set_epoch_done(epoch_done);
    shard.set_max_clock(epoch_done ? 11 : 0);
    shard.set_examples(40);
    shard.set_minibatches(20);
    for (int c = 0; c < orders.candidates_size(); ++c) shard.add_loss_sums(9);
    for (uint32_t l = 0; l < kLanes; ++l) {
      shard.add_lanes()->set_finished(epoch_done);
    }
    *report.mutable_server() = shard;
    if (orders.has_replica_index()) {
      *report.mutable_server()->mutable_replica() = shard;
    }
    return report;
  }
  void ServerReports(bool epoch_done = false,
                     const std::string& node = "server") {
    ASSERT_TRUE(core_->OnReport(FollowedBy(node, epoch_done), now_).ok());
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
  void BeginToTrain(const std::vector<std::string>& servers = {"server"}) {
    for (const std::string& node : servers) ASSERT_TRUE(Join(node).ok());
    for (const char* node : {"a", "b"}) ASSERT_TRUE(Join(node).ok());
    ASSERT_EQ(core_->Submit(Spec(), now_).value(), "job-1");
    for (const CoordinatorCore::Work& work : core_->TakeWork()) {
      core_->Planned(work.job, MakePlan(), now_);
    }
    ASSERT_NE(core_->running(), nullptr);
    Sample();
    for (const std::string& node : servers) ServerReports(false, node);
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
  uint32_t replicas_ = 0;  // of the job
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

}  // namespace lineup

#endif  // LINEUP_COORDINATOR_COORDINATOR_CORE_TESTING_H_

// One job on a cluster: turns the steps of JobMachine into lanes for workers,
// tasks for workers and epochs for servers, and their reports into results.
//
// A state machine without threads, sockets, files or clocks: reports in, whole
// orders out. Orders are what a node should be doing now, derived from the
// state, so it does not matter if one is lost or repeated. What needs files or
// calls (copying weights from servers, writing the model) is an Action that
// the owner carries out and reports.
//
// Thread safety: one thread at a time.

#ifndef LINEUP_COORDINATOR_CLUSTER_JOB_H_
#define LINEUP_COORDINATOR_CLUSTER_JOB_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/job/job_plan.h"
#include "coordinator/job_machine.h"
#include "coordinator/lane_table.h"
#include "coordinator/task_table.h"
#include "proto/node.pb.h"

namespace lineup {

class ClusterJob {
 public:
  enum class State { kRunning, kSucceeded, kStopped, kFailed };

  // What the owner has to do next, besides sending orders.
  enum class Action {
    kNone,
    kCopyWeights,  // of machine().best_candidate(), from the servers; Kept()
    kExport        // write the model directory; Exported()
  };

  struct Server {
    std::string node_id;
    std::string address;
  };

  // Something to tell who watches: kind ("epoch_trained", ...) and text.
  using Tell =
      std::function<void(absl::string_view kind, absl::string_view text)>;

  // `servers` hold the job's slots from beginning to end.
  ClusterJob(std::string name, std::unique_ptr<const JobPlan> plan,
             std::vector<Server> servers, Tell tell);

  // Who may work: live workers that do not leave, in any order. To be called
  // when that changes, and after every report.
  void SetWorkers(std::vector<LaneTable::Worker> workers);

  void OnServerReport(const std::string& node, const v1::ServerReport& report);
  void OnWorkerReport(const std::string& node, uint64_t orders_version,
                      const v1::WorkerReport& report);
  // The node is given up.
  void OnWorkerGone(const std::string& node);
  void OnServerGone(const std::string& node, absl::string_view why);

  // Ends the job: with the best model so far, or, if `discard`, without one.
  void Stop(bool discard);

  Action action() const { return action_; }
  void Kept(absl::StatusOr<CandidateWeights> weights);
  void Exported(const absl::Status& status);

  State state() const { return state_; }
  // Why the job failed, or why it was stopped without a model.
  const absl::Status& error() const { return error_; }

  // Whether the node has a part in the job, and what it should do.
  v1::ServerOrders ServerOrdersOf(const std::string& node) const;
  v1::WorkerOrders WorkerOrdersOf(const std::string& node) const;
  bool HasServer(const std::string& node) const;
  // Whether a worker holds a lane.
  bool Holds(const std::string& worker) const;

  const std::string& name() const { return name_; }
  const JobPlan& plan() const { return *plan_; }
  const JobMachine& machine() const { return machine_; }
  const LaneTable& lanes() const { return lanes_; }
  const v1::Routing& routing() const { return routing_; }
  uint64_t num_examples() const { return num_examples_; }
  uint32_t num_features() const { return num_features_; }
  // The newest report of each server, by node id.
  const std::map<std::string, v1::ServerReport>& server_reports() const {
    return server_reports_;
  }

  // For people: "training", "validating", ...; how far it is, 0 to 1; and what
  // it waits for (empty: nothing).
  std::string Phase() const;
  double PhaseProgress() const;
  std::string WhyWaiting() const;
  uint64_t examples_trained() const;
  uint64_t bad_records() const;
  std::vector<std::string> bad_record_messages() const;

 private:
  // Where the current step stands.
  enum class Stage {
    kTasks,         // workers read or score
    kBeginEpoch,    // servers begin the epoch
    kLanes,         // workers train
    kEpochResults,  // servers have applied everything and report it
    kWithdraw,      // stopped: workers hand their lanes back
    kAction,
    kEnded
  };
  struct BadRecordsOfSplit {
    uint64_t count = 0;
    std::vector<std::string> messages;
  };

  // Sets up the machine's current step.
  void BeginStep();
  void BeginTasks(std::vector<v1::Task> tasks);
  // Looks whether the stage is over, and goes on.
  void Proceed();
  void TasksDone();
  absl::Status SampleDone();
  absl::Status EvaluateDone();
  absl::Status MeasureDone();
  // Merges the evaluations in task results [begin, end).
  absl::StatusOr<LineupEvaluation> MergeEvaluations(
      const EvaluationSettings& settings, const LineupColumns& columns,
      size_t begin, size_t end) const;
  void OnTaskResult(const std::string& node, const v1::TaskResult& result);
  void OnSplitReport(const v1::SplitReport& report);
  void OnLaneError(const std::string& node, const v1::WorkerLane& lane);
  // The worker cannot work on this job, for a reason of its own. Others go on;
  // without others the job fails.
  void Exclude(const std::string& node, const absl::Status& why);
  bool EveryServer(absl::FunctionRef<bool(const v1::ServerReport&)> is) const;
  void Fail(absl::Status error);
  void Assign();

  const std::string name_;
  const std::unique_ptr<const JobPlan> plan_;
  const std::vector<Server> servers_;
  const Tell tell_;
  JobMachine machine_;
  LaneTable lanes_;
  TaskTable tasks_;
  std::vector<LaneTable::Worker> workers_;  // that can work on the job
  std::set<std::string> excluded_;
  std::vector<std::string> worker_ids_;
  v1::Routing routing_;

  State state_ = State::kRunning;
  Stage stage_ = Stage::kTasks;
  Action action_ = Action::kNone;
  absl::Status error_;
  bool opened_ = false;  // servers are told to open the job
  int64_t epoch_ = -1;   // that servers are told to begin
  uint64_t base_clock_ = 0;
  uint64_t num_examples_ = 0;
  uint32_t num_features_ = 0;
  uint32_t lane_errors_ = 0;
  uint64_t examples_before_epoch_ = 0;
  std::map<std::string, v1::ServerReport> server_reports_;
  std::map<std::pair<int, uint32_t>, BadRecordsOfSplit> bad_records_;
};

}  // namespace lineup

#endif  // LINEUP_COORDINATOR_CLUSTER_JOB_H_

// One job on a cluster: turns the steps of JobMachine into lanes for workers,
// tasks for workers and epochs for servers, and their reports into results.
//
// A state machine without threads, sockets, files or clocks: reports in, whole
// orders out. Orders are what a node should be doing now, derived from the
// state, so it does not matter if one is lost or repeated. What needs files or
// calls (copying weights from servers, writing the model, checkpoints) is an
// Action that the owner carries out and reports.
//
// When a server is lost, the job rewinds: to its newest checkpoint, or, without
// any, to the beginning of its training. Its slots are placed anew on the
// servers that there are, which get their rows from the checkpoint, and lanes
// go on from its clocks. Each placement has a number (the routing epoch), under
// which alone servers take calls: what was meant for an older placement, and a
// server that comes back from the dead, do no harm.
//
// With replicas (JobSpec.replicas) each server's slots are kept by another one,
// too, which follows every lane as all servers do. When a server is lost its
// replica takes over: the placement gets a new number and names another server
// for the slots, shards stay what they are, and all lanes begin again where
// they are, as if their holders had vanished. A replica that is lost leaves its
// server without one. Then slots move, so that each server has its own and a
// replica again; until then there are no checkpoints. The job rewinds only if a
// server is lost that has no replica.
//
// What must outlive the coordinator's process is told as records of its journal
// (AddRecords), from which a job is made that goes on where this one was
// (GoOn): at the beginning of its step, or, within an epoch, with all lanes to
// be given out anew. Servers and workers go on meanwhile.
//
// When servers join, or want to leave, the job's slots move: at a barrier, or
// between epochs (coordinator/slot_mover.h). Lanes then go on at their clocks.
//
// The parts: cluster_job.cc the steps, cluster_job_recovery.cc checkpoints and
// rewinding, cluster_job_replicas.cc taking over, cluster_job_moves.cc moving
// slots, cluster_job_journal.cc the journal, cluster_job_orders.cc orders, and
// what people are told.
//
// Thread safety: one thread at a time.

#ifndef LINEUP_COORDINATOR_CLUSTER_JOB_H_
#define LINEUP_COORDINATOR_CLUSTER_JOB_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/base/thread_pool.h"
#include "common/checkpoint/checkpoint_directory.h"
#include "common/job/job_plan.h"
#include "coordinator/barrier.h"
#include "coordinator/checkpointer.h"
#include "coordinator/job_machine.h"
#include "coordinator/job_tasks.h"
#include "coordinator/journal_record.h"
#include "coordinator/lane_table.h"
#include "coordinator/slot_mover.h"
#include "coordinator/slot_placement.h"
#include "coordinator/split_readers.h"
#include "coordinator/task_table.h"
#include "proto/checkpoint.pb.h"
#include "proto/job.pb.h"
#include "proto/journal.pb.h"
#include "proto/node.pb.h"

namespace lineup {

class ClusterJob {
 public:
  enum class State { kRunning, kSucceeded, kStopped, kFailed };

  // What the owner is to do, once each; it reports by the action's id.
  struct Action {
    enum class Kind {
      kCopyWeights,         // of machine().best_candidate(): Kept()
      kExport,              // write the model directory: Exported()
      kLoadCheckpoint,      // find the newest whole one: Loaded()
      kCompleteCheckpoint,  // write the manifest: CheckpointCompleted()
      kRemoveCheckpoint     // the files of one that failed; no report
    };
    Kind kind;
    uint64_t id;
    v1::CheckpointManifest manifest;  // or only its number
  };

  using Server = JobServer;

  // Something to tell who watches: kind ("epoch_trained", ...) and text.
  using Tell =
      std::function<void(absl::string_view kind, absl::string_view text)>;
  // The time of the event that is being handled.
  using Now = std::function<absl::Time()>;

  struct Options {
    std::string name;
    v1::JobSpec spec;
    std::unique_ptr<const JobPlan> plan;
    // To go on from; and the newest number that was given to a checkpoint.
    std::optional<WholeCheckpoint> checkpoint;
    uint64_t last_checkpoint = 0;
    // Numbers of terms, tasks and barriers are above.
    uint64_t last_number = 0;
    // What takes long is shared out to it; null: nothing is. Outlives the job.
    ThreadPool* pool = nullptr;
  };

  // `servers` hold the job's slots.
  ClusterJob(Options options, std::vector<Server> servers, Tell tell, Now now);

  // A job that goes on where another one was that has left these records: of
  // another process, whose numbers were lower than options.last_number.
  // `unheard`: workers that may still follow that one's orders, until they
  // report of ours or are gone. FAILED_PRECONDITION if the data are not those
  // that the other one was planned with.
  static absl::StatusOr<std::unique_ptr<ClusterJob>> GoOn(
      Options options, const JournalContents& journal,
      std::set<std::string> unheard, Tell tell, Now now);
  // Adds what has changed since the last call. To be written before anybody
  // hears of what has changed.
  void AddRecords(JournalRecords* records);

  // Who may work, and who leaves: live workers, in any order. To be called when
  // that changes, and after every report.
  void SetWorkers(std::vector<LaneTable::Worker> workers);

  // The servers that there are and that do not leave: to move slots to, and to
  // rewind to.
  void SetServers(std::vector<Server> servers);

  void OnServerReport(const std::string& node, const v1::ServerReport& report);
  void OnWorkerReport(const std::string& node, uint64_t orders_version,
                      const v1::WorkerReport& report);
  // The node is given up.
  void OnWorkerGone(const std::string& node);
  void OnServerGone(const std::string& node, absl::string_view why);

  // Ends the job: with the best model so far, or, if `discard`, without one.
  void Stop(bool discard);

  // Makes a checkpoint soon, within the epoch. FAILED_PRECONDITION if the job
  // makes none.
  absl::Status RequestCheckpoint();
  // Time passes.
  void Tick(absl::Time now);

  // Actions that nobody has taken yet.
  std::vector<Action> TakeActions() { return std::exchange(actions_, {}); }
  // Whether the job waits for what came of an action.
  bool Awaits(uint64_t action) const {
    return state_ == State::kRunning && action == awaited_action_;
  }
  void Kept(uint64_t action, absl::StatusOr<CandidateWeights> weights);
  void Exported(uint64_t action, const absl::Status& status);
  void Loaded(uint64_t action, absl::StatusOr<WholeCheckpoint> checkpoint);
  void CheckpointCompleted(uint64_t number, const absl::Status& status,
                           absl::Time now);

  State state() const { return state_; }
  // Why the job failed, or why it was stopped without a model.
  const absl::Status& error() const { return error_; }

  // Whether the node has a part in the job, and what it should do.
  v1::ServerOrders ServerOrdersOf(const std::string& node) const;
  v1::WorkerOrders WorkerOrdersOf(const std::string& node) const;
  bool HasServer(const std::string& node) const;
  // Whether a server has, or is about to have, slots that are still needed.
  bool NeedsServer(const std::string& node) const;
  // Whether it gets orders.
  bool GetsOrders(const std::string& node) const {
    return HasServer(node) || (mover_.preparing() && mover_.HasTarget(node));
  }
  // Whether a worker holds a lane.
  bool Holds(const std::string& worker) const;

  const std::string& name() const { return name_; }
  const v1::JobSpec& spec() const { return spec_; }
  const JobPlan& plan() const { return *plan_; }
  uint64_t data_fingerprint() const { return data_fingerprint_; }
  const JobMachine& machine() const { return machine_; }
  const LaneTable& lanes() const { return lanes_; }
  const v1::Routing& routing() const { return routing_; }
  // From the sample on: servers can open the job.
  bool sampled() const { return opened_; }
  uint64_t num_examples() const { return num_examples_; }
  // The newest complete checkpoint of this run; 0: none.
  uint64_t last_checkpoint() const { return completed_checkpoint_; }
  absl::Time last_checkpoint_time() const { return completed_at_; }
  uint32_t num_features() const { return num_features_; }
  // Each shard of the job, replicas last, with its newest report; null: none.
  struct ShardState {
    Server server;
    int position;  // in the routing, of its slots
    bool replica;  // that the server keeps of another one's slots
    // Of a replica: the server that it is kept of; null: that one was lost.
    const Server* of;
    const v1::ServerReport* report;
  };
  std::vector<ShardState> Shards() const;

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
    kCheckpoint,    // between epochs, servers copy their rows
    kBeginEpoch,    // servers begin the epoch
    kLanes,         // workers train
    kEpochResults,  // servers have applied everything and report it
    kWithdraw,      // stopped: workers hand their lanes back
    kAction,        // the owner copies or exports
    kTakeover,      // servers go on under the number of a new placement
    kMove,          // between epochs, servers take slots from others
    kMoved,         // servers open the job with the slots that they have now
    kRewind,        // waits for a checkpoint to be found, and for servers
    kOpening,       // servers get their rows from the checkpoint
    kEnded
  };
  struct BadRecordsOfSplit {
    uint64_t count = 0;
    std::vector<std::string> messages;
  };

  bool synchronous() const { return plan_->spec.staleness == 0; }

  // Sets up the machine's current step.
  void BeginStep();
  void BeginTasks(std::vector<v1::Task> tasks);
  void BeginTraining();
  void BeginEpoch();
  void BeginLanes();
  // Whether the next epoch is one that a checkpoint was taken within.
  bool ContinuesEpoch() const;
  // Looks whether the stage is over, and goes on.
  void Proceed();
  void TasksDone();
  absl::Status TakeResults();
  absl::Status SampleDone();
  absl::Status EvaluateDone();
  void EpochDone();
  void OnTaskResult(const std::string& node, const v1::TaskResult& result);
  void OnSplitReport(const v1::SplitReport& report);
  void OnLaneError(const std::string& node, const v1::WorkerLane& lane);
  // The worker cannot work on this job, for a reason of its own. Others go on;
  // without others the job fails.
  void Exclude(const std::string& node, const absl::Status& why);
  // Whether all shards, also replicas, were reported of under the current
  // placement, and `is` holds of each.
  bool EveryServer(absl::FunctionRef<bool(const v1::ServerReport&)> is) const;
  // Of the shards that answer for the slots, in their order; all are there.
  std::vector<const v1::ServerReport*> ServerReports() const;
  // The newest report of a server's own shard or of its replica, or null.
  const v1::ServerReport* ReportOf(const std::string& node, bool replica) const;
  // Of the shard that answers for the slots of a position.
  const v1::ServerReport* ReportOf(int position) const;
  void Fail(absl::Status error);
  void Assign();
  // Something for the owner to do; what is reported of earlier ones is not
  // waited for any more.
  void Act(Action::Kind kind);

  // cluster_job_recovery.cc
  bool makes_checkpoints() const { return !spec_.checkpoint_dir().empty(); }
  void BeginCheckpoint(bool lanes_run);
  void ProceedCheckpoint();
  void AbandonCheckpoint();
  void CheckpointFailed(uint64_t number, const absl::Status& error);
  // Has what there is of one removed.
  void RemoveCheckpoint(uint64_t number);
  void TickCheckpoint(absl::Time now);
  void FillManifest(v1::CheckpointManifest* manifest) const;
  // Makes the job what the manifest says, or what it was after its sample.
  absl::Status Restore(const WholeCheckpoint& checkpoint);
  absl::Status RestoreBeginning();
  void Rewind(absl::string_view why);
  // Once a checkpoint was looked for and there are servers.
  void TryOpening();
  bool EnoughServers() const;
  void PlaceSlots(std::vector<Server> servers);
  void Opened();

  // cluster_job_replicas.cc
  // Whether some server answers for slots of one that was lost.
  bool HasTakenOver() const;
  // Whose slots the server keeps as a replica, or has taken over; -1: none's.
  int ReplicaPosition(const std::string& node) const;
  // Begins a placement on servers_, each with its own slots.
  void SetPlacement(v1::Routing routing);
  bool CanTakeOver(const std::string& node) const;
  void TakeOver(const std::string& node, absl::string_view why);
  void TookOver();
  // All lanes have called every shard since a replica took over, or have ended
  // the epoch.
  void LookForLanesGoingOn();
  void LanesGoOn();
  // If a server has no replica that the user asked for.
  void TellOfReplicas();

  // cluster_job_journal.cc
  // One that is to be filled in.
  ClusterJob(Options* options, Tell tell, Now now);
  v1::JournalRun::Stage JournalStage() const;
  v1::JournalRun JournalRun() const;
  v1::JournalCourse JournalCourse() const;
  void AddSplitRecords(JournalRecords* records);
  absl::Status TakeRun(const v1::JournalRun& run);
  absl::Status TakeCourse(const v1::JournalCourse& course);
  void TakeSplits(const JournalContents& journal);
  void EnterStage(v1::JournalRun::Stage stage);
  void FillBadSplits(
      google::protobuf::RepeatedPtrField<v1::BadSplit>* splits) const;
  void TakeBadSplits(
      const google::protobuf::RepeatedPtrField<v1::BadSplit>& splits);
  // Where lanes stand on the servers, which have all reported.
  v1::TrainingClocks ClocksOfServers() const;

  // cluster_job_moves.cc
  // Whether the servers of the placement are not those that it should have.
  bool MoveIsWanted() const;
  bool MayMove() const;
  void TickMove();
  void BeginMove(bool lanes_run);
  void ProceedMove();
  void AbandonMove(absl::string_view why);
  void MoveFailed(const absl::Status& error);
  void Moved();
  void EndMove();

  const std::string name_;
  const v1::JobSpec spec_;
  const std::unique_ptr<const JobPlan> plan_;
  const uint64_t data_fingerprint_;
  const uint64_t last_number_;  // of orders before this process
  ThreadPool* const pool_;
  const Tell tell_;
  const Now now_;
  std::vector<Server> servers_;  // that hold the slots
  // That keep them, too, in the same order; without id: none does. Empty: there
  // are no replicas.
  std::vector<Server> replicas_;
  uint64_t same_since_ = 0;  // as in orders
  // When a replica took over: whether lanes ran; and since when they wait to go
  // on.
  bool lanes_ran_ = false;
  std::optional<absl::Time> taking_over_since_;
  std::vector<Server> present_;  // that could, by SetServers
  JobMachine machine_;
  SplitReaders readers_;
  LaneTable lanes_;
  TaskTable tasks_;
  std::unique_ptr<EvaluationMerge> merge_;  // of their results, if they are so
  Barrier barrier_;                         // of whichever needs one
  Checkpointer checkpointer_;
  SlotMover mover_;
  std::vector<LaneTable::Worker> workers_;  // that can work on the job
  std::vector<std::string> worker_ids_;     // of those that do not leave
  std::set<std::string> excluded_;
  v1::Routing routing_;
  uint64_t last_routing_epoch_ = 0;  // the newest number that was given

  State state_ = State::kRunning;
  Stage stage_ = Stage::kTasks;
  std::vector<Action> actions_;
  uint64_t last_action_ = 0;
  uint64_t awaited_action_ = 0;  // 0: none
  absl::Status error_;
  bool opened_ = false;      // servers are told to open the job
  bool copy_again_ = false;  // the weights, with the next tick
  bool stopping_ = false;    // by the user, with the best model so far
  int64_t epoch_ = -1;       // that servers are told to begin
  uint64_t base_clock_ = 0;
  uint64_t num_examples_ = 0;
  uint32_t num_features_ = 0;
  uint32_t lane_errors_ = 0;
  uint64_t examples_before_epoch_ = 0;
  std::map<std::string, v1::ServerReport> server_reports_;
  std::map<std::pair<int, uint32_t>, BadRecordsOfSplit> bad_records_;

  uint64_t last_checkpoint_;  // the newest number that was given
  uint64_t completed_checkpoint_ = 0;
  absl::Time completed_at_;
  absl::Time next_checkpoint_;  // by time; not set before lanes run
  bool checkpoint_requested_ = false;
  bool trained_since_checkpoint_ = false;
  // What the current placement was opened from; none: initial weights.
  std::optional<v1::RestoreOrder> restore_;
  v1::LaneSplits restored_splits_;
  bool looking_for_checkpoint_ = false;
  uint32_t rewinds_ = 0;  // since the job got further

  // What the journal has.
  std::string journaled_run_;
  bool course_changed_ = false;
  bool bad_records_changed_ = false;
  uint64_t journaled_splits_ = 0;  // numbers given
  // After a restart: the splits that lanes have been given, if they ran, and
  // the workers that may still follow orders from before.
  std::optional<v1::LaneSplits> splits_before_;
  std::set<std::string> unheard_;

  absl::Time next_move_;  // not before
  // After one that fails: doubled each time.
  static constexpr absl::Duration kFirstMovePause = absl::Seconds(10);
  absl::Duration move_pause_ = kFirstMovePause;
};

}  // namespace lineup

#endif  // LINEUP_COORDINATOR_CLUSTER_JOB_H_

#include "coordinator/cluster_job.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/failpoint.h"
#include "common/base/status_macros.h"
#include "common/job/lane_plan.h"
#include "common/rpc/errors.h"
#include "coordinator/job_tasks.h"
#include "glog/logging.h"

namespace lineup {
namespace {

// So many lanes may fail for reasons that another worker may not have before
// the job gives up.
constexpr uint32_t kMaxLaneErrors = 64;

// With its reason.
absl::Status StatusOf(const v1::NodeError& error) {
  v1::ErrorDetail detail;
  detail.set_reason(error.reason());
  return WithDetail(absl::Status(static_cast<absl::StatusCode>(error.code()),
                                 error.message()),
                    detail);
}

// Whether another worker, or another moment, may do better.
bool MayPass(const absl::Status& status) {
  // A holder that was given up may push once more, or end the lane's epoch,
  // after the next one has asked for the clock, which whoever gets the lane
  // then asks for anew.
  if (ReasonOf(status) == v1::ERROR_REASON_WRONG_CLOCK ||
      ReasonOf(status) == v1::ERROR_REASON_WRONG_EPOCH) {
    return true;
  }
  switch (status.code()) {
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
      return true;
    default:
      return false;
  }
}

// Whether a server has not got the job (any more): its loss is about to be
// noticed, and then the job rewinds.
bool ServerWasLost(const absl::Status& status) {
  const v1::ErrorReason reason = ReasonOf(status);
  return reason == v1::ERROR_REASON_UNKNOWN_JOB ||
         reason == v1::ERROR_REASON_STALE_ROUTING;
}

absl::Status From(absl::string_view node, const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrCat("worker ", node, ": ", status.message()));
}

}  // namespace

ClusterJob::ClusterJob(Options* options, Tell tell, Now now)
    : name_(std::move(options->name)),
      spec_(std::move(options->spec)),
      plan_(std::move(options->plan)),
      data_fingerprint_(DataFingerprint(*plan_)),
      last_number_(options->last_number),
      pool_(options->pool),
      tell_(std::move(tell)),
      now_(std::move(now)),
      machine_(plan_.get()),
      lanes_(plan_->spec.num_lanes, &readers_, last_number_),
      tasks_(&readers_, last_number_),
      barrier_(plan_->spec.num_lanes, plan_->spec.staleness == 0, last_number_),
      checkpointer_(&barrier_),
      mover_(&barrier_),
      last_checkpoint_(options->last_checkpoint) {}

ClusterJob::ClusterJob(Options options, std::vector<Server> servers, Tell tell,
                       Now now)
    : ClusterJob(&options, std::move(tell), std::move(now)) {
  present_ = std::move(servers);
  if (!options.checkpoint.has_value()) {
    PlaceSlots(present_);
    BeginStep();
    return;
  }
  stage_ = Stage::kRewind;
  const absl::Status status = Restore(*options.checkpoint);
  if (!status.ok()) Fail(status);
  TryOpening();
}

void ClusterJob::SetWorkers(std::vector<LaneTable::Worker> workers) {
  const bool had_workers = !worker_ids_.empty();
  workers_.clear();
  worker_ids_.clear();
  for (LaneTable::Worker& worker : workers) {
    if (excluded_.count(worker.id) > 0) continue;
    if (worker.leaves) {
      tasks_.OnGone(worker.id);
    } else {
      worker_ids_.push_back(worker.id);
    }
    workers_.push_back(std::move(worker));
  }
  if (had_workers && worker_ids_.empty() && state_ == State::kRunning) {
    tell_("job_waiting", absl::StrCat(name_, " waits for a worker"));
  }
  Assign();
}

void ClusterJob::Exclude(const std::string& node, const absl::Status& why) {
  if (!excluded_.insert(node).second) return;
  const auto is_it = [&](const LaneTable::Worker& w) { return w.id == node; };
  workers_.erase(std::remove_if(workers_.begin(), workers_.end(), is_it),
                 workers_.end());
  worker_ids_.erase(std::remove(worker_ids_.begin(), worker_ids_.end(), node),
                    worker_ids_.end());
  if (worker_ids_.empty()) return Fail(From(node, why));
  tell_("worker_excluded",
        absl::StrCat("worker ", node, " takes no part in ", name_,
                     ", which goes on without it: ", why.message()));
  OnWorkerGone(node);
}

void ClusterJob::Assign() {
  if (state_ != State::kRunning) return;
  if (stage_ == Stage::kTasks) tasks_.Assign(worker_ids_);
  if (stage_ == Stage::kLanes) lanes_.Balance(workers_);
}

void ClusterJob::Act(Action::Kind kind) {
  actions_.push_back({kind, ++last_action_, {}});
  awaited_action_ = last_action_;
}

void ClusterJob::BeginTasks(std::vector<v1::Task> tasks) {
  stage_ = Stage::kTasks;
  tasks_.Begin(std::move(tasks));
  Assign();
}

void ClusterJob::BeginStep() {
  awaited_action_ = 0;
  course_changed_ = true;
  switch (machine_.step()) {
    case JobMachine::Step::kSample:
      return BeginTasks(SampleTasks(*plan_));
    case JobMachine::Step::kTrain:
      if (servers_.empty()) {  // lost while none was needed
        stage_ = Stage::kRewind;
        return TryOpening();
      }
      // A move forgets the checkpoint that the job goes on from. An epoch that
      // began before it has to go on first; slots move while its lanes run.
      if (MayMove() && !ContinuesEpoch()) {
        stage_ = Stage::kMove;
        BeginMove(/*lanes_run=*/false);
        return Proceed();
      }
      return BeginTraining();
    case JobMachine::Step::kEvaluate:
      merge_ = std::make_unique<EvaluationMerge>(*plan_, machine_);
      return BeginTasks(EvaluateTasks(*plan_));
    case JobMachine::Step::kKeep:
      stage_ = Stage::kAction;
      return Act(Action::Kind::kCopyWeights);
    case JobMachine::Step::kMeasure:
      merge_ = std::make_unique<EvaluationMerge>(*plan_, machine_);
      return BeginTasks(MeasureTasks(*plan_));
    case JobMachine::Step::kDone:
      stage_ = Stage::kAction;
      return Act(Action::Kind::kExport);
  }
}

void ClusterJob::BeginTraining() {
  if (makes_checkpoints() && trained_since_checkpoint_ &&
      checkpointer_.idle() && !HasTakenOver()) {
    stage_ = Stage::kCheckpoint;
    BeginCheckpoint(/*lanes_run=*/false);
    return Proceed();
  }
  BeginEpoch();
}

void ClusterJob::BeginEpoch() {
  stage_ = Stage::kBeginEpoch;
  epoch_ = machine_.epoch();
  Proceed();
}

bool ClusterJob::ContinuesEpoch() const {
  return restore_.has_value() && restore_->clocks().epoch() == machine_.epoch();
}

void ClusterJob::BeginLanes() {
  stage_ = Stage::kLanes;
  if (splits_before_.has_value()) {
    lanes_.ContinueEpoch(*splits_before_, ClocksOfServers(), synchronous());
    splits_before_.reset();
  } else if (ContinuesEpoch()) {
    lanes_.ContinueEpoch(restored_splits_, restore_->clocks(), synchronous());
  } else {
    std::deque<uint32_t> splits;
    if (!synchronous()) {
      for (const size_t split : SplitOrder(plan_->train.splits().size(), epoch_,
                                           LanePlanOptionsOf(plan_->spec))) {
        splits.push_back(static_cast<uint32_t>(split));
      }
    }
    lanes_.BeginEpoch(std::move(splits), synchronous());
  }
  Assign();
  Proceed();
}

bool ClusterJob::EveryServer(
    absl::FunctionRef<bool(const v1::ServerReport&)> is) const {
  const std::vector<ShardState> shards = Shards();
  return !shards.empty() &&
         std::all_of(shards.begin(), shards.end(), [&](const ShardState& s) {
           return s.report != nullptr &&
                  s.report->routing_epoch() == routing_.epoch() &&
                  is(*s.report);
         });
}

std::vector<const v1::ServerReport*> ClusterJob::ServerReports() const {
  std::vector<const v1::ServerReport*> reports;
  for (size_t s = 0; s < servers_.size(); ++s) {
    reports.push_back(ReportOf(static_cast<int>(s)));
  }
  return reports;
}

void ClusterJob::Proceed() {
  if (state_ != State::kRunning) return;
  ProceedCheckpoint();
  ProceedMove();
  LookForLanesGoingOn();
  switch (stage_) {
    case Stage::kTasks:
      if (tasks_.all_done()) TasksDone();
      return;
    case Stage::kCheckpoint:
      if (!checkpointer_.holds_lanes()) BeginEpoch();
      return;
    case Stage::kMove:
      if (mover_.idle()) BeginTraining();  // it failed
      return;
    case Stage::kBeginEpoch:
      if (EveryServer([&](const v1::ServerReport& report) {
            return report.epoch() == epoch_;
          })) {
        BeginLanes();
      }
      return;
    case Stage::kLanes:
      if (!lanes_.all_finished() || checkpointer_.holds_lanes() ||
          mover_.preparing()) {
        return;
      }
      stage_ = Stage::kEpochResults;
      [[fallthrough]];
    case Stage::kEpochResults:
      if (EveryServer([&](const v1::ServerReport& report) {
            return report.epoch() == epoch_ && report.epoch_done();
          })) {
        EpochDone();
      }
      return;
    case Stage::kOpening:
      if (EveryServer([](const v1::ServerReport&) { return true; })) Opened();
      return;
    case Stage::kMoved:
      if (EveryServer([](const v1::ServerReport&) { return true; })) Moved();
      return;
    case Stage::kTakeover:
      if (EveryServer([](const v1::ServerReport&) { return true; })) TookOver();
      return;
    case Stage::kWithdraw:
      if (!lanes_.any_held() && unheard_.empty()) BeginStep();
      return;
    case Stage::kAction:
    case Stage::kRewind:
    case Stage::kEnded:
      return;
  }
}

void ClusterJob::EpochDone() {
  LanesGoOn();
  const v1::ServerReport& report = *ReportOf(0);
  EpochLoss loss;
  loss.loss_sums.assign(report.loss_sums().begin(), report.loss_sums().end());
  loss.examples = report.examples();
  loss.minibatches = report.minibatches();
  base_clock_ = report.max_clock();
  if (loss.loss_sums.size() != plan_->candidates.size()) {
    return Fail(absl::InternalError(absl::StrCat(
        "server ", servers_[0].address, " reports the losses of ",
        loss.loss_sums.size(), " candidates of ", plan_->candidates.size())));
  }
  examples_before_epoch_ += loss.examples;
  trained_since_checkpoint_ = true;
  lane_errors_ = 0;  // what it had to get over is past
  const absl::Status status = machine_.Trained(loss);
  if (!status.ok()) return Fail(status);
  tell_(
      "epoch_trained",
      absl::StrCat("epoch ", epoch_, " trained: ", loss.examples, " examples"));
  BeginStep();
}

void ClusterJob::TasksDone() {
  const absl::Status status = TakeResults();
  merge_ = nullptr;
  if (!status.ok()) return Fail(status);
  BeginStep();
}

absl::Status ClusterJob::TakeResults() {
  switch (machine_.step()) {
    case JobMachine::Step::kSample:
      return SampleDone();
    case JobMachine::Step::kEvaluate:
      return EvaluateDone();
    case JobMachine::Step::kMeasure:
      machine_.Measured(merge_->FinishMeasurement(machine_));
      return absl::OkStatus();
    default:
      return absl::InternalError("no tasks belong to this step");
  }
}

absl::Status ClusterJob::SampleDone() {
  LINEUP_ASSIGN_OR_RETURN(const Sampled sampled, MergeSample(tasks_));
  num_examples_ = sampled.num_examples;
  LINEUP_RETURN_IF_ERROR(machine_.Sampled(sampled.sample, num_examples_));
  if (MoveIsWanted()) PlaceSlots(present_);  // nothing is there yet
  opened_ = true;
  tell_("sampled", absl::StrCat("normalisation learnt from ",
                                sampled.sample.examples, " examples"));
  TellOfReplicas();
  return absl::OkStatus();
}

absl::Status ClusterJob::EvaluateDone() {
  LineupResults results = merge_->FinishEvaluation(pool_);
  const int64_t epoch = machine_.epoch();
  LINEUP_RETURN_IF_ERROR(Failpoint("selection.before"));
  LINEUP_RETURN_IF_ERROR(machine_.Evaluated(std::move(results)));
  LINEUP_RETURN_IF_ERROR(Failpoint("selection.after"));
  tell_("epoch_validated",
        absl::StrCat("epoch ", epoch, ": best candidate ",
                     machine_.best_candidate(), ", ",
                     machine_.compared_by().name, " ", machine_.best_value()));
  return absl::OkStatus();
}

void ClusterJob::OnServerReport(const std::string& node,
                                const v1::ServerReport& report) {
  if (report.job() != name_ || state_ != State::kRunning) return;
  mover_.OnReport(node, report.move());
  if (!HasServer(node)) return Proceed();
  if (report.wanted_routing_epoch() != routing_.epoch()) return;
  if (!report.error().empty()) {
    return Fail(absl::ResourceExhaustedError(
        absl::StrCat("server ", node, ": ", report.error())));
  }
  if (!report.restore_error().empty()) {
    return Rewind(absl::StrCat("server ", node,
                               " cannot go on: ", report.restore_error()));
  }
  server_reports_[node] = report;
  Proceed();
}

void ClusterJob::OnWorkerReport(const std::string& node,
                                uint64_t orders_version,
                                const v1::WorkerReport& report) {
  if (orders_version > last_number_ && report.lanes().empty()) {
    unheard_.erase(node);
  }
  if (state_ != State::kRunning || report.job() != name_) return Proceed();
  if (report.has_error()) return Exclude(node, StatusOf(report.error()));
  num_features_ = std::max(num_features_, report.num_features());
  for (const v1::SplitReport& split : report.splits()) OnSplitReport(split);
  for (const v1::WorkerLane& lane : report.lanes()) OnLaneError(node, lane);
  lanes_.OnReport(node, orders_version, report, epoch_);
  for (const v1::TaskResult& result : report.results()) {
    OnTaskResult(node, result);
  }
  Proceed();
  Assign();
}

void ClusterJob::OnTaskResult(const std::string& node,
                              const v1::TaskResult& result) {
  if (state_ != State::kRunning || tasks_.Find(result.task()) == nullptr) {
    return;
  }
  if (!result.has_error()) {
    if (tasks_.OnResult(result.task(), result.result()) && merge_ != nullptr) {
      const absl::Status merged = merge_->TakeFrom(&tasks_);
      if (!merged.ok()) Fail(merged);
    }
    return;
  }
  const absl::Status status = StatusOf(result.error());
  if (ServerWasLost(status)) return;
  if (result.error().of_this_node()) return Exclude(node, status);
  if (!MayPass(status) || ++lane_errors_ > kMaxLaneErrors) {
    return Fail(From(node, status));
  }
  tasks_.OnGone(node);
}

void ClusterJob::OnSplitReport(const v1::SplitReport& report) {
  // Workers that read the same split found the same bad records.
  const auto [found, is_new] = bad_records_.try_emplace(
      {static_cast<int>(report.part()), report.split()});
  if (!is_new) return;
  bad_records_changed_ = true;
  BadRecordsOfSplit& bad = found->second;
  bad.count = report.bad_records();
  bad.messages.assign(report.bad_record_messages().begin(),
                      report.bad_record_messages().end());
  if (bad_records() > plan_->spec.data.max_bad_records) {
    Fail(absl::InvalidArgumentError(
        absl::StrCat("more than ", plan_->spec.data.max_bad_records,
                     " records cannot be read (--max-bad-records), such as ",
                     absl::StrJoin(bad.messages, "; "))));
  }
}

void ClusterJob::OnLaneError(const std::string& node,
                             const v1::WorkerLane& lane) {
  if (lane.state() != v1::WorkerLane::STATE_FAILED ||
      lane.lane() >= lanes_.lanes().size()) {
    return;
  }
  const LaneTable::Lane& held = lanes_.lanes()[lane.lane()];
  if (held.holder != node || held.term != lane.term()) return;
  const absl::Status status = StatusOf(lane.error());
  if (ServerWasLost(status)) return;
  if (lane.error().of_this_node()) return Exclude(node, status);
  if (!MayPass(status) || ++lane_errors_ > kMaxLaneErrors) {
    return Fail(From(node, status));
  }
  tell_("lane_failed", absl::StrCat("lane ", lane.lane(), " on ", node, ": ",
                                    status.message()));
  lanes_.Free(lane.lane());
}

void ClusterJob::OnWorkerGone(const std::string& node) {
  unheard_.erase(node);
  lanes_.OnGone(node);
  tasks_.OnGone(node);
  Proceed();
  Assign();
}

void ClusterJob::Stop(bool discard) {
  if (state_ != State::kRunning) return;
  AbandonCheckpoint();
  if (mover_.preparing()) mover_.Abandon();
  const bool without_servers =
      opened_ && (stage_ == Stage::kRewind || stage_ == Stage::kOpening ||
                  stage_ == Stage::kMoved || stage_ == Stage::kTakeover);
  if (without_servers && !discard) {
    stopping_ = true;  // once they are there
    return;
  }
  const JobMachine::Step before = machine_.step();
  const absl::Status status =
      discard ? absl::CancelledError("stopped and discarded: there is no model")
      : examples_trained() == 0
          ? absl::FailedPreconditionError(
                "stopped before the first minibatch was learnt from: there is "
                "no model")
          : machine_.Stop();
  if (!status.ok()) {
    error_ = status;
    state_ = State::kStopped;
    stage_ = Stage::kEnded;
    awaited_action_ = 0;
    return;
  }
  stopping_ = true;
  course_changed_ = true;
  if (machine_.step() == before) return;  // ends by itself
  // The epoch under way is broken off: first its lanes come back.
  lanes_.Halt(workers_);
  stage_ = Stage::kWithdraw;
  Proceed();
}

void ClusterJob::Kept(uint64_t action,
                      absl::StatusOr<CandidateWeights> weights) {
  if (!Awaits(action)) return;
  if (!weights.ok()) {
    // The loss of a server is noticed in time.
    if (!ServerWasLost(weights.status()) &&
        (!MayPass(weights.status()) || ++lane_errors_ > kMaxLaneErrors)) {
      return Fail(weights.status());
    }
    copy_again_ = true;  // with the next tick
    return;
  }
  machine_.Kept(*std::move(weights));
  BeginStep();
}

void ClusterJob::Exported(uint64_t action, const absl::Status& status) {
  if (!Awaits(action)) return;
  if (!status.ok()) return Fail(status);
  awaited_action_ = 0;
  stage_ = Stage::kEnded;
  state_ = machine_.stopped_by_user() ? State::kStopped : State::kSucceeded;
}

void ClusterJob::Tick(absl::Time now) {
  if (state_ != State::kRunning) return;
  if (copy_again_ && stage_ == Stage::kAction) {
    Act(Action::Kind::kCopyWeights);
  }
  copy_again_ = false;
  TickCheckpoint(now);
  TickMove();
}

void ClusterJob::Fail(absl::Status error) {
  if (state_ != State::kRunning) return;
  AbandonCheckpoint();
  mover_.Abandon();
  state_ = State::kFailed;
  stage_ = Stage::kEnded;
  awaited_action_ = 0;
  error_ = std::move(error);
}

}  // namespace lineup

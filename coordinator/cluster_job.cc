#include "coordinator/cluster_job.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status_macros.h"
#include "common/job/job_codec.h"
#include "common/job/job_evaluation.h"
#include "common/job/lane_plan.h"
#include "common/job/sample_statistics.h"
#include "common/job/training_setup.h"
#include "common/linear/row_set.h"
#include "glog/logging.h"

namespace lineup {
namespace {

// So many lanes may fail for reasons that another worker may not have before
// the job gives up.
constexpr uint32_t kMaxLaneErrors = 64;

absl::Status StatusOf(const v1::NodeError& error) {
  return absl::Status(static_cast<absl::StatusCode>(error.code()),
                      error.message());
}

// Whether another worker, or another moment, may do better.
bool MayPass(const absl::Status& status) {
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

absl::Status From(absl::string_view node, const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrCat("worker ", node, ": ", status.message()));
}

v1::Routing MakeRouting(const std::vector<ClusterJob::Server>& servers) {
  v1::Routing routing;
  routing.set_epoch(1);
  std::string owners(kNumSlots, 0);
  for (uint32_t slot = 0; slot < kNumSlots; ++slot) {
    owners[slot] = static_cast<char>(slot * servers.size() / kNumSlots);
  }
  routing.set_slot_owners(owners);
  for (const ClusterJob::Server& server : servers) {
    routing.add_addresses(server.address);
  }
  return routing;
}

std::vector<v1::Task> TasksForSplits(v1::Task::Kind kind, v1::DataPart data,
                                     size_t num_splits) {
  std::vector<v1::Task> tasks(num_splits);
  for (size_t split = 0; split < num_splits; ++split) {
    tasks[split].set_kind(kind);
    tasks[split].set_data(data);
    tasks[split].add_splits(static_cast<uint32_t>(split));
  }
  return tasks;
}

void Append(std::vector<v1::Task> more, std::vector<v1::Task>* tasks) {
  for (v1::Task& task : more) tasks->push_back(std::move(task));
}

// Splits that the validation data is in: of its own files, or of the training
// files that a part is held out of.
size_t ValidationSplits(const JobPlan& plan) {
  return plan.validation.has_value() ? plan.validation->splits().size()
                                     : plan.train.splits().size();
}

}  // namespace

ClusterJob::ClusterJob(std::string name, std::unique_ptr<const JobPlan> plan,
                       std::vector<Server> servers, Tell tell)
    : name_(std::move(name)),
      plan_(std::move(plan)),
      servers_(std::move(servers)),
      tell_(std::move(tell)),
      machine_(plan_.get()),
      lanes_(plan_->spec.num_lanes),
      routing_(MakeRouting(servers_)) {
  BeginStep();
}

void ClusterJob::SetWorkers(std::vector<LaneTable::Worker> workers) {
  const bool had_workers = !workers_.empty();
  workers_.clear();
  worker_ids_.clear();
  for (LaneTable::Worker& worker : workers) {
    if (excluded_.count(worker.id) > 0) continue;
    worker_ids_.push_back(worker.id);
    workers_.push_back(std::move(worker));
  }
  if (had_workers && workers_.empty() && state_ == State::kRunning) {
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
  if (workers_.empty()) return Fail(From(node, why));
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

void ClusterJob::BeginTasks(std::vector<v1::Task> tasks) {
  stage_ = Stage::kTasks;
  tasks_.Begin(std::move(tasks));
  Assign();
}

void ClusterJob::BeginStep() {
  action_ = Action::kNone;
  switch (machine_.step()) {
    case JobMachine::Step::kSample: {
      std::vector<v1::Task> tasks;
      for (size_t part = 0; part < PlanSample(*plan_).size(); ++part) {
        tasks.emplace_back();
        tasks.back().set_kind(v1::Task::KIND_SAMPLE);
        tasks.back().set_part(static_cast<uint32_t>(part));
      }
      if (NeedsExampleCount(*plan_)) {
        Append(TasksForSplits(v1::Task::KIND_COUNT, v1::DATA_PART_TRAIN,
                              plan_->train.splits().size()),
               &tasks);
      }
      return BeginTasks(std::move(tasks));
    }
    case JobMachine::Step::kTrain:
      stage_ = Stage::kBeginEpoch;
      epoch_ = machine_.epoch();
      return Proceed();
    case JobMachine::Step::kEvaluate:
      return BeginTasks(plan_->has_validation()
                            ? TasksForSplits(v1::Task::KIND_EVALUATE,
                                             v1::DATA_PART_VALIDATION,
                                             ValidationSplits(*plan_))
                            : TasksForSplits(v1::Task::KIND_EVALUATE,
                                             v1::DATA_PART_TRAIN,
                                             plan_->train.splits().size()));
    case JobMachine::Step::kKeep:
      stage_ = Stage::kAction;
      action_ = Action::kCopyWeights;
      return;
    case JobMachine::Step::kMeasure: {
      std::vector<v1::Task> tasks =
          TasksForSplits(v1::Task::KIND_MEASURE, v1::DATA_PART_TRAIN,
                         plan_->train.splits().size());
      if (plan_->has_validation()) {
        Append(TasksForSplits(v1::Task::KIND_MEASURE, v1::DATA_PART_VALIDATION,
                              ValidationSplits(*plan_)),
               &tasks);
      }
      if (plan_->test.has_value()) {
        Append(TasksForSplits(v1::Task::KIND_MEASURE, v1::DATA_PART_TEST,
                              plan_->test->splits().size()),
               &tasks);
      }
      return BeginTasks(std::move(tasks));
    }
    case JobMachine::Step::kDone:
      stage_ = Stage::kAction;
      action_ = Action::kExport;
      return;
  }
}

bool ClusterJob::EveryServer(
    absl::FunctionRef<bool(const v1::ServerReport&)> is) const {
  return std::all_of(servers_.begin(), servers_.end(), [&](const Server& s) {
    const auto report = server_reports_.find(s.node_id);
    return report != server_reports_.end() && is(report->second);
  });
}

void ClusterJob::Proceed() {
  if (state_ != State::kRunning) return;
  switch (stage_) {
    case Stage::kTasks:
      if (tasks_.all_done()) TasksDone();
      return;
    case Stage::kBeginEpoch: {
      if (!EveryServer([&](const v1::ServerReport& report) {
            return report.epoch() == epoch_ && !report.epoch_done();
          })) {
        return;
      }
      const bool synchronous = plan_->spec.staleness == 0;
      std::deque<uint32_t> splits;
      if (!synchronous) {
        for (const size_t split :
             SplitOrder(plan_->train.splits().size(), epoch_,
                        LanePlanOptionsOf(plan_->spec))) {
          splits.push_back(static_cast<uint32_t>(split));
        }
      }
      lanes_.BeginEpoch(std::move(splits), synchronous);
      stage_ = Stage::kLanes;
      return Assign();
    }
    case Stage::kLanes:
      if (!lanes_.all_finished()) return;
      stage_ = Stage::kEpochResults;
      [[fallthrough]];
    case Stage::kEpochResults: {
      if (!EveryServer([&](const v1::ServerReport& report) {
            return report.epoch() == epoch_ && report.epoch_done();
          })) {
        return;
      }
      const v1::ServerReport& report = server_reports_[servers_[0].node_id];
      EpochLoss loss;
      loss.loss_sums.assign(report.loss_sums().begin(),
                            report.loss_sums().end());
      loss.examples = report.examples();
      loss.minibatches = report.minibatches();
      base_clock_ = report.max_clock();
      if (loss.loss_sums.size() != plan_->candidates.size()) {
        return Fail(absl::InternalError(
            absl::StrCat("server ", servers_[0].address,
                         " reports the losses of ", loss.loss_sums.size(),
                         " candidates of ", plan_->candidates.size())));
      }
      examples_before_epoch_ += loss.examples;
      const absl::Status status = machine_.Trained(loss);
      if (!status.ok()) return Fail(status);
      tell_("epoch_trained", absl::StrCat("epoch ", epoch_, " trained: ",
                                          loss.examples, " examples"));
      return BeginStep();
    }
    case Stage::kWithdraw:
      if (!lanes_.any_held()) BeginStep();
      return;
    case Stage::kAction:
    case Stage::kEnded:
      return;
  }
}

void ClusterJob::TasksDone() {
  absl::Status status;
  switch (machine_.step()) {
    case JobMachine::Step::kSample:
      status = SampleDone();
      break;
    case JobMachine::Step::kEvaluate:
      status = EvaluateDone();
      break;
    case JobMachine::Step::kMeasure:
      status = MeasureDone();
      break;
    default:
      LOG(FATAL) << "no tasks belong to this step";
  }
  if (!status.ok()) return Fail(status);
  BeginStep();
}

absl::Status ClusterJob::SampleDone() {
  SampleStatistics sample;
  for (size_t i = 0; i < tasks_.size(); ++i) {
    if (tasks_.task(i).kind() == v1::Task::KIND_COUNT) {
      uint64_t count = 0;
      if (!absl::SimpleAtoi(tasks_.result(i), &count)) {
        return absl::InternalError("a worker's count is not a number");
      }
      num_examples_ += count;
      continue;
    }
    v1::SampleStatistics message;
    if (!message.ParseFromString(tasks_.result(i))) {
      return absl::InternalError("a worker's sample cannot be read");
    }
    LINEUP_ASSIGN_OR_RETURN(const SampleStatistics part, DecodeSample(message));
    sample.Merge(part);
  }
  LINEUP_RETURN_IF_ERROR(machine_.Sampled(sample, num_examples_));
  opened_ = true;
  tell_("sampled", absl::StrCat("normalisation learnt from ", sample.examples,
                                " examples"));
  return absl::OkStatus();
}

absl::StatusOr<LineupEvaluation> ClusterJob::MergeEvaluations(
    const EvaluationSettings& settings, const LineupColumns& columns,
    size_t begin, size_t end) const {
  LineupEvaluation total(settings, columns);
  for (size_t i = begin; i < end; ++i) {
    LINEUP_ASSIGN_OR_RETURN(
        const LineupEvaluation part,
        LineupEvaluation::Parse(settings, columns, tasks_.result(i)));
    total.Merge(part);
  }
  return total;
}

absl::Status ClusterJob::EvaluateDone() {
  LINEUP_ASSIGN_OR_RETURN(
      const LineupEvaluation evaluation,
      MergeEvaluations(LineupSettings(*plan_, machine_.setup()),
                       machine_.setup().columns, 0, tasks_.size()));
  const int64_t epoch = machine_.epoch();
  LINEUP_RETURN_IF_ERROR(machine_.Evaluated(evaluation.Finish()));
  tell_("epoch_validated",
        absl::StrCat("epoch ", epoch, ": best candidate ",
                     machine_.best_candidate(), ", ",
                     machine_.compared_by().name, " ", machine_.best_value()));
  return absl::OkStatus();
}

absl::Status ClusterJob::MeasureDone() {
  FinalMetrics metrics;
  const LineupColumns columns = machine_.KeptColumns();
  const double threshold = machine_.kept_threshold();
  size_t begin = 0;
  while (begin < tasks_.size()) {
    const v1::DataPart data = tasks_.task(begin).data();
    size_t end = begin;
    while (end < tasks_.size() && tasks_.task(end).data() == data) ++end;
    LINEUP_ASSIGN_OR_RETURN(
        const LineupEvaluation evaluation,
        MergeEvaluations(KeptSettings(*plan_, machine_.setup()), columns, begin,
                         end));
    MetricValues values = evaluation.MetricsAt(0, threshold);
    if (data == v1::DATA_PART_TRAIN) metrics.train = std::move(values);
    if (data == v1::DATA_PART_VALIDATION) {
      metrics.validation = std::move(values);
    }
    if (data == v1::DATA_PART_TEST) metrics.test = std::move(values);
    begin = end;
  }
  machine_.Measured(std::move(metrics));
  return absl::OkStatus();
}

void ClusterJob::OnServerReport(const std::string& node,
                                const v1::ServerReport& report) {
  if (!HasServer(node) || state_ != State::kRunning) return;
  if (report.job() != name_) return;
  if (!report.error().empty()) {
    return Fail(absl::ResourceExhaustedError(
        absl::StrCat("server ", node, ": ", report.error())));
  }
  server_reports_[node] = report;
  Proceed();
}

void ClusterJob::OnWorkerReport(const std::string& node,
                                uint64_t orders_version,
                                const v1::WorkerReport& report) {
  if (state_ != State::kRunning || report.job() != name_) return;
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
  if (result.has_error()) {
    const absl::Status status = StatusOf(result.error());
    if (result.error().of_this_node()) return Exclude(node, status);
    if (!MayPass(status)) return Fail(From(node, status));
    if (++lane_errors_ > kMaxLaneErrors) return Fail(From(node, status));
    tasks_.OnGone(node);
    return;
  }
  tasks_.OnResult(result.task(), result.result());
}

void ClusterJob::OnSplitReport(const v1::SplitReport& report) {
  // Workers that read the same split found the same bad records.
  BadRecordsOfSplit& bad =
      bad_records_[{static_cast<int>(report.part()), report.split()}];
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
  if (lane.error().of_this_node()) return Exclude(node, status);
  if (!MayPass(status) || ++lane_errors_ > kMaxLaneErrors) {
    return Fail(From(node, status));
  }
  tell_("lane_failed", absl::StrCat("lane ", lane.lane(), " on ", node, ": ",
                                    status.message()));
  lanes_.Free(lane.lane());
}

void ClusterJob::OnWorkerGone(const std::string& node) {
  lanes_.OnGone(node);
  tasks_.OnGone(node);
  Proceed();
  Assign();
}

void ClusterJob::OnServerGone(const std::string& node, absl::string_view why) {
  if (!HasServer(node)) return;
  Fail(absl::UnavailableError(absl::StrCat("server ", node, ": ", why)));
}

void ClusterJob::Stop(bool discard) {
  if (state_ != State::kRunning) return;
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
    action_ = Action::kNone;
    return;
  }
  if (machine_.step() == before) return;  // ends by itself
  // The epoch under way is broken off: first its lanes come back.
  lanes_.Halt(workers_);
  stage_ = Stage::kWithdraw;
  Proceed();
}

void ClusterJob::Kept(absl::StatusOr<CandidateWeights> weights) {
  if (state_ != State::kRunning || action_ != Action::kCopyWeights) return;
  if (!weights.ok()) return Fail(weights.status());
  machine_.Kept(*std::move(weights));
  BeginStep();
}

void ClusterJob::Exported(const absl::Status& status) {
  if (state_ != State::kRunning || action_ != Action::kExport) return;
  if (!status.ok()) return Fail(status);
  action_ = Action::kNone;
  stage_ = Stage::kEnded;
  state_ = machine_.stopped_by_user() ? State::kStopped : State::kSucceeded;
}

void ClusterJob::Fail(absl::Status error) {
  if (state_ != State::kRunning) return;
  state_ = State::kFailed;
  stage_ = Stage::kEnded;
  action_ = Action::kNone;
  error_ = std::move(error);
}

bool ClusterJob::HasServer(const std::string& node) const {
  return std::any_of(servers_.begin(), servers_.end(),
                     [&](const Server& s) { return s.node_id == node; });
}

bool ClusterJob::Holds(const std::string& worker) const {
  return std::any_of(
      lanes_.lanes().begin(), lanes_.lanes().end(),
      [&](const LaneTable::Lane& lane) { return lane.holder == worker; });
}

v1::ServerOrders ClusterJob::ServerOrdersOf(const std::string& node) const {
  v1::ServerOrders orders;
  for (const Candidate& candidate : machine_.setup().columns.candidates()) {
    *orders.add_candidates() = EncodeCandidate(candidate);
  }
  orders.set_outputs(static_cast<uint32_t>(plan_->outputs));
  orders.set_seed(plan_->hyperparameters().seed);
  orders.set_num_lanes(plan_->spec.num_lanes);
  orders.set_staleness(plan_->spec.staleness);
  *orders.mutable_routing() = routing_;
  for (size_t i = 0; i < servers_.size(); ++i) {
    if (servers_[i].node_id == node) {
      orders.set_server_index(static_cast<uint32_t>(i));
    }
  }
  orders.set_epoch(epoch_);
  orders.set_base_clock(base_clock_);
  return orders;
}

v1::WorkerOrders ClusterJob::WorkerOrdersOf(const std::string& node) const {
  v1::WorkerOrders orders;
  if (opened_) *orders.mutable_routing() = routing_;
  orders.set_epoch(epoch_);
  orders.set_base_clock(base_clock_);
  if (stage_ == Stage::kLanes) lanes_.AddOrders(node, &orders);
  if (stage_ == Stage::kTasks) tasks_.AddOrders(node, &orders);
  return orders;
}

std::string ClusterJob::Phase() const {
  if (stage_ == Stage::kWithdraw) return "stopping";
  switch (machine_.step()) {
    case JobMachine::Step::kSample:
      return "sampling";
    case JobMachine::Step::kTrain:
      return "training";
    case JobMachine::Step::kEvaluate:
      return "validating";
    case JobMachine::Step::kKeep:
      return "keeping";
    case JobMachine::Step::kMeasure:
      return "measuring";
    case JobMachine::Step::kDone:
      return "exporting";
  }
  return "";
}

uint64_t ClusterJob::examples_trained() const {
  uint64_t sum = examples_before_epoch_;
  if (machine_.step() != JobMachine::Step::kTrain || servers_.empty()) {
    return sum;
  }
  const auto report = server_reports_.find(servers_[0].node_id);
  if (report != server_reports_.end() && report->second.epoch() == epoch_) {
    sum += report->second.examples();
  }
  return sum;
}

double ClusterJob::PhaseProgress() const {
  if (stage_ == Stage::kTasks) {
    return tasks_.size() == 0
               ? 1.0
               : static_cast<double>(tasks_.num_done()) / tasks_.size();
  }
  if (machine_.step() != JobMachine::Step::kTrain) return 0;
  const uint64_t total = machine_.examples_per_epoch();
  if (total == 0) return 0;
  return std::min(
      1.0,
      static_cast<double>(examples_trained() - examples_before_epoch_) / total);
}

std::string ClusterJob::WhyWaiting() const {
  if (state_ != State::kRunning) return "";
  if (workers_.empty() &&
      (stage_ == Stage::kTasks || stage_ == Stage::kLanes)) {
    return excluded_.empty()
               ? "a worker: none is there"
               : absl::StrCat("a worker: none is there but ", excluded_.size(),
                              " that cannot work on this job");
  }
  if (stage_ == Stage::kBeginEpoch || stage_ == Stage::kEpochResults) {
    for (const Server& server : servers_) {
      const auto report = server_reports_.find(server.node_id);
      const bool begun =
          report != server_reports_.end() && report->second.epoch() == epoch_;
      if (!begun ||
          (stage_ == Stage::kEpochResults && !report->second.epoch_done())) {
        return absl::StrCat("server ", server.address, " to ",
                            stage_ == Stage::kBeginEpoch ? "begin" : "end",
                            " epoch ", epoch_);
      }
    }
  }
  if (stage_ == Stage::kWithdraw) return "workers to hand back their lanes";
  return "";
}

uint64_t ClusterJob::bad_records() const {
  uint64_t sum = 0;
  for (const auto& [split, bad] : bad_records_) sum += bad.count;
  return sum;
}

std::vector<std::string> ClusterJob::bad_record_messages() const {
  std::vector<std::string> messages;
  for (const auto& [split, bad] : bad_records_) {
    messages.insert(messages.end(), bad.messages.begin(), bad.messages.end());
  }
  return messages;
}

}  // namespace lineup

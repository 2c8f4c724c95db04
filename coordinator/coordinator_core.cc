#include "coordinator/coordinator_core.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/failpoint.h"
#include "common/base/status_macros.h"
#include "common/job/job_state.h"
#include "common/rpc/errors.h"
#include "common/rpc/protocol.h"

namespace lineup {
namespace {

absl::string_view RoleName(v1::NodeRole role) {
  return role == v1::NODE_ROLE_SERVER ? "server" : "worker";
}

// Longer names serve nobody.
constexpr size_t kMaxNameBytes = 1024;
// Of what is kept of a node's report; several times what 1,024 lanes that all
// wait for each other need.
constexpr size_t kMaxReportBytes = size_t{8} << 20;

// Between two ticks of a coordinator that is not held up itself.
constexpr absl::Duration kLongestTick = absl::Seconds(2);

absl::Status RestartingError() {
  return RetryLaterError(
      "the coordinator was started anew and is taking up its job again; try "
      "again in a moment",
      absl::ZeroDuration());
}

}  // namespace

CoordinatorCore::CoordinatorCore(const Options& options)
    : options_(options), id_(options.id), events_(options.max_events) {}

absl::Status CoordinatorCore::CheckReport(const v1::NodeReport& report) const {
  if (report.protocol_version() != kProtocolVersion) {
    return VersionMismatchError(report.protocol_version(), kProtocolVersion);
  }
  if (report.node_id().empty() || (report.role() != v1::NODE_ROLE_SERVER &&
                                   report.role() != v1::NODE_ROLE_WORKER)) {
    return MalformedError("a report without node_id or role");
  }
  for (const std::string* text :
       {&report.node_id(), &report.address(), &report.version()}) {
    if (text->size() > kMaxNameBytes) {
      return LimitExceededError(
          absl::StrCat("a node's id, address or version has ", text->size(),
                       " bytes, at most ", kMaxNameBytes, " are allowed"),
          kMaxNameBytes);
    }
  }
  // Results go to the job, all else is kept.
  size_t bytes = report.ByteSizeLong();
  for (const v1::TaskResult& result : report.worker().results()) {
    bytes -= std::min(bytes, result.ByteSizeLong());
  }
  if (bytes > kMaxReportBytes) {
    return LimitExceededError(
        absl::StrCat("the report of node ", report.node_id(), " has ", bytes,
                     " bytes besides its results, at most ", kMaxReportBytes,
                     " are allowed"),
        kMaxReportBytes);
  }
  if (OrdersVersionOf(report) > last_version_) {
    return absl::FailedPreconditionError(
        "the node has newer orders than this coordinator knows of: its journal "
        "is an old copy; start the coordinator with another one (--journal)");
  }
  const auto node = nodes_.find(report.node_id());
  if (node == nodes_.end() && nodes_.size() >= options_.max_nodes) {
    return LimitExceededError(
        absl::StrCat("the cluster has ", nodes_.size(),
                     " nodes already, and no more are taken"),
        options_.max_nodes);
  }
  if (node != nodes_.end() && node->second.report.role() != report.role()) {
    return MalformedError(absl::StrCat("node ", report.node_id(), " was a ",
                                       RoleName(node->second.report.role()),
                                       " before"));
  }
  return absl::OkStatus();
}

absl::Status CoordinatorCore::OnReport(const v1::NodeReport& report,
                                       absl::Time now) {
  LINEUP_RETURN_IF_ERROR(CheckReport(report));
  if (IsLate(report)) return absl::OkStatus();
  LINEUP_RETURN_IF_ERROR(CheckAddress(report, now));
  if (restarting()) return RestartingError();
  const bool is_new = nodes_.find(report.node_id()) == nodes_.end();
  Node& node = nodes_[report.node_id()];
  if (is_new || (report.draining() && !node.draining)) {
    Changed(report.node_id());
  }
  if (is_new) {
    events_.Add(now, "", "node_joined",
                absl::StrCat(RoleName(report.role()), " ", report.node_id(),
                             " (", report.address(), ") has joined"));
  }
  if (report.draining() && !node.draining) {
    events_.Add(now, "", "node_draining",
                absl::StrCat(RoleName(report.role()), " ", report.node_id(),
                             " wants to leave"));
  }
  node.report = report;
  node.report.mutable_worker()->clear_results();
  node.last_heard = now;
  node.heard = true;
  node.draining |= report.draining();
  now_ = now;
  if (running_ != nullptr) {
    UpdateNodes();
    if (report.has_server()) {
      running_->run->OnServerReport(report.node_id(), report.server());
    }
    if (report.has_worker()) {
      running_->run->OnWorkerReport(report.node_id(), OrdersVersionOf(report),
                                    report.worker());
    }
  }
  Update(now);
  return absl::OkStatus();
}

absl::Status CoordinatorCore::CheckAddress(const v1::NodeReport& report,
                                           absl::Time now) const {
  if (report.role() != v1::NODE_ROLE_SERVER) return absl::OkStatus();
  for (const auto& [id, node] : nodes_) {
    if (id == report.node_id() || node.report.role() != report.role() ||
        node.report.address() != report.address()) {
      continue;
    }
    return RetryLaterError(
        absl::StrCat(
            "server ", report.node_id(), " says that workers reach it at ",
            report.address(), ", and so does server ", id, ", heard of ",
            absl::FormatDuration(
                absl::Trunc(now - node.last_heard, absl::Milliseconds(100))),
            " ago; give each server its own --listen or --advertise address. "
            "If the other has ended, its place is free in ",
            absl::FormatDuration(options_.lease)),
        absl::Milliseconds(500));
  }
  return absl::OkStatus();
}

void CoordinatorCore::ForgiveOwnPause(absl::Time now) {
  const absl::Time last = std::exchange(last_tick_, now);
  if (now - last <= kLongestTick) return;
  for (auto& [id, node] : nodes_) {
    // Those that were heard after it began have not been kept waiting longer.
    if (node.last_heard <= last) node.last_heard += now - last;
  }
}

void CoordinatorCore::Tick(absl::Time now) {
  ForgiveOwnPause(now);
  if (restarting()) return;  // nobody is heard
  std::vector<std::string> lost;
  for (const auto& [id, node] : nodes_) {
    if (now - node.last_heard > options_.lease) lost.push_back(id);
  }
  if (!lost.empty()) Failpoint("lease.expiry.before").IgnoreError();
  for (const std::string& id : lost) {
    const bool leaving = nodes_[id].orders.may_leave();
    Remove(id, leaving ? "node_left" : "node_lost",
           leaving ? "has left"
                   : absl::StrCat("was not heard of for ",
                                  absl::FormatDuration(options_.lease)),
           now);
  }
  if (!lost.empty()) Failpoint("lease.expiry.after").IgnoreError();
  const bool waited = WaitsForNodes();
  now_ = now;
  if (running_ != nullptr) {
    if (waited && !WaitsForNodes()) UpdateNodes();
    running_->run->Tick(now);
  }
  Update(now);
}

void CoordinatorCore::GiveUp(const std::string& id, absl::Time now) {
  if (nodes_.find(id) == nodes_.end()) return;
  Remove(id, "node_lost", "was given up", now);
  Update(now);
}

void CoordinatorCore::Remove(const std::string& id, absl::string_view kind,
                             absl::string_view why, absl::Time now) {
  const v1::NodeReport report = nodes_[id].report;
  RememberFormer(id, nodes_[id].orders.may_leave());
  nodes_.erase(id);
  Changed(id);
  events_.Add(now, "", kind,
              absl::StrCat(RoleName(report.role()), " ", id, " (",
                           report.address(), ") ", why));
  if (running_ == nullptr) return;
  now_ = now;
  UpdateNodes();
  if (report.role() == v1::NODE_ROLE_SERVER) {
    running_->run->OnServerGone(id, why);
  } else {
    running_->run->OnWorkerGone(id);
  }
}

const v1::NodeOrders& CoordinatorCore::Orders(const std::string& node) const {
  static const v1::NodeOrders* const kNone = new v1::NodeOrders();
  const auto found = nodes_.find(node);
  if (found != nodes_.end()) return found->second.orders;
  const auto former = former_.find(node);
  return former == former_.end() ? *kNone : former->second;
}

bool CoordinatorCore::IsLate(const v1::NodeReport& report) const {
  const auto former = former_.find(report.node_id());
  return former != former_.end() &&
         (former->second.may_leave() ||
          OrdersVersionOf(report) < former->second.version());
}

void CoordinatorCore::RememberFormer(const std::string& node, bool has_left) {
  v1::NodeOrders last;
  last.set_coordinator_id(id_);
  last.set_version(++last_version_);
  last.set_may_leave(has_left);
  const bool is_new = former_.insert_or_assign(node, std::move(last)).second;
  if (!is_new) return;
  former_order_.push_back(node);
  if (former_order_.size() <= options_.max_nodes) return;
  former_.erase(former_order_.front());
  former_order_.pop_front();
}

void CoordinatorCore::ForgetOldJobs() {
  size_t ended = 0;
  for (const std::unique_ptr<Job>& job : jobs_) ended += HasEnded(job->state);
  for (auto job = jobs_.begin(); ended > options_.max_ended_jobs;) {
    if (HasEnded((*job)->state)) {
      Changed(**job);
      job = jobs_.erase(job);
      --ended;
    } else {
      ++job;
    }
  }
}

absl::StatusOr<std::string> CoordinatorCore::Resume(
    const std::string& directory, v1::JobSpec spec, absl::Time now) {
  ForgetOldJobs();
  size_t queued = 0;
  for (const std::unique_ptr<Job>& job : jobs_) queued += !HasEnded(job->state);
  if (queued >= options_.max_queued_jobs) {
    return LimitExceededError(
        absl::StrCat("the queue is full: ", queued,
                     " jobs wait or run; wait for some to end, or stop them "
                     "with lineup stop"),
        options_.max_queued_jobs);
  }
  auto job = std::make_unique<Job>();
  job->id = absl::StrFormat("job-%d", ++last_job_);
  job->spec = std::move(spec);
  job->resume_from = directory;
  job->submitted = now;
  events_.Add(now, job->id, "job_queued",
              absl::StrCat(job->id,
                           job->spec.name().empty()
                               ? ""
                               : absl::StrCat(" (", job->spec.name(), ")"),
                           " is queued"));
  Changed(*job);
  jobs_.push_back(std::move(job));
  Update(now);
  return jobs_.back()->id;
}

absl::Status CoordinatorCore::TakeCheckpoint(const std::string& id,
                                             absl::Time now) {
  if (restarting()) return RestartingError();
  if (running_ == nullptr || (!id.empty() && running_->id != id)) {
    return absl::FailedPreconditionError(
        id.empty() ? "no job is running" : absl::StrCat(id, " is not running"));
  }
  now_ = now;
  const absl::Status status = running_->run->RequestCheckpoint();
  Update(now);
  return status;
}

absl::Status CoordinatorCore::Stop(const std::string& id, bool discard,
                                   absl::Time now) {
  Job* job = Find(id);
  if (job == nullptr) {
    return absl::NotFoundError(
        id.empty() ? "there is no job"
                   : absl::StrCat("there is no job \"", id,
                                  "\"; lineup jobs lists those there are"));
  }
  if (HasEnded(job->state)) {
    return absl::FailedPreconditionError(
        absl::StrCat(job->id, " has ended already"));
  }
  if (job->restarting()) return RestartingError();
  now_ = now;
  Changed(*job);
  if (job == running_) {
    events_.Add(now, job->id, "job_stopping",
                absl::StrCat(job->id, " is stopped by the user"));
    job->run->Stop(discard);
  } else {
    job->state = v1::JOB_STATE_STOPPED;
    job->ended = now;
    events_.Add(now, job->id, "job_stopped",
                absl::StrCat(job->id, " was stopped before it began"));
  }
  Update(now);
  return absl::OkStatus();
}

absl::Status CoordinatorCore::Drain(const std::string& id, absl::Time now) {
  const auto node = nodes_.find(id);
  if (node == nodes_.end()) {
    return absl::NotFoundError(absl::StrCat(
        "there is no node ", id, "; lineup nodes lists those there are"));
  }
  if (!node->second.draining) {
    LINEUP_RETURN_IF_ERROR(CheckDrain(id));
    node->second.draining = true;
    Changed(id);
    events_.Add(now, "", "node_draining",
                absl::StrCat("node ", id, " is asked to leave"));
  }
  now_ = now;
  if (running_ != nullptr) UpdateNodes();
  Update(now);
  return absl::OkStatus();
}

absl::Status CoordinatorCore::CheckDrain(const std::string& id) const {
  if (running_ == nullptr || !running_->run->NeedsServer(id)) {
    return absl::OkStatus();
  }
  const std::vector<ClusterJob::Server> servers = Servers();
  if (servers.size() == 1 && servers[0].node_id == id) {
    return absl::FailedPreconditionError(absl::StrCat(
        "server ", id, " is the last one that ", running_->id,
        " has, and nobody could take over its slots: start another one first, "
        "or stop the job"));
  }
  return absl::OkStatus();
}

std::vector<CoordinatorCore::Work> CoordinatorCore::TakeWork() {
  std::vector<Work> work;
  for (const std::unique_ptr<Job>& job : jobs_) {
    if ((job->state == v1::JOB_STATE_QUEUED || job->restarting()) &&
        !job->planning && !job->plan.has_value()) {
      job->planning = true;
      work.push_back({job->id, std::nullopt});
    }
    if (job->run == nullptr) continue;
    // Of one that has ended, too: what it leaves behind is to be removed.
    for (ClusterJob::Action& action : job->run->TakeActions()) {
      work.push_back({job->id, std::move(action)});
    }
  }
  return work;
}

void CoordinatorCore::Planned(const std::string& id, absl::StatusOr<Plan> plan,
                              absl::Time now) {
  Job* job = Find(id);
  if (job == nullptr ||
      (job->state != v1::JOB_STATE_QUEUED && !job->restarting())) {
    return;
  }
  job->planning = false;
  Changed(*job);
  if (plan.ok() && job->restarting()) {
    GoOnRunning(job, *std::move(plan), now);
  } else if (plan.ok()) {
    job->spec = plan->spec;
    job->plan = *std::move(plan);
    job->state = v1::JOB_STATE_WAITING_FOR_NODES;
  } else {
    FailPlanned(job, plan.status(), now);
  }
  Update(now);
}

void CoordinatorCore::FailPlanned(Job* job, absl::Status why, absl::Time now) {
  job->state = v1::JOB_STATE_FAILED;
  job->error = std::move(why);
  job->ended = now;
  run_ended_ |= job->restarting();
  job->records.reset();
  events_.Add(now, job->id, "job_failed",
              absl::StrCat(job->id, " failed: ", job->error.message()));
}

void CoordinatorCore::Acted(const std::string& id,
                            absl::FunctionRef<void(ClusterJob&)> tell,
                            absl::Time now) {
  if (running_ == nullptr || running_->id != id) return;
  now_ = now;
  tell(*running_->run);
  Update(now);
}

CoordinatorCore::Job* CoordinatorCore::Find(absl::string_view id) {
  return const_cast<Job*>(FindJob(id));
}

const CoordinatorCore::Job* CoordinatorCore::FindJob(
    absl::string_view id) const {
  if (id.empty()) {
    if (running_ != nullptr) return running_;
    return jobs_.empty() ? nullptr : jobs_.back().get();
  }
  for (const std::unique_ptr<Job>& job : jobs_) {
    if (job->id == id) return job.get();
  }
  return nullptr;
}

uint32_t CoordinatorCore::JobsAhead(const std::string& id) const {
  uint32_t ahead = 0;
  for (const std::unique_ptr<Job>& job : jobs_) {
    if (job->id == id) break;
    if (!HasEnded(job->state)) ++ahead;
  }
  return ahead;
}

bool CoordinatorCore::WaitsForNodes() const {
  return now_ < waits_for_nodes_until_ &&
         std::any_of(nodes_.begin(), nodes_.end(),
                     [](const auto& node) { return !node.second.heard; });
}

std::vector<std::string> CoordinatorCore::NodesOf(v1::NodeRole role) const {
  std::vector<std::string> ids;
  if (WaitsForNodes()) return ids;
  for (const auto& [id, node] : nodes_) {
    // What a server has of the job it keeps until its lease ends.
    const bool is_there =
        node.heard || (running_ != nullptr && running_->run->HasServer(id));
    if (node.report.role() == role && is_there && !node.draining) {
      ids.push_back(id);
    }
  }
  return ids;
}

std::string CoordinatorCore::WhyWaiting(const Job& job) const {
  if (job.run != nullptr) return job.run->WhyWaiting();
  if (HasEnded(job.state)) return "";
  const uint32_t ahead = JobsAhead(job.id);
  if (ahead == 1) return "the job before it";
  if (ahead > 0) return absl::StrCat("the ", ahead, " jobs before it");
  if (!job.plan.has_value()) return "its data to be looked at";
  const size_t servers = NodesOf(v1::NODE_ROLE_SERVER).size();
  const size_t workers = NodesOf(v1::NODE_ROLE_WORKER).size();
  const size_t min_servers = std::max(1u, job.spec.min_servers());
  const size_t min_workers = std::max(1u, job.spec.min_workers());
  std::string why;
  if (servers < min_servers) {
    why = absl::StrCat(min_servers - servers, " more server(s)");
  }
  if (workers < min_workers) {
    absl::StrAppend(&why, why.empty() ? "" : " and ", min_workers - workers,
                    " more worker(s)");
  }
  return why;
}

void CoordinatorCore::Update(absl::Time now) {
  now_ = now;
  EndRunning(now);
  StartNext(now);
  UpdateOrders();
  std::vector<std::string> gone;
  for (const auto& [id, node] : nodes_) {
    if (node.orders.may_leave() &&
        OrdersVersionOf(node.report) >= node.orders.version()) {
      gone.push_back(id);  // it knows that it may leave
    }
  }
  for (const std::string& id : gone) Remove(id, "node_left", "has left", now);
}

void CoordinatorCore::EndRunning(absl::Time now) {
  if (running_ == nullptr) return;
  Job& job = *running_;
  switch (job.run->state()) {
    case ClusterJob::State::kRunning:
      return;
    case ClusterJob::State::kSucceeded:
      job.state = v1::JOB_STATE_SUCCEEDED;
      events_.Add(now, job.id, "job_succeeded",
                  absl::StrCat(job.id, " succeeded: ", job.spec.output()));
      break;
    case ClusterJob::State::kStopped:
      job.state = v1::JOB_STATE_STOPPED;
      job.error = job.run->error();
      events_.Add(now, job.id, "job_stopped",
                  absl::StrCat(job.id, " was stopped",
                               job.error.ok() ? "" : " and has no model"));
      break;
    case ClusterJob::State::kFailed:
      job.state = v1::JOB_STATE_FAILED;
      job.error = job.run->error();
      events_.Add(now, job.id, "job_failed",
                  absl::StrCat(job.id, " failed: ", job.error.message()));
      break;
  }
  job.ended = now;
  Changed(job);
  run_ended_ = true;
  running_ = nullptr;
}

void CoordinatorCore::StartNext(absl::Time now) {
  if (running_ != nullptr) return;
  for (const std::unique_ptr<Job>& job : jobs_) {
    if (HasEnded(job->state)) continue;
    if (job->restarting()) return;
    const std::string why = job->plan.has_value() ? WhyWaiting(*job) : "";
    TellWaiting(job.get(), why, now);
    if (!job->plan.has_value() || !why.empty()) return;
    std::vector<ClusterJob::Server> servers = Servers();
    job->state = v1::JOB_STATE_RUNNING;
    job->started = now;
    Changed(*job);
    events_.Add(
        now, job->id, "job_started",
        absl::StrCat(job->id, " started on ", servers.size(), " server(s)"));
    ClusterJob::Options options = OptionsOf(*job, *std::move(job->plan));
    job->plan.reset();
    job->run =
        std::make_unique<ClusterJob>(std::move(options), std::move(servers),
                                     TellOf(job->id), [this] { return now_; });
    running_ = job.get();
    UpdateNodes();
    return;
  }
}

ClusterJob::Options CoordinatorCore::OptionsOf(const Job& job,
                                               Plan plan) const {
  ClusterJob::Options options;
  options.name = job.id;
  options.spec = job.spec;
  options.plan = std::move(plan.plan);
  options.checkpoint = std::move(plan.checkpoint);
  options.last_checkpoint = plan.last_checkpoint;
  options.last_number = LastNumber();
  options.pool = options_.pool;
  return options;
}

ClusterJob::Tell CoordinatorCore::TellOf(const std::string& job) {
  return [this, job](absl::string_view kind, absl::string_view text) {
    events_.Add(now_, job, kind, text);
  };
}

void CoordinatorCore::TellWaiting(Job* job, const std::string& why,
                                  absl::Time now) {
  if (why == job->told_waiting) return;
  job->told_waiting = why;
  if (why.empty()) return;
  events_.Add(now, job->id, "job_waiting",
              absl::StrCat(job->id, " waits for ", why));
}

void CoordinatorCore::UpdateNodes() {
  std::vector<LaneTable::Worker> workers;
  for (const std::string& id : NodesOf(v1::NODE_ROLE_WORKER)) {
    workers.push_back({id, nodes_[id].orders.version()});
  }
  for (const auto& [id, node] : nodes_) {
    if (node.draining && node.report.role() == v1::NODE_ROLE_WORKER) {
      workers.push_back({id, node.orders.version(), /*leaves=*/true});
    }
  }
  running_->run->SetWorkers(std::move(workers));
  running_->run->SetServers(Servers());
}

std::vector<ClusterJob::Server> CoordinatorCore::Servers() const {
  std::vector<ClusterJob::Server> servers;
  for (const std::string& id : NodesOf(v1::NODE_ROLE_SERVER)) {
    servers.push_back({id, nodes_.at(id).report.address()});
  }
  return servers;
}

v1::NodeOrders CoordinatorCore::OrdersOf(const std::string& id,
                                         const Node& node) const {
  v1::NodeOrders orders;
  orders.set_coordinator_id(id_);
  const bool is_server = node.report.role() == v1::NODE_ROLE_SERVER;
  if (running_ != nullptr) {
    const ClusterJob& run = *running_->run;
    if (!is_server) {
      orders.set_job(running_->id);
      *orders.mutable_worker() = run.WorkerOrdersOf(id);
    } else if (run.GetsOrders(id) && run.sampled()) {
      orders.set_job(running_->id);
      *orders.mutable_server() = run.ServerOrdersOf(id);
    }
  }
  if (node.draining) {
    orders.set_may_leave(
        is_server ? running_ == nullptr || !running_->run->NeedsServer(id)
                  : orders.worker().lanes().empty() &&
                        orders.worker().tasks().empty() &&
                        (running_ == nullptr || !running_->run->Holds(id)));
  }
  return orders;
}

void CoordinatorCore::UpdateOrders() {
  for (auto& [id, node] : nodes_) {
    v1::NodeOrders orders = OrdersOf(id, node);
    orders.set_version(node.orders.version());
    if (node.orders.version() > 0 &&
        orders.SerializeAsString() == node.orders.SerializeAsString()) {
      continue;
    }
    orders.set_version(++last_version_);
    node.orders = std::move(orders);
  }
}

}  // namespace lineup

#include "worker/worker_node.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/job/lane_plan.h"
#include "glog/logging.h"
#include "worker/node_error.h"

namespace lineup {
namespace {

// What is wrong on this machine is said on it, too.
void LogOwnError(const std::string& job, const absl::Status& status) {
  if (!NodeErrorOf(status).of_this_node()) return;
  LOG(ERROR) << "this worker cannot work on " << job << ": "
             << status.message();
}

// Minibatches that a lane computes in a row (lane_turns.h): of the staleness
// only a part, so that lanes of different workers do not wait for one another.
uint64_t RunOf(Staleness staleness) {
  return std::clamp<uint64_t>(staleness / 4, 1, 4);
}

}  // namespace

struct WorkerNode::Lane {
  uint32_t number = 0;
  uint64_t term = 0;
  int64_t epoch = -1;
  uint64_t base_clock = 0;
  uint64_t routing_epoch = 0;
  // Guarded by the node's lock.
  v1::WorkerLane::State state = v1::WorkerLane::STATE_RUNNING;
  absl::Status error;
  bool queued = false;    // a thread has it or will have
  bool woken = false;     // while a thread had it
  bool released = false;  // given back: no thread goes on with it
  uint64_t clock = 0;
  uint64_t next_clock = 0;  // that the runner begins with
  uint64_t examples = 0;
  uint64_t windows_opened = 0;
  std::string why_waiting;
  int windows_given = 0;
  std::vector<Window> new_windows;
  bool close = false;

  // A lane that was given back outlives its place among those held; what it
  // refers to must not go before it.
  std::shared_ptr<Held> keeps;

  // Of the thread that runs the lane. Destroyed last to first.
  ParameterClient* client = nullptr;  // the job's
  std::unique_ptr<LaneStream> stream;
  std::unique_ptr<LaneMinibatches> minibatches;
  std::unique_ptr<GradientKernel> kernel;
  std::unique_ptr<LaneRunner> runner;
};

struct WorkerNode::TaskState {
  bool done = false;
  v1::TaskResult result;
};

struct WorkerNode::Held {
  std::unique_ptr<WorkerJob> job;
  bool preparing = false;
  absl::Status error;                // of preparing
  std::unique_ptr<LaneTurns> turns;  // null: synchronous, or no lane yet
  std::map<uint32_t, std::shared_ptr<Lane>> lanes;
  std::map<uint64_t, TaskState> tasks;
};

WorkerNode::WorkerNode(const Options& options, WorkerServices* services,
                       const Clock* clock, std::function<void()> news)
    : options_(options),
      services_(*services),
      clock_(*clock),
      news_(std::move(news)),
      io_pool_(std::max(2, options.threads)),
      compute_pool_(1) {
  for (int i = 0; i < options.threads; ++i) {
    threads_.emplace_back([this] { RunThread(); });
  }
}

WorkerNode::~WorkerNode() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    work_.SignalAll();
  }
  for (std::thread& thread : threads_) thread.join();
  // Calls of lanes that are under way refer to them.
  std::vector<std::shared_ptr<Lane>> lanes;
  {
    MutexLock lock(&mutex_);
    LetGo();
    lanes = std::move(leaving_);
  }
  for (const std::shared_ptr<Lane>& lane : lanes) {
    if (lane->runner != nullptr) lane->runner->WaitUntilIdle();
  }
}

void WorkerNode::RunThread() {
  for (;;) {
    std::function<void()> work;
    {
      MutexLock lock(&mutex_);
      while (queue_.empty() && !stopping_) work_.Wait(&mutex_);
      if (stopping_) return;
      work = std::move(queue_.front());
      queue_.pop_front();
    }
    work();
  }
}

void WorkerNode::Enqueue(std::function<void()> work) {
  queue_.push_back(std::move(work));
  work_.Signal();
}

void WorkerNode::OnOrders(const v1::NodeOrders& orders) {
  MutexLock lock(&mutex_);
  const bool same = orders.coordinator_id() == orders_.coordinator_id();
  if (same && orders.version() < orders_.version()) return;
  if (!same) LetGo();
  orders_ = orders;
  Reconcile();
}

void WorkerNode::LetGo() {
  if (held_ == nullptr) return;
  for (const auto& [number, lane] : held_->lanes) Release(held_, lane);
  held_->lanes.clear();
  held_->job->Cancel();
  held_ = nullptr;
}

void WorkerNode::Reconcile() {
  const std::string job = held_ == nullptr ? "" : held_->job->name();
  if (job != orders_.job()) {
    LetGo();
    if (!orders_.job().empty()) {
      held_ = std::make_shared<Held>();
      held_->job =
          std::make_unique<WorkerJob>(orders_.job(), options_.job, &services_);
    }
  }
  leaving_.erase(
      std::remove_if(leaving_.begin(), leaving_.end(),
                     [](const std::shared_ptr<Lane>& lane) {
                       return !lane->queued &&
                              (lane->runner == nullptr || lane->runner->idle());
                     }),
      leaving_.end());
  if (held_ == nullptr) return;
  const uint64_t routing = orders_.worker().routing().epoch();
  if (routing != held_->job->routing_epoch() &&
      held_->job->routing_epoch() != 0) {
    // The slots have been placed anew: nothing goes to the servers of before.
    for (const auto& [number, lane] : held_->lanes) Release(held_, lane);
    held_->lanes.clear();
    held_->job->Cancel();
  }
  if (!held_->preparing && held_->error.ok() &&
      (!held_->job->prepared() ||
       (routing != 0 && held_->job->routing_epoch() != routing))) {
    held_->preparing = true;
    Enqueue([this, held = held_] { PrepareJob(held); });
  }
  if (held_->preparing || !held_->error.ok()) return;
  ReconcileTasks(held_);
  ReconcileLanes(held_);
}

void WorkerNode::PrepareJob(const std::shared_ptr<Held>& held) {
  v1::Routing routing;
  {
    MutexLock lock(&mutex_);
    if (held != held_) return;
    routing = orders_.worker().routing();
  }
  absl::Status status;
  if (!held->job->prepared()) status = held->job->Prepare();
  if (status.ok() && routing.epoch() != 0 &&
      held->job->routing_epoch() != routing.epoch()) {
    status = held->job->Open(routing);
  }
  if (!status.ok()) {
    LOG(ERROR) << "this worker cannot work on " << held->job->name() << ": "
               << status.message();
  }
  {
    MutexLock lock(&mutex_);
    held->preparing = false;
    held->error = status;
    if (held != held_) return;
    Reconcile();
  }
  if (!status.ok()) news_();
}

void WorkerNode::ReconcileTasks(const std::shared_ptr<Held>& held) {
  std::map<uint64_t, TaskState> tasks;
  for (const v1::Task& task : orders_.worker().tasks()) {
    const auto known = held->tasks.find(task.id());
    if (known != held->tasks.end()) {
      tasks[task.id()] = std::move(known->second);
      continue;
    }
    TaskState& state = tasks[task.id()];
    state.result.set_task(task.id());
    Enqueue([this, held, task] { DoTask(held, task); });
  }
  held->tasks = std::move(tasks);
}

void WorkerNode::DoTask(const std::shared_ptr<Held>& held,
                        const v1::Task& task) {
  {
    MutexLock lock(&mutex_);
    if (held != held_ || held->tasks.count(task.id()) == 0) return;
  }
  absl::StatusOr<std::string> result = held->job->Do(task);
  if (!result.ok()) LogOwnError(held->job->name(), result.status());
  {
    MutexLock lock(&mutex_);
    const auto state = held->tasks.find(task.id());
    if (state == held->tasks.end()) return;
    state->second.done = true;
    if (result.ok()) {
      state->second.result.set_result(*std::move(result));
    } else {
      *state->second.result.mutable_error() = NodeErrorOf(result.status());
    }
  }
  news_();
}

void WorkerNode::ReconcileLanes(const std::shared_ptr<Held>& held) {
  const v1::WorkerOrders& orders = orders_.worker();
  std::map<uint32_t, const v1::LaneOrder*> ordered;
  for (const v1::LaneOrder& order : orders.lanes()) {
    ordered[order.lane()] = &order;
  }
  for (auto it = held->lanes.begin(); it != held->lanes.end();) {
    const auto order = ordered.find(it->first);
    if (order != ordered.end() && order->second->term() == it->second->term &&
        orders.epoch() == it->second->epoch &&
        orders.routing().epoch() == it->second->routing_epoch) {
      ++it;
      continue;
    }
    Release(held, it->second);
    it = held->lanes.erase(it);
  }
  for (const auto& [number, order] : ordered) {
    std::shared_ptr<Lane>& lane = held->lanes[number];
    if (lane == nullptr) {
      lane = std::make_shared<Lane>();
      lane->number = number;
      lane->term = order->term();
      lane->epoch = orders.epoch();
      lane->base_clock = orders.base_clock();
      lane->routing_epoch = orders.routing().epoch();
      lane->clock = lane->base_clock + 1;
    }
    for (int w = lane->windows_given; w < order->windows_size(); ++w) {
      lane->new_windows.emplace_back(order->windows(w).splits().begin(),
                                     order->windows(w).splits().end());
    }
    lane->windows_given = order->windows_size();
    lane->close = order->closed();
    const bool may_go_on = lane->state == v1::WorkerLane::STATE_RUNNING ||
                           lane->state == v1::WorkerLane::STATE_NEEDS_SPLIT;
    const bool has_news =
        lane->runner == nullptr || !lane->new_windows.empty() || lane->close;
    if (may_go_on && has_news) EnqueueLane(held, lane);
  }
  if (!held->lanes.empty() && lane_time_from_ == absl::Time()) {
    lane_time_from_ = clock_.Now();
  } else if (held->lanes.empty() && lane_time_from_ != absl::Time()) {
    lane_time_ += clock_.Now() - lane_time_from_;
    lane_time_from_ = absl::Time();
  }
  news_();
}

void WorkerNode::EnqueueLane(const std::shared_ptr<Held>& held,
                             const std::shared_ptr<Lane>& lane) {
  if (lane->queued) {
    lane->woken = true;
    return;
  }
  lane->queued = true;
  Enqueue([this, held, lane] { RunLane(held, lane); });
}

void WorkerNode::Release(const std::shared_ptr<Held>& held,
                         const std::shared_ptr<Lane>& lane) {
  lane->released = true;
  lane->keeps = held;
  leaving_.push_back(lane);
  // Else the thread that has it does so.
  if (!lane->queued) Enqueue([held, lane] { LeaveTurns(*held, *lane); });
}

void WorkerNode::LeaveTurns(const Held& held, const Lane& lane) {
  if (held.turns != nullptr && lane.runner != nullptr) {
    held.turns->Leave(lane.runner.get());
  }
}

void WorkerNode::WakeLane(const std::shared_ptr<Lane>& lane) {
  MutexLock lock(&mutex_);
  if (lane->released || held_ == nullptr) return;
  EnqueueLane(held_, lane);
}

absl::Status WorkerNode::StartLane(Held* held, Lane* lane) {
  WorkerJob& job = *held->job;
  const JobPlan& plan = job.plan();
  const JobSpec& spec = plan.spec;
  v1::Routing routing;
  {
    MutexLock lock(&mutex_);
    routing = orders_.worker().routing();
  }
  lane->client = job.client(lane->routing_epoch);
  if (lane->client == nullptr || routing.epoch() != lane->routing_epoch) {
    return absl::AbortedError("the slots have been placed anew");
  }
  LINEUP_ASSIGN_OR_RETURN(
      const uint64_t next_clock,
      services_.NextClock(job.name(), routing, lane->number, [&] {
        MutexLock lock(&mutex_);
        return !lane->released && !stopping_;
      }));
  if (next_clock <= lane->base_clock) {
    return absl::UnavailableError(absl::StrCat(
        "lane ", lane->number, ": a server has not begun epoch ", lane->epoch));
  }
  lane->stream = std::make_unique<LaneStream>(&job.train(), &io_pool_,
                                              LaneStream::OptionsOf(spec),
                                              lane->number, lane->epoch);
  if (spec.staleness == 0) {
    std::vector<LaneWindows> windows =
        PlanLanes(plan.train.splits(), spec.num_lanes, lane->epoch,
                  LanePlanOptionsOf(spec));
    for (Window& window : windows[lane->number]) {
      lane->stream->AppendWindow(std::move(window));
    }
    lane->stream->CloseWindows();
  }
  lane->stream->Skip(next_clock - lane->base_clock - 1);
  lane->minibatches =
      std::make_unique<LaneMinibatches>(lane->stream.get(), nullptr);
  const LineupColumns& columns = job.setup().columns;
  lane->kernel = std::make_unique<GradientKernel>(
      &job.loss(), columns.width(), columns.num_candidates(), &compute_pool_);
  lane->next_clock = next_clock;
  return absl::OkStatus();
}

void WorkerNode::CreateRunner(const std::shared_ptr<Held>& held,
                              const std::shared_ptr<Lane>& lane) {
  WorkerJob& job = *held->job;
  LaneRunner::Options options;
  options.fuse_push_and_pull = job.plan().spec.staleness > 0;
  options.before_gradient = options_.before_minibatch;
  if (options.fuse_push_and_pull) {
    MutexLock lock(&mutex_);
    if (held->turns == nullptr) {
      held->turns = std::make_unique<LaneTurns>(
          2 * options_.threads, RunOf(job.plan().spec.staleness));
    }
    options.turns = held->turns.get();
  }
  // The runner is the lane's: it must not keep the lane alive.
  std::weak_ptr<Lane> weak_lane = lane;
  auto runner = std::make_unique<LaneRunner>(
      LaneClock{lane->number, lane->next_clock, lane->term}, options,
      lane->minibatches.get(), lane->client, lane->kernel.get(),
      job.setup().columns.width(), [this, weak_lane] {
        const std::shared_ptr<Lane> lane = weak_lane.lock();
        if (lane != nullptr) WakeLane(lane);
      });
  MutexLock lock(&mutex_);
  lane->runner = std::move(runner);
}

void WorkerNode::RunLane(const std::shared_ptr<Held>& held,
                         const std::shared_ptr<Lane>& lane) {
  AdvanceLane(held, lane);
  bool is_over = false;
  {
    MutexLock lock(&mutex_);
    is_over = lane->released || lane->state == v1::WorkerLane::STATE_FAILED;
  }
  if (is_over) LeaveTurns(*held, *lane);
}

void WorkerNode::AdvanceLane(const std::shared_ptr<Held>& held,
                             const std::shared_ptr<Lane>& lane) {
  std::vector<Window> windows;
  bool close = false;
  {
    MutexLock lock(&mutex_);
    if (lane->released) {
      lane->queued = false;
      return;
    }
    windows = std::move(lane->new_windows);
    lane->new_windows.clear();
    close = lane->close;
  }
  const absl::Time begin = clock_.Now();
  absl::StatusOr<LaneRunner::State> state = LaneRunner::State::kWaiting;
  uint64_t examples_before = 0;
  if (lane->runner == nullptr) {
    const absl::Status status = StartLane(held.get(), lane.get());
    if (status.ok()) {
      CreateRunner(held, lane);
    } else {
      state = status;
    }
  } else {
    examples_before = lane->runner->examples_done();
  }
  if (state.ok() && held->job->plan().spec.staleness > 0) {
    for (Window& window : windows) {
      lane->stream->AppendWindow(std::move(window));
    }
    if (close) lane->stream->CloseWindows();
  }
  if (state.ok()) state = lane->runner->Advance();
  if (!state.ok()) LogOwnError(held->job->name(), state.status());

  bool news = false;
  {
    MutexLock lock(&mutex_);
    busy_time_ += clock_.Now() - begin;
    lane->queued = false;
    if (lane->runner != nullptr) {
      lane->clock = lane->runner->next().clock;
      lane->examples = lane->runner->examples_done();
      examples_trained_ += lane->examples - examples_before;
      news |= lane->windows_opened != lane->stream->windows_opened();
      lane->windows_opened = lane->stream->windows_opened();
    }
    v1::WorkerLane::State now = v1::WorkerLane::STATE_RUNNING;
    lane->why_waiting.clear();
    if (!state.ok()) {
      now = v1::WorkerLane::STATE_FAILED;
      lane->error = state.status();
    } else if (*state == LaneRunner::State::kFinished) {
      now = v1::WorkerLane::STATE_FINISHED;
    } else if (*state == LaneRunner::State::kNeedSplit) {
      now = v1::WorkerLane::STATE_NEEDS_SPLIT;
      lane->why_waiting = "a split";
    } else {
      lane->why_waiting = "servers";
    }
    news |= now != lane->state;
    lane->state = now;
    if (lane->released) return;
    const bool go_on =
        lane->woken || (now == v1::WorkerLane::STATE_NEEDS_SPLIT &&
                        !lane->new_windows.empty());
    lane->woken = false;
    if (go_on && (now == v1::WorkerLane::STATE_RUNNING ||
                  now == v1::WorkerLane::STATE_NEEDS_SPLIT)) {
      EnqueueLane(held, lane);
    }
  }
  if (news) news_();
}

v1::WorkerLane WorkerNode::LaneReport(const Lane& lane) const {
  v1::WorkerLane report;
  report.set_lane(lane.number);
  report.set_term(lane.term);
  report.set_epoch(lane.epoch);
  report.set_state(lane.state);
  report.set_clock(lane.clock);
  report.set_examples(lane.examples);
  report.set_why_waiting(lane.why_waiting);
  report.set_windows_opened(lane.windows_opened);
  if (lane.state == v1::WorkerLane::STATE_FAILED) {
    *report.mutable_error() = NodeErrorOf(lane.error);
  }
  return report;
}

v1::WorkerReport WorkerNode::Report() const {
  v1::WorkerReport report;
  MutexLock lock(&mutex_);
  report.set_examples_trained(examples_trained_);
  absl::Duration lane_time = lane_time_;
  if (lane_time_from_ != absl::Time()) {
    lane_time += clock_.Now() - lane_time_from_;
  }
  const double available = absl::ToDoubleSeconds(lane_time) * options_.threads;
  if (available > 0) {
    report.set_idle_share(
        std::max(0.0, 1.0 - absl::ToDoubleSeconds(busy_time_) / available));
  }
  // A lane that is given back counts as held while its minibatch is computed.
  for (const std::shared_ptr<Lane>& lane : leaving_) {
    if (lane->queued) *report.add_lanes() = LaneReport(*lane);
  }
  if (held_ == nullptr) return report;
  report.set_job(held_->job->name());
  if (!held_->error.ok()) *report.mutable_error() = NodeErrorOf(held_->error);
  for (const auto& [number, lane] : held_->lanes) {
    *report.add_lanes() = LaneReport(*lane);
  }
  for (const auto& [id, task] : held_->tasks) {
    if (task.done) *report.add_results() = task.result;
  }
  for (v1::SplitReport& split : held_->job->BadSplits()) {
    *report.add_splits() = std::move(split);
  }
  report.set_num_features(held_->job->num_features());
  report.set_cache_bytes(held_->job->cache_bytes());
  return report;
}

}  // namespace lineup

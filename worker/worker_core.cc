#include "worker/worker_core.h"

#include <algorithm>
#include <string>
#include <utility>

#include "common/job/lane_plan.h"
#include "common/rpc/retry.h"
#include "glog/logging.h"
#include "worker/job_preparation.h"
#include "worker/lane_driver.h"
#include "worker/node_error.h"
#include "worker/worker_task.h"

namespace lineup {
namespace {

// What is wrong on this machine is said on it, too.
void LogOwnError(const std::string& job, const absl::Status& status) {
  if (!NodeErrorOf(status).of_this_node()) return;
  LOG(ERROR) << "this worker cannot work on " << job << ": "
             << status.message();
}

// Lanes that may have pulled, at least: with fewer, a thread waits where calls
// take longer than gradients, and most lanes cannot push and pull in one call.
constexpr int kMinTurns = WorkerCore::kStepsPerBatch + 1;

// Minibatches that a lane computes in a row (lane_turns.h): of the staleness
// only a part, so that lanes of different workers do not wait for one another.
uint64_t RunOf(Staleness staleness) {
  return std::clamp<uint64_t>(staleness / 4, 1, 4);
}

// A lane that waits for servers longer lets others have its turn: they may be
// what the servers wait for, at a barrier.
constexpr absl::Duration kLongestTurn = absl::Seconds(1);

}  // namespace

class WorkerCore::Preparation final : public Activity {
 public:
  void Advance() override { done_ = preparation->Advance(); }
  bool idle() override { return preparation->idle(); }
  void WaitUntilIdle() override { preparation->WaitUntilIdle(); }

  std::unique_ptr<JobPreparation> preparation;

 private:
  void End(WorkerCore* core, absl::Duration) override {
    if (done_) core->Prepared(this, preparation->result());
  }

  bool done_ = false;
};

class WorkerCore::Task final : public Activity {
 public:
  void Advance() override { done_ = task->Advance(); }
  bool idle() override { return task->idle(); }
  void WaitUntilIdle() override { task->WaitUntilIdle(); }

  std::unique_ptr<WorkerTask> task;
  std::string job;
  bool reported = false;  // `result` is complete
  v1::TaskResult result;

 private:
  void End(WorkerCore* core, absl::Duration) override {
    if (!done_ || reported) return;
    reported = true;
    if (task->result().ok()) {
      result.set_result(*task->result());
    } else {
      LogOwnError(job, task->result().status());
      *result.mutable_error() = NodeErrorOf(task->result().status());
    }
    core->environment_.news();
  }

  bool done_ = false;
};

class WorkerCore::Lane final : public Activity {
 public:
  void Advance() override;
  bool idle() override { return driver->idle(); }
  void WaitUntilIdle() override { driver->WaitUntilIdle(); }

  v1::WorkerLane Report() const;
  bool may_go_on() const {
    return state == v1::WorkerLane::STATE_RUNNING ||
           state == v1::WorkerLane::STATE_NEEDS_SPLIT;
  }
  bool has_news() const {
    return !started || !new_windows.empty() || (close && !closed);
  }

  std::unique_ptr<LaneDriver> driver;
  LaneDriver::Place place;
  std::shared_ptr<WorkerJob> job;
  bool synchronous = false;
  // From orders.
  int windows_given = 0;
  std::vector<Window> new_windows;  // that the driver has not got
  bool close = false;
  // From the driver.
  v1::WorkerLane::State state = v1::WorkerLane::STATE_RUNNING;
  absl::Status error;
  std::string why_waiting;
  uint64_t clock = 0;
  uint64_t examples = 0;
  uint64_t windows_opened = 0;
  bool left = false;       // it was released, and has done its last step
  absl::Time waits_since;  // as it was seen; not set: it has gone on
  bool yields = false;     // its turn, with the next step

 private:
  void Begin() override;
  void End(WorkerCore* core, absl::Duration busy) override;

  bool started = false;
  bool closed = false;
  // Of the step that is being made.
  std::vector<Window> windows_;
  bool close_ = false;
  bool leave_ = false;
  bool yield_ = false;
  absl::StatusOr<LaneRunner::State> step_ = LaneRunner::State::kWaiting;
};

void WorkerCore::Lane::Begin() {
  leave_ = released;
  yield_ = std::exchange(yields, false);
  waits_since = absl::Time();
  windows_ = std::exchange(new_windows, {});
  close_ = close && !closed;
  closed |= close_;
  started = true;
}

void WorkerCore::Lane::Advance() {
  if (leave_) return driver->LeaveTurns();
  if (yield_) driver->YieldTurn();
  if (!synchronous) {
    for (Window& window : windows_) driver->AppendWindow(std::move(window));
    if (close_) driver->CloseWindows();
  }
  step_ = driver->Advance();
  if (!step_.ok()) driver->LeaveTurns();
}

void WorkerCore::Lane::End(WorkerCore* core, absl::Duration busy) {
  core->busy_time_ += busy;
  if (leave_) {
    left = true;
    core->environment_.news();  // others may have the lane now
    return;
  }
  clock = driver->clock();
  core->examples_trained_ += driver->examples_done() - examples;
  examples = driver->examples_done();
  bool news = windows_opened != driver->windows_opened();
  windows_opened = driver->windows_opened();
  v1::WorkerLane::State now = v1::WorkerLane::STATE_RUNNING;
  why_waiting.clear();
  if (!step_.ok()) {
    now = v1::WorkerLane::STATE_FAILED;
    error = step_.status();
    LogOwnError(job->name(), error);
  } else if (*step_ == LaneRunner::State::kFinished) {
    now = v1::WorkerLane::STATE_FINISHED;
  } else if (*step_ == LaneRunner::State::kNeedSplit) {
    now = v1::WorkerLane::STATE_NEEDS_SPLIT;
    why_waiting = "a split";
    woken |= !new_windows.empty();
  } else {
    why_waiting = "servers";
  }
  news |= now != state;
  state = now;
  woken &= may_go_on() || released;
  if (news && !released) core->environment_.news();
}

v1::WorkerLane WorkerCore::Lane::Report() const {
  v1::WorkerLane report;
  report.set_lane(place.lane);
  report.set_term(place.term);
  report.set_epoch(place.epoch);
  report.set_state(state);
  report.set_clock(clock);
  report.set_examples(examples);
  report.set_why_waiting(why_waiting);
  report.set_windows_opened(windows_opened);
  if (state == v1::WorkerLane::STATE_FAILED) {
    *report.mutable_error() = NodeErrorOf(error);
  }
  return report;
}

WorkerCore::WorkerCore(const Options& options, Environment environment)
    : options_(options), environment_(std::move(environment)) {}

WorkerCore::~WorkerCore() = default;

std::vector<std::shared_ptr<WorkerCore::Activity>> WorkerCore::Stop() {
  environment_.services->Cancel();
  LetGo();
  queue_.clear();
  return leaving_;
}

void WorkerCore::Enqueue(const std::shared_ptr<Activity>& activity) {
  if (activity->running) {
    activity->woken = true;
  } else if (!activity->queued) {
    activity->queued = true;
    queue_.push_back(activity);
  }
}

std::shared_ptr<WorkerCore::Activity> WorkerCore::TakeWork() {
  if (queue_.empty()) return nullptr;
  std::shared_ptr<Activity> activity = std::move(queue_.front());
  queue_.pop_front();
  activity->queued = false;
  activity->running = true;
  activity->Begin();
  return activity;
}

void WorkerCore::Advanced(const std::shared_ptr<Activity>& activity,
                          absl::Duration busy) {
  activity->running = false;
  activity->End(this, busy);
  if (std::exchange(activity->woken, false)) Enqueue(activity);
}

void WorkerCore::Woken(const std::shared_ptr<Activity>& activity) {
  if (!activity->released) Enqueue(activity);
}

std::function<void()> WorkerCore::WakeOf(
    const std::shared_ptr<Activity>& activity) {
  // What the activity holds must not keep it alive.
  return [this, weak = std::weak_ptr<Activity>(activity)] {
    if (const std::shared_ptr<Activity> woken = weak.lock()) {
      environment_.wake(woken);
    }
  };
}

void WorkerCore::OnOrders(const v1::NodeOrders& orders, absl::Time now) {
  now_ = now;
  YieldLongTurns();
  const bool same = orders.coordinator_id() == orders_.coordinator_id();
  if (same && orders.version() <= orders_.version()) return;
  if (!same) LetGo();
  orders_ = orders;
  Reconcile();
}

void WorkerCore::YieldLongTurns() {
  if (held_ == nullptr) return;
  for (const auto& [number, lane] : held_->lanes) {
    if (lane->queued || lane->running || !lane->may_go_on()) continue;
    if (lane->waits_since == absl::Time()) {
      lane->waits_since = now_;
    } else if (now_ - lane->waits_since >= kLongestTurn) {
      lane->yields = true;
      Enqueue(lane);
    }
  }
}

void WorkerCore::Release(const std::shared_ptr<Activity>& activity) {
  activity->released = true;
  leaving_.push_back(activity);
}

void WorkerCore::ReleaseLanes() {
  for (const auto& [number, lane] : held_->lanes) {
    Release(lane);
    Enqueue(lane);
  }
  held_->lanes.clear();
}

void WorkerCore::LetGo() {
  if (held_ == nullptr) return;
  ReleaseLanes();
  for (const auto& [id, task] : held_->tasks) Release(task);
  if (held_->preparation != nullptr) Release(held_->preparation);
  held_->job->Cancel();
  held_ = nullptr;
}

void WorkerCore::ForgetIdle() {
  leaving_.erase(std::remove_if(leaving_.begin(), leaving_.end(),
                                [](const std::shared_ptr<Activity>& activity) {
                                  return !activity->queued &&
                                         !activity->running && activity->idle();
                                }),
                 leaving_.end());
}

void WorkerCore::Reconcile() {
  ForgetIdle();
  if ((held_ == nullptr ? "" : held_->job->name()) != orders_.job()) {
    LetGo();
    if (!orders_.job().empty()) {
      held_ = std::make_unique<Held>();
      held_->job = std::make_shared<WorkerJob>(orders_.job(), options_.job,
                                               environment_.services);
    }
  }
  if (held_ == nullptr) return CountLaneTime();
  const uint64_t routing = orders_.worker().routing().epoch();
  const uint64_t open = held_->job->routing_epoch();
  if (routing != open && open != 0) {
    // The slots have been placed anew: nothing goes to the servers of before.
    ReleaseLanes();
    held_->job->Cancel();
  }
  if (held_->preparation == nullptr && held_->error.ok() &&
      (!held_->job->prepared() || (routing != 0 && routing != open))) {
    Prepare();
  }
  if (held_->preparation == nullptr && held_->error.ok()) {
    ReconcileTasks();
    ReconcileLanes();
  }
  CountLaneTime();
}

void WorkerCore::Prepare() {
  const auto activity = std::make_shared<Preparation>();
  activity->preparation =
      std::make_unique<JobPreparation>(held_->job, orders_.worker().routing(),
                                       environment_.services, WakeOf(activity));
  held_->preparation = activity;
  Enqueue(activity);
}

void WorkerCore::Prepared(const Preparation* preparation,
                          const absl::Status& status) {
  if (held_ == nullptr || held_->preparation.get() != preparation) return;
  Release(held_->preparation);
  held_->preparation = nullptr;
  const bool again = IsRetryable(status);
  if (again) {
    // Nobody says that this worker cannot work on the job: it asks again.
    LOG(WARNING) << held_->job->name() << ": " << status.message();
  } else if (!status.ok()) {
    held_->error = status;
    LOG(ERROR) << "this worker cannot work on " << held_->job->name() << ": "
               << status.message();
  }
  Reconcile();
  if (!again) environment_.news();
}

void WorkerCore::ReconcileTasks() {
  std::map<uint64_t, std::shared_ptr<Task>> tasks;
  for (const v1::Task& order : orders_.worker().tasks()) {
    const auto known = held_->tasks.find(order.id());
    std::shared_ptr<Task>& task = tasks[order.id()];
    if (known != held_->tasks.end()) {
      task = std::move(known->second);
      held_->tasks.erase(known);
      continue;
    }
    task = std::make_shared<Task>();
    task->job = held_->job->name();
    task->result.set_task(order.id());
    task->task = std::make_unique<WorkerTask>(
        order, held_->job, environment_.services, WakeOf(task));
    Enqueue(task);
  }
  for (const auto& [id, task] : held_->tasks) Release(task);
  held_->tasks = std::move(tasks);
}

void WorkerCore::ReconcileLanes() {
  const v1::WorkerOrders& orders = orders_.worker();
  std::map<uint32_t, const v1::LaneOrder*> ordered;
  for (const v1::LaneOrder& order : orders.lanes()) {
    ordered[order.lane()] = &order;
  }
  for (auto it = held_->lanes.begin(); it != held_->lanes.end();) {
    const auto order = ordered.find(it->first);
    const LaneDriver::Place& place = it->second->place;
    if (order != ordered.end() && order->second->term() == place.term &&
        orders.epoch() == place.epoch &&
        orders.routing().epoch() == place.routing_epoch) {
      ++it;
      continue;
    }
    Release(it->second);
    Enqueue(it->second);
    it = held_->lanes.erase(it);
  }
  for (const auto& [number, order] : ordered) {
    std::shared_ptr<Lane>& lane = held_->lanes[number];
    if (lane == nullptr) lane = MakeLane(*order);
    for (int w = lane->windows_given; w < order->windows_size(); ++w) {
      lane->new_windows.emplace_back(order->windows(w).splits().begin(),
                                     order->windows(w).splits().end());
    }
    lane->windows_given = order->windows_size();
    lane->close = order->closed();
    if (lane->may_go_on() && lane->has_news()) Enqueue(lane);
  }
}

std::shared_ptr<WorkerCore::Lane> WorkerCore::MakeLane(
    const v1::LaneOrder& order) {
  const v1::WorkerOrders& orders = orders_.worker();
  const Staleness staleness = held_->job->plan().spec.staleness;
  if (staleness > 0 && held_->turns == nullptr) {
    held_->turns = std::make_shared<LaneTurns>(
        std::max(kMinTurns, 2 * options_.threads), RunOf(staleness));
  }
  const auto lane = std::make_shared<Lane>();
  lane->job = held_->job;
  lane->synchronous = staleness == 0;
  lane->place = {order.lane(), order.term(), orders.epoch(),
                 orders.base_clock(), orders.routing().epoch()};
  lane->driver = std::make_unique<LaneDriver>(
      lane->place,
      LaneDriver::Shared{held_->job, held_->turns, environment_.io_pool,
                         environment_.compute_pool, options_.before_minibatch},
      WakeOf(lane));
  lane->clock = lane->driver->clock();
  return lane;
}

void WorkerCore::CountLaneTime() {
  const bool has_lanes = held_ != nullptr && !held_->lanes.empty();
  if (has_lanes && lane_time_from_ == absl::Time()) {
    lane_time_from_ = now_;
  } else if (!has_lanes && lane_time_from_ != absl::Time()) {
    lane_time_ += now_ - lane_time_from_;
    lane_time_from_ = absl::Time();
  }
}

v1::WorkerReport WorkerCore::Report(absl::Time now) const {
  v1::WorkerReport report;
  report.set_examples_trained(examples_trained_);
  absl::Duration lane_time = lane_time_;
  if (lane_time_from_ != absl::Time()) lane_time += now - lane_time_from_;
  const double available = absl::ToDoubleSeconds(lane_time) * options_.threads;
  if (available > 0) {
    report.set_idle_share(
        std::max(0.0, 1.0 - absl::ToDoubleSeconds(busy_time_) / available));
  }
  if (held_ == nullptr) return report;
  report.set_job(held_->job->name());
  // A lane that is given back counts as held while its minibatch is computed.
  for (const std::shared_ptr<Activity>& activity : leaving_) {
    const Lane* const lane = dynamic_cast<const Lane*>(activity.get());
    if (lane != nullptr && !lane->left && lane->job == held_->job) {
      *report.add_lanes() = lane->Report();
    }
  }
  if (!held_->error.ok()) *report.mutable_error() = NodeErrorOf(held_->error);
  for (const auto& [number, lane] : held_->lanes) {
    *report.add_lanes() = lane->Report();
  }
  for (const auto& [id, task] : held_->tasks) {
    if (task->reported) *report.add_results() = task->result;
  }
  for (v1::SplitReport& split : held_->job->BadSplits()) {
    *report.add_splits() = std::move(split);
  }
  report.set_num_features(held_->job->num_features());
  report.set_cache_bytes(held_->job->cache_bytes());
  return report;
}

}  // namespace lineup

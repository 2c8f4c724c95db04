#include "worker/worker_node.h"

#include <algorithm>
#include <utility>

#include "absl/time/time.h"
#include "common/rpc/call_batch.h"

namespace lineup {
namespace {

// Calls are not held back for another step if steps take as long: against that
// a call costs nothing.
constexpr absl::Duration kLongStep = absl::Milliseconds(1);

// About the median of how long steps take, which a few that were interrupted do
// not change.
class StepTime {
 public:
  void Add(absl::Duration step) { median_ += step > median_ ? kPace : -kPace; }
  bool is_long() const { return median_ >= kLongStep; }

 private:
  static constexpr absl::Duration kPace = absl::Microseconds(100);

  absl::Duration median_ = kLongStep;
};

}  // namespace

WorkerNode::WorkerNode(const Options& options, WorkerServices* services,
                       const Clock* clock, std::function<void()> news)
    : clock_(*clock),
      io_pool_(std::max(2, options.threads)),
      compute_pool_(1),
      core_(options, {services, &io_pool_, &compute_pool_,
                      [this](const auto& activity) { OnWoken(activity); },
                      std::move(news)}) {
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
  // Calls that are under way refer to the activities, and wake them.
  std::vector<std::shared_ptr<WorkerCore::Activity>> activities;
  {
    MutexLock lock(&mutex_);
    activities = core_.Stop();
  }
  for (const auto& activity : activities) activity->WaitUntilIdle();
}

void WorkerNode::RunThread() {
  CallBatch batch;
  StepTime step_time;  // of those that make calls
  int steps = 0;       // whose calls are held back
  absl::Duration sending;
  const auto send = [&] {
    const absl::Time begin = clock_.Now();
    batch.Send();
    sending += clock_.Now() - begin;
    steps = 0;
  };
  std::shared_ptr<WorkerCore::Activity> activity;
  for (;;) {
    if (activity == nullptr) {
      if (!batch.empty()) send();
      activity = AwaitWork();
      if (activity == nullptr) return;
    }
    const int calls = batch.num_calls();
    const absl::Time begin = clock_.Now();
    activity->Advance();
    const absl::Duration busy = clock_.Now() - begin;
    if (batch.num_calls() > calls) {
      step_time.Add(busy);
      ++steps;
      if (steps >= WorkerCore::kStepsPerBatch || step_time.is_long()) send();
    }
    MutexLock lock(&mutex_);
    core_.Advanced(activity, busy + std::exchange(sending, {}));
    activity = stopping_ ? nullptr : core_.TakeWork();
    if (core_.has_work()) work_.Signal();
  }
}

std::shared_ptr<WorkerCore::Activity> WorkerNode::AwaitWork() {
  MutexLock lock(&mutex_);
  while (!core_.has_work() && !stopping_) work_.Wait(&mutex_);
  return stopping_ ? nullptr : core_.TakeWork();
}

void WorkerNode::OnWoken(
    const std::shared_ptr<WorkerCore::Activity>& activity) {
  MutexLock lock(&mutex_);
  core_.Woken(activity);
  if (core_.has_work()) work_.Signal();
}

void WorkerNode::OnOrders(const v1::NodeOrders& orders) {
  MutexLock lock(&mutex_);
  core_.OnOrders(orders, clock_.Now());
  if (core_.has_work()) work_.SignalAll();
}

v1::WorkerReport WorkerNode::Report() const {
  MutexLock lock(&mutex_);
  return core_.Report(clock_.Now());
}

}  // namespace lineup

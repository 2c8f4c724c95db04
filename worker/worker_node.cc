#include "worker/worker_node.h"

#include <algorithm>
#include <utility>

#include "absl/time/time.h"
#include "common/rpc/call_batch.h"

namespace lineup {
namespace {

// After one, calls are not held back for another: that could take as long, and
// against it a call costs nothing.
constexpr absl::Duration kLongStep = absl::Milliseconds(1);

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
  int steps = 0;  // whose calls are held back
  std::shared_ptr<WorkerCore::Activity> activity;
  for (;;) {
    if (activity == nullptr) {
      batch.Send();
      activity = AwaitWork();
      if (activity == nullptr) return;
    }
    const absl::Time begin = clock_.Now();
    activity->Advance();
    const absl::Duration busy = clock_.Now() - begin;
    steps = batch.empty() ? 0 : steps + 1;
    if (steps >= WorkerCore::kStepsPerBatch || busy >= kLongStep) {
      batch.Send();
      steps = 0;
    }
    MutexLock lock(&mutex_);
    core_.Advanced(activity, busy);
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

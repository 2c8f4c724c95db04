#include "worker/worker_node.h"

#include <algorithm>
#include <utility>

#include "absl/time/time.h"

namespace lineup {

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
  for (;;) {
    std::shared_ptr<WorkerCore::Activity> activity;
    {
      MutexLock lock(&mutex_);
      while (!core_.has_work() && !stopping_) work_.Wait(&mutex_);
      if (stopping_) return;
      activity = core_.TakeWork();
    }
    const absl::Time begin = clock_.Now();
    activity->Advance();
    MutexLock lock(&mutex_);
    core_.Advanced(activity, clock_.Now() - begin);
    if (core_.has_work()) work_.Signal();
  }
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

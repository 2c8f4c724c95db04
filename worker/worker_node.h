// A worker's core with what it lacks: threads that do its work, a lock, and the
// time.
//
// Thread safety: all of it.

#ifndef LINEUP_WORKER_WORKER_NODE_H_
#define LINEUP_WORKER_WORKER_NODE_H_

#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/base/thread_pool.h"
#include "proto/node.pb.h"
#include "worker/worker_core.h"
#include "worker/worker_services.h"

namespace lineup {

class WorkerNode {
 public:
  using Options = WorkerCore::Options;

  // `services` and `clock` must outlive the node. `news` is called, from any
  // thread, when there is something to report at once.
  WorkerNode(const Options& options, WorkerServices* services,
             const Clock* clock, std::function<void()> news);
  // Stops at once: lanes are left to others.
  ~WorkerNode();

  void OnOrders(const v1::NodeOrders& orders);
  v1::WorkerReport Report() const;

 private:
  void RunThread();
  // Null: the node is being stopped.
  std::shared_ptr<WorkerCore::Activity> AwaitWork();
  void OnWoken(const std::shared_ptr<WorkerCore::Activity>& activity);

  const Clock& clock_;
  ThreadPool io_pool_;
  ThreadPool compute_pool_;

  mutable Mutex mutex_;
  CondVar work_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  WorkerCore core_ ABSL_GUARDED_BY(mutex_);

  std::vector<std::thread> threads_;
};

}  // namespace lineup

#endif  // LINEUP_WORKER_WORKER_NODE_H_

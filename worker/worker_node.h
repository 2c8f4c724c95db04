// A worker: holds the lanes and does the tasks that its orders name, with a
// fixed number of threads, and tells how it stands.
//
// Orders are whole states. The worker brings what it has in line with the
// newest ones: starts lanes that are new, gives back, between two minibatches,
// those that are gone, does tasks that it has not done. It keeps nothing that
// another worker could not make anew.
//
// A lane runs on one thread at a time; a lane that waits for servers occupies
// none.
//
// Thread safety: all of it.

#ifndef LINEUP_WORKER_WORKER_NODE_H_
#define LINEUP_WORKER_WORKER_NODE_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/base/thread_pool.h"
#include "proto/node.pb.h"
#include "worker/gradient_kernel.h"
#include "worker/lane_minibatches.h"
#include "worker/lane_runner.h"
#include "worker/lane_stream.h"
#include "worker/lane_turns.h"
#include "worker/worker_job.h"
#include "worker/worker_services.h"

namespace lineup {

class WorkerNode {
 public:
  struct Options {
    int threads = 1;
    WorkerJob::Options job;
    // Called on the computing thread for each minibatch, if set; what it takes
    // counts as computing. Lets benchmarks make lanes unequal.
    std::function<void(LaneClock)> before_minibatch;
  };

  // `services` and `clock` must outlive the node. `news` is called, from any
  // thread, when there is something to report at once.
  WorkerNode(const Options& options, WorkerServices* services,
             const Clock* clock, std::function<void()> news);
  // Stops at once: lanes are left to others.
  ~WorkerNode();

  void OnOrders(const v1::NodeOrders& orders);
  v1::WorkerReport Report() const;

 private:
  struct Lane;
  struct TaskState;
  // The job of the newest orders and what is held of it.
  struct Held;

  void RunThread();
  // All of these with mutex_ held.
  void Reconcile() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Gives up the job and all that is held of it.
  void LetGo() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ReconcileTasks(const std::shared_ptr<Held>& held)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ReconcileLanes(const std::shared_ptr<Held>& held)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Enqueue(std::function<void()> work)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EnqueueLane(const std::shared_ptr<Held>& held,
                   const std::shared_ptr<Lane>& lane)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Work of the threads, without the lock.
  void PrepareJob(const std::shared_ptr<Held>& held);
  void DoTask(const std::shared_ptr<Held>& held, const v1::Task& task);
  void RunLane(const std::shared_ptr<Held>& held,
               const std::shared_ptr<Lane>& lane);
  void AdvanceLane(const std::shared_ptr<Held>& held,
                   const std::shared_ptr<Lane>& lane);
  static void LeaveTurns(const Held& held, const Lane& lane);
  absl::Status StartLane(Held* held, Lane* lane);
  void CreateRunner(const std::shared_ptr<Held>& held,
                    const std::shared_ptr<Lane>& lane);
  void WakeLane(const std::shared_ptr<Lane>& lane);
  void Release(const std::shared_ptr<Held>& held,
               const std::shared_ptr<Lane>& lane)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  v1::WorkerLane LaneReport(const Lane& lane) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  WorkerServices& services_;
  const Clock& clock_;
  const std::function<void()> news_;
  ThreadPool io_pool_;       // reads splits
  ThreadPool compute_pool_;  // of one thread: a lane computes by itself

  mutable Mutex mutex_;
  CondVar work_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<std::function<void()>> queue_ ABSL_GUARDED_BY(mutex_);
  v1::NodeOrders orders_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<Held> held_ ABSL_GUARDED_BY(mutex_);
  // Lanes that were given back while a call was under way, until it ends.
  std::vector<std::shared_ptr<Lane>> leaving_ ABSL_GUARDED_BY(mutex_);
  uint64_t examples_trained_ ABSL_GUARDED_BY(mutex_) = 0;
  // Of the time while lanes were held: how long, and how much of it threads
  // computed.
  absl::Duration lane_time_ ABSL_GUARDED_BY(mutex_);
  absl::Duration busy_time_ ABSL_GUARDED_BY(mutex_);
  absl::Time lane_time_from_ ABSL_GUARDED_BY(mutex_);

  std::vector<std::thread> threads_;
};

}  // namespace lineup

#endif  // LINEUP_WORKER_WORKER_NODE_H_

// The core of a worker: which job it works on, which lanes it holds, which
// tasks it does, and what it reports of them.
//
// Orders are whole states. The worker brings what it has in line with the
// newest ones: starts lanes that are new, gives back, between two minibatches,
// those that are gone, does tasks that it has not done. It keeps nothing that
// another worker could not make anew.
//
// A state machine without threads, sockets or clocks of its own. What takes
// time is an Activity, which the owner takes (TakeWork), lets go on for a step,
// on any thread, and gives back (Advanced). An activity that waits for an
// answer occupies nobody; it is among the work again once it was Woken.
//
// Thread safety: one thread at a time (the owner locks), but for what
// Activity says.

#ifndef LINEUP_WORKER_WORKER_CORE_H_
#define LINEUP_WORKER_WORKER_CORE_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/base/thread_pool.h"
#include "common/linear/lane_clock.h"
#include "proto/node.pb.h"
#include "worker/lane_turns.h"
#include "worker/worker_job.h"
#include "worker/worker_services.h"

namespace lineup {

class WorkerCore {
 public:
  // So many short steps of one thread after the other may have their calls sent
  // together (common/rpc/call_batch.h); one more lane at least is on its way or
  // computes meanwhile. More cost less, and make weights older.
  static constexpr int kStepsPerBatch = 3;

  struct Options {
    int threads = 1;  // that advance activities
    WorkerJob::Options job;
    // Called on the computing thread for each minibatch, if set; what it takes
    // counts as computing. Lets benchmarks make lanes unequal.
    std::function<void(LaneClock)> before_minibatch;
  };

  // Getting to know a job, a task, or a lane: one step after the other.
  class Activity {
   public:
    virtual ~Activity() = default;

    // Goes on as far as it can without waiting. Without the owner's lock, by
    // one thread at a time, between TakeWork() and Advanced().
    virtual void Advance() = 0;
    // Whether no call is under way that refers to it (AwaitedAnswer).
    virtual bool idle() = 0;
    virtual void WaitUntilIdle() = 0;

   private:
    friend class WorkerCore;

    // With the lock: before a step, and after it.
    virtual void Begin() {}
    virtual void End(WorkerCore* core, absl::Duration busy) = 0;

    bool queued = false;    // among the work
    bool running = false;   // taken
    bool woken = false;     // while it was taken
    bool released = false;  // given up: only what it leaves behind is done
  };

  // What the core is given; all must outlive it.
  struct Environment {
    WorkerServices* services;
    ThreadPool* io_pool;       // reads splits
    ThreadPool* compute_pool;  // of one thread: a lane computes by itself
    // Called from any thread, with no lock held but perhaps the owner's when it
    // is the owner's turn: Woken(activity) is due.
    std::function<void(const std::shared_ptr<Activity>&)> wake;
    // There is something to report at once. Called by the core.
    std::function<void()> news;
  };

  WorkerCore(const Options& options, Environment environment);
  // No activity may be taken, and all must be idle.
  ~WorkerCore();

  void OnOrders(const v1::NodeOrders& orders, absl::Time now);
  v1::WorkerReport Report(absl::Time now) const;

  bool has_work() const { return !queue_.empty(); }
  // Null: there is none. It is to be advanced and then given back, with the
  // time that this took.
  std::shared_ptr<Activity> TakeWork();
  void Advanced(const std::shared_ptr<Activity>& activity, absl::Duration busy);
  void Woken(const std::shared_ptr<Activity>& activity);

  // Gives up everything: the worker stops. What is returned has to be idle
  // before the core goes.
  std::vector<std::shared_ptr<Activity>> Stop();

 private:
  class Preparation;
  class Task;
  class Lane;
  // The job of the newest orders and what is held of it.
  struct Held {
    std::shared_ptr<WorkerJob> job;
    std::shared_ptr<Preparation> preparation;  // under way
    absl::Status error;                        // of preparing
    std::shared_ptr<LaneTurns> turns;          // once a lane needs them
    std::map<uint32_t, std::shared_ptr<Lane>> lanes;
    std::map<uint64_t, std::shared_ptr<Task>> tasks;
  };

  void Reconcile();
  // Gives up the job and all that is held of it.
  void LetGo();
  void YieldLongTurns();
  void ReleaseLanes();
  void Release(const std::shared_ptr<Activity>& activity);
  void ForgetIdle();
  void Prepare();
  void Prepared(const Preparation* preparation, const absl::Status& status);
  void ReconcileTasks();
  void ReconcileLanes();
  std::shared_ptr<Lane> MakeLane(const v1::LaneOrder& order);
  void CountLaneTime();
  void Enqueue(const std::shared_ptr<Activity>& activity);
  // What wakes an activity, for as long as it is there.
  std::function<void()> WakeOf(const std::shared_ptr<Activity>& activity);

  const Options options_;
  const Environment environment_;

  absl::Time now_;  // of the newest event that tells it
  std::deque<std::shared_ptr<Activity>> queue_;
  v1::NodeOrders orders_;
  std::unique_ptr<Held> held_;
  // Given up, but perhaps still taken or in a call.
  std::vector<std::shared_ptr<Activity>> leaving_;
  uint64_t examples_trained_ = 0;
  // Of the time while lanes were held: how long, and how much of it threads
  // computed.
  absl::Duration lane_time_;
  absl::Duration busy_time_;
  absl::Time lane_time_from_;
};

}  // namespace lineup

#endif  // LINEUP_WORKER_WORKER_CORE_H_

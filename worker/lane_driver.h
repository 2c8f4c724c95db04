// A lane that a worker holds, from where the servers say that it stands to the
// end of its epoch: asks them, skips what they have, and trains on the rest
// (worker/lane_runner.h). Goes on step by step and waits for nothing within
// one.
//
// Thread safety: one thread at a time; `wake` is called by any.

#ifndef LINEUP_WORKER_LANE_DRIVER_H_
#define LINEUP_WORKER_LANE_DRIVER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/thread_pool.h"
#include "common/job/lane_plan.h"
#include "worker/awaited_answer.h"
#include "worker/lane_minibatches.h"
#include "worker/lane_runner.h"
#include "worker/lane_stream.h"
#include "worker/lane_turns.h"
#include "worker/lineup_kernel.h"
#include "worker/parameter_client.h"
#include "worker/worker_job.h"

namespace lineup {

class LaneDriver {
 public:
  // What the coordinator's orders say of a lane.
  struct Place {
    uint32_t lane = 0;
    uint64_t term = 0;
    int64_t epoch = -1;
    uint64_t base_clock = 0;
    uint64_t routing_epoch = 0;
  };
  // What a worker's lanes share.
  struct Shared {
    std::shared_ptr<WorkerJob> job;
    std::shared_ptr<LaneTurns> turns;    // null: synchronous
    ThreadPool* io_pool = nullptr;       // reads splits
    ThreadPool* compute_pool = nullptr;  // of one thread
    std::function<void(LaneClock)> before_minibatch;
  };

  // The job is open for the place's placement of the slots, or the lane fails.
  // `wake` tells that it can go on. Destroy it only while it is idle.
  LaneDriver(const Place& place, Shared shared, std::function<void()> wake);

  // Not for synchronous jobs, whose plan follows from the job and the epoch.
  void AppendWindow(Window window);
  void CloseWindows();

  // As LaneRunner's.
  absl::StatusOr<LaneRunner::State> Advance();
  // As LaneRunner's.
  void YieldTurn();
  // The lane is given up: others need not wait for it at the servers.
  void LeaveTurns();

  // Of the next minibatch.
  uint64_t clock() const;
  uint64_t examples_done() const;
  uint64_t windows_opened() const;

  // As AwaitedAnswer's.
  bool idle();
  void WaitUntilIdle();

 private:
  // Once the lane's clock is known.
  absl::Status Begin();

  const Place place_;
  const Shared shared_;
  const std::function<void()> wake_;
  std::vector<Window> windows_;  // until it begins
  bool closed_ = false;
  ParameterClient* client_ = nullptr;  // the job's
  bool asked_ = false;
  uint64_t next_clock_ = 0;
  // Destroyed last to first.
  std::unique_ptr<LaneStream> stream_;
  std::unique_ptr<LaneMinibatches> minibatches_;
  std::unique_ptr<LineupKernel> kernel_;
  std::unique_ptr<LaneRunner> runner_;
  AwaitedAnswer answer_;
};

}  // namespace lineup

#endif  // LINEUP_WORKER_LANE_DRIVER_H_

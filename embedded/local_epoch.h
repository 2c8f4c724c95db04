// One epoch of training in this process: all lanes, one after the other in
// turn, each minibatch computed by all threads.
//
// Thread safety: one thread at a time.

#ifndef LINEUP_EMBEDDED_LOCAL_EPOCH_H_
#define LINEUP_EMBEDDED_LOCAL_EPOCH_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "common/base/thread_pool.h"
#include "common/job/job_plan.h"
#include "common/job/training_setup.h"
#include "worker/example_cache.h"
#include "worker/lane_minibatches.h"
#include "worker/lane_runner.h"
#include "worker/lane_stream.h"
#include "worker/lineup_kernel.h"
#include "worker/parameter_client.h"

namespace lineup {

class LocalEpoch {
 public:
  // `base_clock`: the clock before the epoch's first, for all lanes.
  LocalEpoch(const JobPlan& plan, const TrainingSetup& setup, int64_t epoch,
             uint64_t base_clock, ExampleCache* cache, ParameterClient* client,
             ThreadPool* pool);

  // One step of every lane that has not finished.
  absl::Status Advance();

  bool finished() const { return running_ == 0; }
  uint64_t examples_done() const;

 private:
  struct Lane {
    std::unique_ptr<LaneStream> stream;
    std::unique_ptr<LaneMinibatches> minibatches;
    std::unique_ptr<LineupKernel> kernel;
    std::unique_ptr<LaneRunner> runner;
    bool finished = false;
  };

  std::vector<Lane> lanes_;
  size_t running_ = 0;
};

}  // namespace lineup

#endif  // LINEUP_EMBEDDED_LOCAL_EPOCH_H_

// What a worker has of one job: its plan, the normalised data that it has
// read, and what is needed to train and to score. Nothing in it is ever lost
// with the worker: another one makes it anew.
//
// Thread safety: thread-safe.

#ifndef LINEUP_WORKER_WORKER_JOB_H_
#define LINEUP_WORKER_WORKER_JOB_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/mutex.h"
#include "common/job/example_transform.h"
#include "common/job/job_plan.h"
#include "common/job/training_setup.h"
#include "common/linear/candidate_weights.h"
#include "common/linear/lineup_columns.h"
#include "proto/node.pb.h"
#include "worker/example_cache.h"
#include "worker/job_caches.h"
#include "worker/parameter_client.h"
#include "worker/worker_services.h"

namespace lineup {

class WorkerJob {
 public:
  struct Options {
    uint64_t cache_memory_bytes = uint64_t{1} << 30;
    std::string cache_dir = "/tmp";
  };

  // `services` must outlive the job.
  WorkerJob(std::string name, const Options& options, WorkerServices* services);

  const std::string& name() const { return name_; }

  // Looks at the data of the job that the coordinator tells of. An error if
  // this worker sees other files than the coordinator.
  absl::Status Prepare(const v1::JobSetup& setup);
  // After the sample, of which `setup` tells: makes what training and scoring
  // need. To be called once, before Open.
  absl::Status SetUp(const v1::JobSetup& setup);
  // Goes to the servers; again when slots have been placed anew.
  absl::Status Open(const v1::Routing& routing);

  bool prepared() const;
  // By whoever calls SetUp.
  bool set_up() const { return setup_.has_value(); }
  // Of the placement whose servers are connected; 0: none.
  uint64_t routing_epoch() const;

  // From Prepare on.
  const JobPlan& plan() const { return *plan_; }
  // From SetUp on.
  const TrainingSetup& setup() const { return *setup_; }
  ExampleCache& train() { return *caches_->train; }
  // The way to the servers of a placement; null if another one is connected.
  // It lives as long as the job.
  ParameterClient* client(uint64_t routing_epoch);

  // Ends calls that wait for servers: the job is given up, or its slots have
  // been placed anew.
  void Cancel();

  // Of training, validation or test data.
  absl::StatusOr<SplitPtr> GetSplit(v1::DataPart data, uint32_t split);

  // The model to measure, once it was taken from the coordinator's answer;
  // null before.
  struct Kept {
    LineupColumns columns;
    CandidateWeights weights;
  };
  std::shared_ptr<const Kept> kept() const;
  absl::StatusOr<std::shared_ptr<const Kept>> TakeKept(
      const v1::KeptModel& message);

  // Of the splits read so far, those with bad records.
  std::vector<v1::SplitReport> BadSplits() const;
  uint32_t num_features() const;
  uint64_t cache_bytes() const;

 private:
  absl::StatusOr<SplitExamples> Load(v1::DataPart part, const Dataset& data,
                                     TrainingPart which, size_t split);
  bool open() const { return routing_epoch() != 0; }

  const std::string name_;
  const Options options_;
  WorkerServices& services_;
  std::unique_ptr<const JobPlan> plan_;
  std::optional<TrainingSetup> setup_;
  std::optional<JobCaches> caches_;

  mutable Mutex mutex_;
  bool prepared_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t routing_epoch_ ABSL_GUARDED_BY(mutex_) = 0;
  // The last one is used. Calls of those before may still be ending.
  std::vector<std::shared_ptr<ParameterClient>> clients_
      ABSL_GUARDED_BY(mutex_);
  std::vector<v1::SplitReport> bad_splits_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<const Kept> kept_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lineup

#endif  // LINEUP_WORKER_WORKER_JOB_H_

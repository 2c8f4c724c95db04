// A whole job in this process: coordinator, parameter server and worker by
// plain calls, with all threads of the machine on each minibatch.
//
// The result does not depend on the number of threads, the size of the cache
// or timing: the same plan gives the same bits.

#ifndef LINEUP_EMBEDDED_LOCAL_JOB_H_
#define LINEUP_EMBEDDED_LOCAL_JOB_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/thread_pool.h"
#include "common/data/bad_records.h"
#include "common/job/example_transform.h"
#include "common/job/job_plan.h"
#include "common/linear/lineup_evaluation.h"
#include "coordinator/job_machine.h"
#include "embedded/job_observer.h"
#include "server/shard.h"
#include "worker/example_cache.h"
#include "worker/job_caches.h"
#include "worker/local_parameter_client.h"

namespace lineup {

struct LocalJobOptions {
  int threads = 1;
  // Parsed data is kept in memory up to this size, beyond it in `cache_dir`.
  uint64_t cache_memory_bytes = uint64_t{4} << 30;
  std::string cache_dir = "/tmp";
};

class LocalJob {
 public:
  // `plan` and `observer` (may be null) must outlive the job.
  LocalJob(const JobPlan* plan, const LocalJobOptions& options,
           JobObserver* observer);

  // Runs to the end, or until *stop becomes true: then it ends as soon as it
  // can with the best model so far (JobMachine::Stop), or with
  // FAILED_PRECONDITION if nothing has been learnt. With another `end` it
  // returns before that step, and goes on when it is called again.
  absl::Status Run(const std::atomic<bool>& stop,
                   JobMachine::Step end = JobMachine::Step::kDone);

  const JobMachine& machine() const { return machine_; }
  const BadRecords& bad_records() const { return bad_records_; }
  ExampleCache::Statistics cache_statistics() const;

 private:
  // One for each of JobMachine's steps.
  absl::Status Sample();
  absl::Status Train(const std::atomic<bool>& stop);
  absl::Status Evaluate();
  absl::Status Keep();
  absl::Status Measure();

  absl::Status DoStep(const std::atomic<bool>& stop);
  absl::Status Stop();
  // After the sample: what depends on it.
  void SetUp();
  absl::Status StartFromModel();
  absl::StatusOr<SplitExamples> Load(const Dataset& dataset, size_t split,
                                     TrainingPart part);
  using GetSplit = absl::FunctionRef<absl::StatusOr<SplitPtr>(size_t split)>;
  using EvaluateOne = absl::FunctionRef<absl::Status(const SplitExamples& split,
                                                     LineupEvaluation* part)>;
  // Evaluates all splits and merges the parts in their order.
  // `none` is an evaluation of nothing.
  absl::StatusOr<LineupEvaluation> EvaluateAll(const LineupEvaluation& none,
                                               size_t num_splits, GetSplit get,
                                               EvaluateOne evaluate);
  absl::StatusOr<MetricValues> MeasureKept(size_t num_splits, GetSplit get);
  uint64_t EstimatedExamples() const;
  uint32_t NumFeatures() const;

  const JobPlan& plan_;
  const LocalJobOptions options_;
  JobObserver* const observer_;
  ThreadPool pool_;
  JobMachine machine_;
  BadRecords bad_records_;
  // Of the training data, by estimate: all, and what has been read of it, with
  // the examples that were found.
  uint64_t train_bytes_ = 0;
  std::atomic<uint64_t> bytes_read_{0};
  std::atomic<uint64_t> examples_read_{0};
  std::optional<JobCaches> caches_;  // from the sample on
  std::unique_ptr<Shard> shard_;
  std::unique_ptr<LocalParameterClient> client_;
};

}  // namespace lineup

#endif  // LINEUP_EMBEDDED_LOCAL_JOB_H_

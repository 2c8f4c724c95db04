// The parsed data of one job: what is trained on, and what is validated on,
// which has a part of the memory.
//
// Thread safety: immutable after construction; the caches are thread-safe.

#ifndef LINEUP_WORKER_JOB_CACHES_H_
#define LINEUP_WORKER_JOB_CACHES_H_

#include <cstddef>
#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "common/data/dataset.h"
#include "common/job/example_transform.h"
#include "common/job/job_plan.h"
#include "worker/example_cache.h"

namespace lineup {

struct JobCaches {
  // Reads one split of `data`, of which `part` is wanted.
  using Load = std::function<absl::StatusOr<SplitExamples>(
      const Dataset& data, TrainingPart part, size_t split)>;

  // `plan` must outlive the caches.
  JobCaches(const JobPlan& plan, const ExampleCache::Options& options,
            const Load& load);

  std::unique_ptr<ExampleCache> train;
  // Of the validation files, or of what is held out of the training files;
  // null without either.
  std::unique_ptr<ExampleCache> validation;
};

}  // namespace lineup

#endif  // LINEUP_WORKER_JOB_CACHES_H_

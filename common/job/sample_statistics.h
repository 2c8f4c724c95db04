// What a job learns from a small sample before it trains: moments of the
// features and of the label, and how frequent the classes are. Mergeable.
//
// Which examples are sampled: in file order the first whole minibatches, as
// the Linear Learner takes them (floor(num_point_for_scaler / mini_batch_size)
// + 1 of them, less if the data end, a trailing partial one left out); with
// shuffling as many examples, from up to four places of the data.
//
// Thread safety: plain values; ReadSample may run in parallel for different
// tasks.

#ifndef LINEUP_COMMON_JOB_SAMPLE_STATISTICS_H_
#define LINEUP_COMMON_JOB_SAMPLE_STATISTICS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "common/data/bad_records.h"
#include "common/data/examples.h"
#include "common/job/job_plan.h"
#include "common/linear/normalizer.h"

namespace lineup {

struct SampleStatistics {
  SampleMoments moments;
  // Classification: examples of each class, labels as the trainer sees them.
  std::vector<double> class_counts;
  uint64_t examples = 0;

  // Examples [begin, end), labels mapped already (example_transform.h).
  void Add(const Examples& examples, size_t begin, size_t end);
  void Merge(const SampleStatistics& other);
};

// One part of the sample: the first `limit` examples of the splits.
struct SampleTask {
  std::vector<size_t> splits;
  uint64_t limit = 0;
  // If there are fewer, only whole multiples of this count (if any).
  uint64_t multiple = 1;
};

// Tasks whose results, merged in this order, are the sample.
std::vector<SampleTask> PlanSample(const JobPlan& plan);

absl::StatusOr<SampleStatistics> ReadSample(const JobPlan& plan,
                                            const SampleTask& task);

// Training examples in all: a pass over the data, needed for schedules that
// depend on the length of the job.
absl::StatusOr<uint64_t> CountExamples(const JobPlan& plan, size_t split);

}  // namespace lineup

#endif  // LINEUP_COMMON_JOB_SAMPLE_STATISTICS_H_

#include "common/job/sample_statistics.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/job/example_transform.h"

namespace lineup {
namespace {

constexpr size_t kMaxShuffledTasks = 4;

uint64_t SampleSize(const Hyperparameters& hp) {
  const uint64_t minibatch = hp.mini_batch_size;
  return (hp.num_point_for_scaler / minibatch + 1) * minibatch;
}

// Ends a read early; no error of the data has this code.
absl::Status Enough() { return absl::CancelledError("enough examples"); }

}  // namespace

void SampleStatistics::Add(const Examples& block, size_t begin, size_t end) {
  moments.Add(block, begin, end);
  examples += end - begin;
  if (class_counts.empty()) return;
  for (size_t i = begin; i < end; ++i) {
    class_counts[static_cast<size_t>(block.labels[i])] += 1;
  }
}

void SampleStatistics::Merge(const SampleStatistics& other) {
  moments.Merge(other.moments);
  examples += other.examples;
  class_counts.resize(std::max(class_counts.size(), other.class_counts.size()));
  for (size_t c = 0; c < other.class_counts.size(); ++c) {
    class_counts[c] += other.class_counts[c];
  }
}

std::vector<SampleTask> PlanSample(const JobPlan& plan) {
  const Hyperparameters& hp = plan.hyperparameters();
  const uint64_t size = SampleSize(hp);
  const size_t num_splits = plan.train.splits().size();
  const size_t num_tasks =
      plan.spec.shuffle ? std::min(num_splits, kMaxShuffledTasks) : 1;
  std::vector<SampleTask> tasks(num_tasks);
  for (size_t split = 0; split < num_splits; ++split) {
    tasks[split * num_tasks / num_splits].splits.push_back(split);
  }
  for (SampleTask& task : tasks) {
    task.limit = (size + num_tasks - 1) / num_tasks;
    if (!plan.spec.shuffle) task.multiple = hp.mini_batch_size;
  }
  return tasks;
}

absl::StatusOr<SampleStatistics> ReadSample(const JobPlan& plan,
                                            const SampleTask& task) {
  const ExampleTransform transform(plan, TrainingPart::kTrain);
  std::vector<Examples> blocks;
  uint64_t count = 0;
  // Unreadable records are counted and reported when the data is trained on.
  BadRecords bad(plan.spec.data.max_bad_records);
  for (const size_t split : task.splits) {
    if (count >= task.limit) break;
    const absl::Status status = transform.Read(
        plan.train, split,
        [&](Examples block) {
          count += block.size();
          blocks.push_back(std::move(block));
          return count >= task.limit ? Enough() : absl::OkStatus();
        },
        &bad, std::min<uint64_t>(task.limit, Dataset::kMaxBlockExamples));
    if (!status.ok() && count < task.limit) return status;
  }
  uint64_t use = std::min(count, task.limit);
  if (use >= task.multiple) use -= use % task.multiple;
  SampleStatistics statistics;
  statistics.class_counts.assign(NumClasses(plan.hyperparameters()), 0.0);
  for (const Examples& block : blocks) {
    const size_t n = std::min<uint64_t>(use, block.size());
    statistics.Add(block, 0, n);
    use -= n;
  }
  return statistics;
}

absl::StatusOr<uint64_t> CountExamples(const JobPlan& plan, size_t split) {
  const ExampleTransform transform(plan, TrainingPart::kTrain);
  uint64_t count = 0;
  BadRecords bad(plan.spec.data.max_bad_records);
  LINEUP_RETURN_IF_ERROR(transform.Read(
      plan.train, split,
      [&](const Examples& block) {
        count += block.size();
        return absl::OkStatus();
      },
      &bad));
  return count;
}

}  // namespace lineup

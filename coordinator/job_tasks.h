// The steps of a job that are done as tasks (coordinator/task_table.h): which
// tasks, and what their results make together.
//
// Thread safety: pure functions.

#ifndef LINEUP_COORDINATOR_JOB_TASKS_H_
#define LINEUP_COORDINATOR_JOB_TASKS_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/thread_pool.h"
#include "common/job/job_plan.h"
#include "common/job/sample_statistics.h"
#include "common/linear/lineup_evaluation.h"
#include "coordinator/job_machine.h"
#include "coordinator/task_table.h"
#include "proto/node.pb.h"

namespace lineup {

std::vector<v1::Task> SampleTasks(const JobPlan& plan);
// Of all candidates, on the validation data or, without any, the training data.
std::vector<v1::Task> EvaluateTasks(const JobPlan& plan);
// Of the kept model, on all data there is.
std::vector<v1::Task> MeasureTasks(const JobPlan& plan);

struct Sampled {
  SampleStatistics sample;
  uint64_t num_examples = 0;  // 0: not counted
};
absl::StatusOr<Sampled> MergeSample(const TaskTable& tasks);
// The candidates are shared out to `pool`, if there is one.
absl::StatusOr<LineupResults> MergeEvaluation(const JobPlan& plan,
                                              const JobMachine& machine,
                                              const TaskTable& tasks,
                                              ThreadPool* pool);
absl::StatusOr<FinalMetrics> MergeMeasurement(const JobPlan& plan,
                                              const JobMachine& machine,
                                              const TaskTable& tasks);

}  // namespace lineup

#endif  // LINEUP_COORDINATOR_JOB_TASKS_H_

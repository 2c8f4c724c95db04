// The steps of a job that are done as tasks (coordinator/task_table.h): which
// tasks, and what their results make together.
//
// Thread safety: pure functions.

#ifndef LINEUP_COORDINATOR_JOB_TASKS_H_
#define LINEUP_COORDINATOR_JOB_TASKS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/thread_pool.h"
#include "common/job/job_plan.h"
#include "common/job/sample_statistics.h"
#include "common/linear/candidate_groups.h"
#include "common/linear/lineup_columns.h"
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

// Merges the results of the other tasks, in the order of the tasks, while they
// come in: what is long does not wait for the last of them.
class EvaluationMerge {
 public:
  // Of what the machine has evaluated or measured, in this step.
  EvaluationMerge(const JobPlan& plan, const JobMachine& machine);

  // Takes the results that have come since from the table, as far as all
  // before them are there.
  absl::Status TakeFrom(TaskTable* tasks);

  // Once all have been taken. The candidates are shared out to `pool`, if there
  // is one.
  LineupResults FinishEvaluation(ThreadPool* pool) const;
  FinalMetrics FinishMeasurement(const JobMachine& machine) const;

 private:
  const EvaluationSettings settings_;
  const LineupColumns columns_;
  const CandidateGroupings groupings_;
  std::map<v1::DataPart, LineupEvaluation> parts_;
  size_t num_taken_ = 0;
};

}  // namespace lineup

#endif  // LINEUP_COORDINATOR_JOB_TASKS_H_

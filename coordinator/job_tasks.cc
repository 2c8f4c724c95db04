#include "coordinator/job_tasks.h"

#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/strings/numbers.h"
#include "common/base/status_macros.h"
#include "common/job/job_codec.h"
#include "common/job/job_evaluation.h"
#include "common/job/training_setup.h"

namespace lineup {
namespace {

std::vector<v1::Task> TasksForSplits(v1::Task::Kind kind, v1::DataPart data,
                                     size_t num_splits) {
  std::vector<v1::Task> tasks(num_splits);
  for (size_t split = 0; split < num_splits; ++split) {
    tasks[split].set_kind(kind);
    tasks[split].set_data(data);
    tasks[split].add_splits(static_cast<uint32_t>(split));
  }
  return tasks;
}

void Append(std::vector<v1::Task> more, std::vector<v1::Task>* tasks) {
  for (v1::Task& task : more) tasks->push_back(std::move(task));
}

// Splits that the validation data is in: of its own files, or of the training
// files that a part is held out of.
size_t ValidationSplits(const JobPlan& plan) {
  return plan.validation.has_value() ? plan.validation->splits().size()
                                     : plan.train.splits().size();
}

bool Measures(const JobMachine& machine) {
  return machine.step() == JobMachine::Step::kMeasure;
}

}  // namespace

std::vector<v1::Task> SampleTasks(const JobPlan& plan) {
  std::vector<v1::Task> tasks;
  for (size_t part = 0; part < PlanSample(plan).size(); ++part) {
    tasks.emplace_back();
    tasks.back().set_kind(v1::Task::KIND_SAMPLE);
    tasks.back().set_part(static_cast<uint32_t>(part));
  }
  if (NeedsExampleCount(plan)) {
    Append(TasksForSplits(v1::Task::KIND_COUNT, v1::DATA_PART_TRAIN,
                          plan.train.splits().size()),
           &tasks);
  }
  return tasks;
}

std::vector<v1::Task> EvaluateTasks(const JobPlan& plan) {
  return plan.has_validation()
             ? TasksForSplits(v1::Task::KIND_EVALUATE, v1::DATA_PART_VALIDATION,
                              ValidationSplits(plan))
             : TasksForSplits(v1::Task::KIND_EVALUATE, v1::DATA_PART_TRAIN,
                              plan.train.splits().size());
}

std::vector<v1::Task> MeasureTasks(const JobPlan& plan) {
  std::vector<v1::Task> tasks = TasksForSplits(
      v1::Task::KIND_MEASURE, v1::DATA_PART_TRAIN, plan.train.splits().size());
  if (plan.has_validation()) {
    Append(TasksForSplits(v1::Task::KIND_MEASURE, v1::DATA_PART_VALIDATION,
                          ValidationSplits(plan)),
           &tasks);
  }
  if (plan.test.has_value()) {
    Append(TasksForSplits(v1::Task::KIND_MEASURE, v1::DATA_PART_TEST,
                          plan.test->splits().size()),
           &tasks);
  }
  return tasks;
}

absl::StatusOr<Sampled> MergeSample(const TaskTable& tasks) {
  Sampled sampled;
  for (size_t i = 0; i < tasks.size(); ++i) {
    if (tasks.task(i).kind() == v1::Task::KIND_COUNT) {
      uint64_t count = 0;
      if (!absl::SimpleAtoi(tasks.result(i), &count)) {
        return absl::InternalError("a worker's count is not a number");
      }
      sampled.num_examples += count;
      continue;
    }
    v1::SampleStatistics message;
    if (!message.ParseFromString(tasks.result(i))) {
      return absl::InternalError("a worker's sample cannot be read");
    }
    LINEUP_ASSIGN_OR_RETURN(const SampleStatistics part, DecodeSample(message));
    sampled.sample.Merge(part);
  }
  return sampled;
}

EvaluationMerge::EvaluationMerge(const JobPlan& plan, const JobMachine& machine)
    : settings_(Measures(machine) ? KeptSettings(plan, machine.setup())
                                  : LineupSettings(plan, machine.setup())),
      columns_(Measures(machine) ? machine.KeptColumns()
                                 : machine.setup().columns),
      groupings_(Measures(machine) ? CandidateGroupings(columns_)
                                   : machine.setup().groupings) {}

absl::Status EvaluationMerge::TakeFrom(TaskTable* tasks) {
  for (; num_taken_ < tasks->size() && tasks->done(num_taken_); ++num_taken_) {
    LINEUP_ASSIGN_OR_RETURN(
        LineupEvaluation part,
        LineupEvaluation::Parse(settings_, columns_, groupings_,
                                tasks->TakeResult(num_taken_)));
    // One of nothing may be of any groups.
    if (part.num_examples() == 0) continue;
    const auto found = parts_.find(tasks->task(num_taken_).data());
    if (found == parts_.end()) {
      parts_.emplace(tasks->task(num_taken_).data(), std::move(part));
      continue;
    }
    LineupEvaluation& whole = found->second;
    if (part.groups().size() != whole.groups().size()) {
      return absl::InternalError(absl::StrCat(
          "workers evaluated different models: one of ", whole.groups().size(),
          " groups of candidates, and one of ", part.groups().size()));
    }
    whole.Merge(part);
  }
  return absl::OkStatus();
}

LineupResults EvaluationMerge::FinishEvaluation(ThreadPool* pool) const {
  const LineupEvaluation none(settings_, columns_);
  const LineupEvaluation& evaluation =
      parts_.empty() ? none : parts_.begin()->second;
  if (pool == nullptr) return evaluation.Finish();
  return evaluation.Finish([&](size_t n, absl::FunctionRef<void(size_t)> body) {
    pool->ParallelFor(n, body);
  });
}

FinalMetrics EvaluationMerge::FinishMeasurement(
    const JobMachine& machine) const {
  FinalMetrics metrics;
  for (const auto& [data, evaluation] : parts_) {
    MetricValues values = evaluation.MetricsAt(0, machine.kept_threshold());
    if (data == v1::DATA_PART_TRAIN) metrics.train = std::move(values);
    if (data == v1::DATA_PART_VALIDATION) {
      metrics.validation = std::move(values);
    }
    if (data == v1::DATA_PART_TEST) metrics.test = std::move(values);
  }
  return metrics;
}

}  // namespace lineup

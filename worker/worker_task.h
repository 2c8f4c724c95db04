// A task that a worker does: a part of the sample, a count, or scores of
// splits. Goes on step by step and waits for nothing within one.
//
// Thread safety: Advance() and result() by one thread at a time; `wake` is
// called by any.

#ifndef LINEUP_WORKER_WORKER_TASK_H_
#define LINEUP_WORKER_WORKER_TASK_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/linear/lineup_evaluation.h"
#include "proto/node.pb.h"
#include "worker/awaited_answer.h"
#include "worker/evaluate_split.h"
#include "worker/worker_job.h"
#include "worker/worker_services.h"

namespace lineup {

class WorkerTask {
 public:
  // The job is prepared, and open if the task needs the servers. `services`
  // must outlive the task, which `wake` tells that it can go on. Destroy it
  // only while it is idle.
  WorkerTask(v1::Task task, std::shared_ptr<WorkerJob> job,
             WorkerServices* services, std::function<void()> wake);

  // Does what can be done without waiting; whether the task is done.
  bool Advance();
  // Of a task that is done: as Task.kind says.
  const absl::StatusOr<std::string>& result() const { return *result_; }

  // As AwaitedAnswer's.
  bool idle() { return answer_.idle(); }
  void WaitUntilIdle() { answer_.WaitUntilIdle(); }

 private:
  using Result = absl::StatusOr<std::optional<std::string>>;

  // Nothing: it waits.
  Result Step();
  absl::StatusOr<std::string> Sample() const;
  absl::StatusOr<std::string> Count() const;
  Result Evaluate();
  // Scores what is left of a split; whether all is scored.
  absl::StatusOr<bool> ScoreSplit();
  absl::Status ScoreExamples();
  Result Measure();

  const v1::Task task_;
  const std::shared_ptr<WorkerJob> job_;
  WorkerServices& services_;
  std::optional<absl::StatusOr<std::string>> result_;

  // Evaluating.
  std::optional<LineupEvaluation> evaluation_;
  int next_split_ = 0;
  SplitPtr split_;
  std::optional<SplitScorer> scorer_;
  bool scoring_ = false;  // the scorer's weights have been asked for
  uint32_t groups_ = 0;   // of candidates, whose columns they have
  // Measuring.
  v1::KeptModel kept_;
  bool asked_for_kept_ = false;

  AwaitedAnswer answer_;  // destroyed first
};

}  // namespace lineup

#endif  // LINEUP_WORKER_WORKER_TASK_H_

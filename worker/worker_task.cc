#include "worker/worker_task.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/failpoint.h"
#include "common/base/status_macros.h"
#include "common/job/job_codec.h"
#include "common/job/job_evaluation.h"
#include "common/job/sample_statistics.h"
#include "glog/logging.h"
#include "worker/node_error.h"

namespace lineup {

WorkerTask::WorkerTask(v1::Task task, std::shared_ptr<WorkerJob> job,
                       WorkerServices* services, std::function<void()> wake)
    : task_(std::move(task)),
      job_(std::move(job)),
      services_(*services),
      answer_(std::move(wake)) {}

bool WorkerTask::Advance() {
  if (result_.has_value()) return true;
  absl::Status answer;
  if (!answer_.Answered(&answer)) return false;
  const Result step = answer.ok() ? Step() : Result(answer);
  if (!step.ok()) {
    result_ = step.status();
  } else if (step->has_value()) {
    result_ = **step;
  }
  return result_.has_value();
}

WorkerTask::Result WorkerTask::Step() {
  switch (task_.kind()) {
    case v1::Task::KIND_SAMPLE:
      return Sample();
    case v1::Task::KIND_COUNT:
      return Count();
    case v1::Task::KIND_EVALUATE:
      return Evaluate();
    case v1::Task::KIND_MEASURE:
      return Measure();
    default:
      return absl::UnimplementedError(
          absl::StrCat("this worker does not know tasks of kind ",
                       static_cast<int>(task_.kind()),
                       "; coordinator and workers need the same version"));
  }
}

absl::StatusOr<std::string> WorkerTask::Sample() const {
  const std::vector<SampleTask> tasks = PlanSample(job_->plan());
  if (task_.part() >= tasks.size()) {
    return absl::InternalError("the sample has no such part");
  }
  const auto sample = ReadSample(job_->plan(), tasks[task_.part()]);
  LINEUP_RETURN_IF_ERROR(MarkReadError(sample.status()));
  return EncodeSample(*sample).SerializeAsString();
}

absl::StatusOr<std::string> WorkerTask::Count() const {
  uint64_t count = 0;
  for (const uint32_t split : task_.splits()) {
    const auto examples = CountExamples(job_->plan(), split);
    LINEUP_RETURN_IF_ERROR(MarkReadError(examples.status()));
    count += *examples;
  }
  return absl::StrCat(count);
}

WorkerTask::Result WorkerTask::Evaluate() {
  for (;;) {
    if (scorer_.has_value()) {
      LINEUP_ASSIGN_OR_RETURN(const bool done, ScoreSplit());
      if (!done) return std::nullopt;
      scorer_.reset();
    }
    if (next_split_ == task_.splits_size()) break;
    LINEUP_RETURN_IF_ERROR(Failpoint("evaluate.before"));
    LINEUP_ASSIGN_OR_RETURN(
        split_, job_->GetSplit(task_.data(), task_.splits(next_split_)));
    ++next_split_;
    scorer_.emplace(split_.get(), job_->setup().columns.width());
  }
  if (evaluation_.has_value()) return evaluation_->Serialize();
  // There were no examples.
  return LineupEvaluation(LineupSettings(job_->plan(), job_->setup()),
                          job_->setup().columns)
      .Serialize();
}

absl::StatusOr<bool> WorkerTask::ScoreSplit() {
  for (;;) {
    if (scoring_) {
      absl::Status answer;
      if (!answer_.Answered(&answer)) return false;
      LINEUP_RETURN_IF_ERROR(answer);
      scoring_ = false;
      LINEUP_RETURN_IF_ERROR(ScoreExamples());
    }
    if (!scorer_->Next()) return true;
    scoring_ = true;
    if (!scorer_->needs_weights()) continue;
    ParameterClient* const client = job_->client(job_->routing_epoch());
    if (client == nullptr) {
      return absl::AbortedError("the slots are being placed anew");
    }
    client->Peek(scorer_->rows(), std::nullopt,
                 WeightsOut(scorer_->weights(), &groups_), answer_.Expect());
  }
}

absl::Status WorkerTask::ScoreExamples() {
  const CandidateGroups* const groups = job_->setup().groupings.OfSize(groups_);
  CHECK(groups != nullptr) << groups_ << " groups, at no time";
  if (!evaluation_.has_value()) {
    evaluation_.emplace(LineupSettings(job_->plan(), job_->setup()),
                        job_->setup().columns, *groups);
  }
  if (evaluation_->groups().size() != groups->size()) {
    return absl::AbortedError(
        "the model has changed while it was being evaluated");
  }
  scorer_->Score(&*evaluation_);
  return absl::OkStatus();
}

WorkerTask::Result WorkerTask::Measure() {
  std::shared_ptr<const WorkerJob::Kept> kept = job_->kept();
  if (kept == nullptr && !asked_for_kept_) {
    asked_for_kept_ = true;
    services_.GetKeptModel(job_->name(), &kept_, answer_.Expect());
    absl::Status answer;
    if (!answer_.Answered(&answer)) return std::nullopt;
    LINEUP_RETURN_IF_ERROR(answer);
  }
  if (kept == nullptr) {
    LINEUP_ASSIGN_OR_RETURN(kept, job_->TakeKept(kept_));
  }
  LineupEvaluation evaluation(KeptSettings(job_->plan(), job_->setup()),
                              kept->columns);
  for (const uint32_t split : task_.splits()) {
    LINEUP_ASSIGN_OR_RETURN(const SplitPtr examples,
                            job_->GetSplit(task_.data(), split));
    LINEUP_RETURN_IF_ERROR(EvaluateCandidate(*examples, kept->columns,
                                             kept->weights, &evaluation));
  }
  return evaluation.Serialize();
}

}  // namespace lineup

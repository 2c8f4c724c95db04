#include "coordinator/job_machine.h"

#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "glog/logging.h"

namespace lineup {
namespace {

ComparedBy ComparedByOf(const JobPlan& plan) {
  const Hyperparameters& hp = plan.hyperparameters();
  return CandidatesComparedBy(hp.predictor_type,
                              hp.binary_classifier_model_selection_criteria);
}

// Without validation data early stopping looks at the training loss.
Goal StoppingGoal(const JobPlan& plan) {
  return plan.has_validation() ? ComparedByOf(plan).goal : Goal::kMinimize;
}

}  // namespace

JobMachine::JobMachine(const JobPlan* plan)
    : plan_(plan),
      early_stopping_(StoppingGoal(*plan),
                      plan->hyperparameters().early_stopping_patience,
                      plan->hyperparameters().early_stopping_tolerance),
      candidates_(plan->candidates.size()),
      notes_(plan->notes) {}

JobMachine::Course JobMachine::course() const {
  CHECK(step_ != Step::kSample);
  Course course;
  course.step = step_;
  course.sample = sample_;
  course.num_examples = num_examples_;
  course.epoch = epoch_;
  course.stopping = early_stopping_.state();
  course.stopped_early = stopped_early_;
  course.candidates = candidates_;
  course.best_candidate = best_candidate_;
  course.best_epoch = best_epoch_;
  course.best_value = best_value_;
  course.kept = kept_;
  course.examples_per_epoch = examples_per_epoch_;
  course.stopped_by_user = stopped_by_user_;
  course.final_metrics = final_metrics_;
  return course;
}

absl::Status JobMachine::CheckCourse(const JobPlan& plan,
                                     const Course& course) {
  const size_t candidates = plan.candidates.size();
  const int64_t epochs = plan.hyperparameters().epochs;
  // What comes after training may be about its own epoch.
  const bool trains = course.step == Step::kTrain;
  const bool has_kept =
      course.step == Step::kMeasure || course.step == Step::kDone;
  if (course.step == Step::kSample || course.candidates.size() != candidates ||
      course.epoch < 0 || course.epoch >= epochs ||
      course.best_candidate >= candidates ||
      course.best_epoch >= course.epoch + (trains ? 0 : 1) ||
      (has_kept && course.kept.bias.size() != plan.outputs)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "a job that has come to epoch ", course.epoch, " with ",
        course.candidates.size(), " candidates, the best of which is ",
        course.best_candidate, " in epoch ", course.best_epoch,
        ", is not this one, which has ", candidates, " candidates and ", epochs,
        " epochs"));
  }
  return absl::OkStatus();
}

absl::StatusOr<JobMachine> JobMachine::GoOn(const JobPlan* plan,
                                            Course course) {
  LINEUP_RETURN_IF_ERROR(CheckCourse(*plan, course));
  JobMachine machine(plan);
  LINEUP_RETURN_IF_ERROR(
      machine.Sampled(std::move(course.sample), course.num_examples));
  machine.epoch_ = course.epoch;
  machine.early_stopping_ = EarlyStopping(
      StoppingGoal(*plan), plan->hyperparameters().early_stopping_patience,
      plan->hyperparameters().early_stopping_tolerance, course.stopping);
  machine.stopped_early_ = course.stopped_early;
  machine.candidates_ = std::move(course.candidates);
  machine.best_candidate_ = course.best_candidate;
  machine.best_epoch_ = course.best_epoch;
  machine.best_value_ = course.best_value;
  machine.kept_ = std::move(course.kept);
  machine.examples_per_epoch_ = course.examples_per_epoch;
  machine.final_metrics_ = std::move(course.final_metrics);
  if (course.stopped_by_user) machine.NoteStop();
  machine.step_ = course.step;
  return machine;
}

absl::Status JobMachine::Sampled(SampleStatistics sample,
                                 uint64_t num_examples) {
  CHECK(step_ == Step::kSample);
  LINEUP_ASSIGN_OR_RETURN(TrainingSetup setup,
                          MakeTrainingSetup(*plan_, sample, num_examples));
  setup_.emplace(std::move(setup));
  sample_ = std::move(sample);
  num_examples_ = num_examples;
  step_ = Step::kTrain;
  return absl::OkStatus();
}

absl::Status JobMachine::Trained(const EpochLoss& loss) {
  CHECK(step_ == Step::kTrain);
  if (loss.examples == 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the training data has fewer examples than mini_batch_size (",
        plan_->hyperparameters().mini_batch_size,
        "), and --drop-last leaves out partial minibatches; lower "
        "mini_batch_size or leave out --drop-last"));
  }
  examples_per_epoch_ = loss.examples;
  std::vector<double> losses;
  for (size_t c = 0; c < candidates_.size(); ++c) {
    losses.push_back(loss.Mean(c));
    candidates_[c].train_loss.push_back(losses[c]);
    if (!std::isfinite(losses[c]) && candidates_[c].diverged_in_epoch < 0) {
      candidates_[c].diverged_in_epoch = epoch_;
    }
  }
  if (plan_->has_validation()) {
    step_ = Step::kEvaluate;
    return absl::OkStatus();
  }
  Observe(LowestLoss(losses));
  if (LastEpoch()) {
    step_ = Step::kEvaluate;
  } else {
    ++epoch_;
  }
  return absl::OkStatus();
}

absl::Status JobMachine::Evaluated(LineupResults results) {
  CHECK(step_ == Step::kEvaluate);
  CHECK_EQ(results.candidates.size(), candidates_.size());
  for (size_t c = 0; c < candidates_.size(); ++c) {
    candidates_[c].evaluation = results.candidates[c];
  }
  if (results.num_examples == 0) {
    return absl::InvalidArgumentError(
        "there is no example in the validation data; give data with at least "
        "one record, or a larger --validation-fraction");
  }
  const absl::StatusOr<size_t> best = SelectBest(
      compared_by().goal, results.candidates, setup_->columns.candidates());
  if (!best.ok()) {
    // Whatever was kept before the last candidate diverged is still good.
    if (best_epoch_ < 0) return best.status();
    step_ = Step::kMeasure;
    return absl::OkStatus();
  }
  const double value = results.candidates[*best].criterion;
  if (plan_->has_validation()) Observe(value);
  if (best_epoch_ >= 0 && !verdict_.is_best) {
    NextEpochOrEnd();
    return absl::OkStatus();
  }
  best_candidate_ = *best;
  best_epoch_ = epoch_;
  best_value_ = value;
  for (CandidateState& candidate : candidates_) {
    candidate.kept_evaluation = candidate.evaluation;
  }
  step_ = Step::kKeep;
  return absl::OkStatus();
}

void JobMachine::Kept(CandidateWeights weights) {
  CHECK(step_ == Step::kKeep);
  kept_ = std::move(weights);
  NextEpochOrEnd();
}

void JobMachine::Measured(FinalMetrics metrics) {
  CHECK(step_ == Step::kMeasure);
  final_metrics_ = std::move(metrics);
  step_ = Step::kDone;
}

absl::Status JobMachine::Stop() {
  if (step_ == Step::kSample) {
    return absl::FailedPreconditionError(
        "stopped before training began: there is no model yet");
  }
  if (stopped_by_user_ || step_ == Step::kMeasure || step_ == Step::kDone) {
    return absl::OkStatus();
  }
  NoteStop();
  if (step_ == Step::kTrain) {
    step_ = best_epoch_ >= 0 ? Step::kMeasure : Step::kEvaluate;
  }
  return absl::OkStatus();
}

// The epoch stays the same from then on.
void JobMachine::NoteStop() {
  stopped_by_user_ = true;
  notes_.push_back(absl::StrCat("Training was stopped by the user in epoch ",
                                epoch_ + 1, " of ",
                                plan_->hyperparameters().epochs, "."));
}

ComparedBy JobMachine::compared_by() const { return ComparedByOf(*plan_); }

LineupColumns JobMachine::KeptColumns() const {
  return LineupColumns({setup_->columns.candidates()[best_candidate_]},
                       plan_->outputs);
}

double JobMachine::kept_threshold() const {
  return candidates_[best_candidate_].kept_evaluation->threshold;
}

void JobMachine::Observe(double criterion) {
  verdict_ = early_stopping_.Observe(criterion);
  stopped_early_ |= verdict_.stop;
}

bool JobMachine::LastEpoch() const {
  return stopped_early_ || stopped_by_user_ ||
         epoch_ + 1 >= plan_->hyperparameters().epochs;
}

void JobMachine::NextEpochOrEnd() {
  if (LastEpoch() || !plan_->has_validation()) {
    step_ = Step::kMeasure;
    return;
  }
  ++epoch_;
  step_ = Step::kTrain;
}

}  // namespace lineup

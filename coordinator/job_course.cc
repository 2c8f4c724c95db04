#include "coordinator/job_course.h"

#include <utility>

#include "common/base/status_macros.h"
#include "common/job/job_codec.h"
#include "glog/logging.h"

namespace lineup {
namespace {

v1::CandidateResult EncodeResult(const CandidateEvaluation& evaluation) {
  v1::CandidateResult message;
  message.set_objective_loss(evaluation.objective_loss);
  message.set_criterion(evaluation.criterion);
  message.set_threshold(evaluation.threshold);
  message.set_target_met(evaluation.target_met);
  for (const auto& [name, value] : evaluation.metrics) {
    message.add_metric_names(name);
    message.add_metric_values(value);
  }
  return message;
}

absl::StatusOr<CandidateEvaluation> DecodeResult(
    const v1::CandidateResult& message) {
  if (message.metric_names_size() != message.metric_values_size()) {
    return absl::InvalidArgumentError(
        "a candidate's metrics have more or fewer names than values");
  }
  CandidateEvaluation evaluation;
  evaluation.objective_loss = message.objective_loss();
  evaluation.criterion = message.criterion();
  evaluation.threshold = message.threshold();
  evaluation.target_met = message.target_met();
  for (int i = 0; i < message.metric_names_size(); ++i) {
    evaluation.metrics.emplace_back(message.metric_names(i),
                                    message.metric_values(i));
  }
  return evaluation;
}

v1::CandidateCourse EncodeCandidateState(
    const JobMachine::CandidateState& state) {
  v1::CandidateCourse message;
  message.mutable_train_loss()->Add(state.train_loss.begin(),
                                    state.train_loss.end());
  if (state.evaluation.has_value()) {
    *message.mutable_evaluation() = EncodeResult(*state.evaluation);
  }
  if (state.kept_evaluation.has_value()) {
    *message.mutable_kept_evaluation() = EncodeResult(*state.kept_evaluation);
  }
  message.set_diverged_in_epoch(state.diverged_in_epoch);
  return message;
}

absl::StatusOr<JobMachine::CandidateState> DecodeCandidateState(
    const v1::CandidateCourse& message) {
  JobMachine::CandidateState state;
  state.train_loss.assign(message.train_loss().begin(),
                          message.train_loss().end());
  if (message.has_evaluation()) {
    LINEUP_ASSIGN_OR_RETURN(state.evaluation,
                            DecodeResult(message.evaluation()));
  }
  if (message.has_kept_evaluation()) {
    LINEUP_ASSIGN_OR_RETURN(state.kept_evaluation,
                            DecodeResult(message.kept_evaluation()));
  }
  state.diverged_in_epoch = message.diverged_in_epoch();
  return state;
}

v1::Metrics EncodeMetrics(const MetricValues& metrics) {
  v1::Metrics message;
  for (const auto& [name, value] : metrics) {
    message.add_names(name);
    message.add_values(value);
  }
  return message;
}

absl::StatusOr<MetricValues> DecodeMetrics(const v1::Metrics& message) {
  if (message.names_size() != message.values_size()) {
    return absl::InvalidArgumentError(
        "a model's metrics have more or fewer names than values");
  }
  MetricValues metrics;
  for (int i = 0; i < message.names_size(); ++i) {
    metrics.emplace_back(message.names(i), message.values(i));
  }
  return metrics;
}

using Step = JobMachine::Step;
constexpr std::pair<Step, v1::JobCourse::Step> kSteps[] = {
    {Step::kTrain, v1::JobCourse::STEP_TRAIN},
    {Step::kEvaluate, v1::JobCourse::STEP_EVALUATE},
    {Step::kKeep, v1::JobCourse::STEP_KEEP},
    {Step::kMeasure, v1::JobCourse::STEP_MEASURE},
    {Step::kDone, v1::JobCourse::STEP_DONE}};

v1::JobCourse::Step EncodeStep(Step step) {
  for (const auto& [s, message] : kSteps) {
    if (s == step) return message;
  }
  LOG(FATAL) << "a job without its sample has no course";
}

Step DecodeStep(v1::JobCourse::Step message) {
  for (const auto& [step, m] : kSteps) {
    if (m == message) return step;
  }
  return Step::kSample;  // refused by JobMachine
}

}  // namespace

v1::JobCourse EncodeCourse(const JobMachine& machine) {
  const JobMachine::Course course = machine.course();
  v1::JobCourse message;
  message.set_step(EncodeStep(course.step));
  *message.mutable_sample() = EncodeSample(course.sample);
  message.set_num_examples(course.num_examples);
  message.set_epoch(course.epoch);
  for (const JobMachine::CandidateState& state : course.candidates) {
    *message.add_candidates() = EncodeCandidateState(state);
  }
  message.set_examples_per_epoch(course.examples_per_epoch);
  message.set_best_candidate(static_cast<uint32_t>(course.best_candidate));
  message.set_best_epoch(course.best_epoch);
  message.set_best_value(course.best_value);
  if (!course.kept.bias.empty()) {
    *message.mutable_kept() = EncodeWeights(course.kept);
  }
  message.set_observed_epochs(course.stopping.num_epochs);
  message.set_stopping_best_epoch(course.stopping.best_epoch);
  message.set_stopping_best(course.stopping.best);
  message.set_epochs_without_improvement(
      course.stopping.epochs_without_improvement);
  message.set_stopped_early(course.stopped_early);
  message.set_stopped_by_user(course.stopped_by_user);
  if (course.step == Step::kDone) {
    const FinalMetrics& metrics = course.final_metrics;
    *message.mutable_train_metrics() = EncodeMetrics(metrics.train);
    *message.mutable_validation_metrics() = EncodeMetrics(metrics.validation);
    *message.mutable_test_metrics() = EncodeMetrics(metrics.test);
  }
  return message;
}

absl::StatusOr<JobMachine> DecodeCourse(const JobPlan* plan,
                                        const v1::JobCourse& message) {
  JobMachine::Course course;
  course.step = DecodeStep(message.step());
  LINEUP_ASSIGN_OR_RETURN(course.sample, DecodeSample(message.sample()));
  course.num_examples = message.num_examples();
  course.epoch = message.epoch();
  for (const v1::CandidateCourse& candidate : message.candidates()) {
    LINEUP_ASSIGN_OR_RETURN(JobMachine::CandidateState state,
                            DecodeCandidateState(candidate));
    course.candidates.push_back(std::move(state));
  }
  course.examples_per_epoch = message.examples_per_epoch();
  course.best_candidate = message.best_candidate();
  course.best_epoch = message.best_epoch();
  course.best_value = message.best_value();
  if (message.has_kept()) {
    LINEUP_ASSIGN_OR_RETURN(course.kept,
                            DecodeWeights(message.kept(), plan->outputs));
  }
  course.stopping.num_epochs = message.observed_epochs();
  course.stopping.best_epoch = message.stopping_best_epoch();
  course.stopping.best = message.stopping_best();
  course.stopping.epochs_without_improvement =
      message.epochs_without_improvement();
  course.stopped_early = message.stopped_early();
  course.stopped_by_user = message.stopped_by_user();
  LINEUP_ASSIGN_OR_RETURN(course.final_metrics.train,
                          DecodeMetrics(message.train_metrics()));
  LINEUP_ASSIGN_OR_RETURN(course.final_metrics.validation,
                          DecodeMetrics(message.validation_metrics()));
  LINEUP_ASSIGN_OR_RETURN(course.final_metrics.test,
                          DecodeMetrics(message.test_metrics()));
  return JobMachine::GoOn(plan, std::move(course));
}

}  // namespace lineup

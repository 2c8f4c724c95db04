#include "cli/linear_learner_observer.h"

#include <vector>

#include "common/linear/selection.h"

namespace lineup {
namespace {

using Channel = LinearLearnerLog::Channel;
using Step = JobMachine::Step;

LinearLearnerLog::Job LogJob(const Hyperparameters& hp) {
  LinearLearnerLog::Job job;
  job.predictor_type = hp.predictor_type;
  job.loss = hp.loss;
  job.criterion = hp.binary_classifier_model_selection_criteria;
  job.accuracy_top_k = hp.accuracy_top_k;
  job.f_beta = hp.f_beta;
  return job;
}

LinearLearnerLog::Statistic Single(const char* name, double value) {
  return {name, 1, value, value, value};
}

// What early stopping looks at (JobMachine), in its newest epoch.
double Criterion(const JobMachine& machine, bool has_validation) {
  std::vector<double> losses;
  std::vector<CandidateEvaluation> evaluations;
  for (const JobMachine::CandidateState& candidate : machine.candidates()) {
    if (has_validation) {
      evaluations.push_back(*candidate.evaluation);
    } else {
      losses.push_back(candidate.train_loss.back());
    }
  }
  return has_validation ? BestCriterion(machine.compared_by().goal, evaluations)
                        : LowestLoss(losses);
}

}  // namespace

LinearLearnerObserver::LinearLearnerObserver(const JobPlan* plan,
                                             const Clock* clock,
                                             std::ostream* out)
    : plan_(*plan),
      clock_(*clock),
      out_(*out),
      log_(LogJob(plan->hyperparameters())) {}

void LinearLearnerObserver::StepBegins(const JobMachine& machine) {
  const absl::Time now = clock_.Now();
  if (machine.step() == Step::kTrain) epoch_began_ = now;
  if (machine.step() != Step::kSample) return;
  job_began_ = now;
  Write(log_.FinalConfiguration(
      now, HyperparametersToJson(plan_.hyperparameters())));
  for (const std::string& note : plan_.notes)
    Write(log_.Line(now, "WARNING", note));
  out_.flush();
}

void LinearLearnerObserver::Progress(const JobMachine&, const StepProgress&) {}

void LinearLearnerObserver::StepEnded(const JobMachine& machine, Step step,
                                      int64_t epoch) {
  if (step == Step::kTrain) training_ended_ = clock_.Now();
  const bool epoch_is_over =
      step == (plan_.has_validation() ? Step::kEvaluate : Step::kTrain);
  // When training is stopped in the first epoch, the weights as they are then
  // are evaluated.
  const bool is_whole =
      static_cast<int64_t>(machine.candidates()[0].train_loss.size()) > epoch;
  if (epoch_is_over && is_whole) TellEpoch(machine, epoch);
  if (step == Step::kMeasure) TellResult(machine);
  out_.flush();
}

void LinearLearnerObserver::TellEpoch(const JobMachine& machine,
                                      int64_t epoch) {
  TellTrainLosses(machine, epoch);
  if (plan_.has_validation()) TellValidationLosses(machine, epoch);
  TellCriterion(machine, epoch);
  TellThroughput(machine, epoch);
}

void LinearLearnerObserver::TellTrainLosses(const JobMachine& machine,
                                            int64_t epoch) {
  const absl::Time now = clock_.Now();
  for (size_t c = 0; c < machine.candidates().size(); ++c) {
    Write(log_.ObjectiveMetrics(
        {epoch_began_, now, epoch, plan_.candidates[c].index, ""},
        Channel::kTrain, machine.candidates()[c].train_loss[epoch]));
  }
  Write(log_.EpochObjective(now, epoch, Channel::kTrain,
                            machine.candidates()[0].train_loss[epoch]));
}

void LinearLearnerObserver::TellValidationLosses(const JobMachine& machine,
                                                 int64_t epoch) {
  const absl::Time now = clock_.Now();
  for (size_t c = 0; c < machine.candidates().size(); ++c) {
    Write(log_.ObjectiveMetrics(
        {epoch_began_, now, epoch, plan_.candidates[c].index, ""},
        Channel::kValidation,
        machine.candidates()[c].evaluation->objective_loss));
  }
  Write(
      log_.EpochObjective(now, epoch, Channel::kValidation,
                          machine.candidates()[0].evaluation->objective_loss));
}

void LinearLearnerObserver::TellCriterion(const JobMachine& machine,
                                          int64_t epoch) {
  const absl::Time now = clock_.Now();
  Write(log_.EarlyStoppingCriteria(now, epoch, plan_.has_validation(),
                                   Criterion(machine, plan_.has_validation())));
  if (machine.verdict().improved) {
    Write(log_.EpochImproved(now, epoch));
  } else {
    Write(log_.EpochNotImproved(
        now, epoch,
        machine.early_stopping().state().epochs_without_improvement));
  }
  if (machine.verdict().is_best) Write(log_.SavingModel(now, epoch));
}

void LinearLearnerObserver::TellThroughput(const JobMachine& machine,
                                           int64_t epoch) {
  const absl::Time now = clock_.Now();
  const double records = machine.examples_per_epoch();
  records_seen_ += machine.examples_per_epoch();
  Write(log_.Progress(now, epoch + 1, plan_.hyperparameters().epochs));
  Write(log_.Metrics(
      {epoch_began_, now, epoch, std::nullopt, "training_data_iter"},
      {Single("Number of Records Since Last Reset", records),
       Single("Max Records Seen Between Resets", records),
       Single("Total Records Seen", records_seen_),
       Single("Reset Count", epoch + 1)}));
  Write(log_.Throughput(now, records, training_ended_ - epoch_began_));
  if (!machine.stopped_early()) return;
  Write(log_.EarlyStop(now));
  Write(log_.ProgressAfterEarlyStop(now));
}

void LinearLearnerObserver::TellResult(const JobMachine& machine) {
  const absl::Time now = clock_.Now();
  const FinalMetrics& metrics = machine.final_metrics();
  const auto tell = [&](Channel channel, const MetricValues& values) {
    for (const std::string& line : log_.FinalScores(now, channel, values))
      Write(line);
  };
  tell(Channel::kTrain, metrics.train);
  if (plan_.has_validation()) tell(Channel::kValidation, metrics.validation);
  Write(log_.BestModel(
      now, machine.setup().columns.candidates()[machine.best_candidate()]));
  if (plan_.test.has_value()) {
    tell(Channel::kTest, metrics.test);
  } else {
    Write(log_.NoTestData(now));
  }
  const double epochs = machine.candidates()[0].train_loss.size();
  Write(log_.Metrics(
      {job_began_, now, std::nullopt, std::nullopt, ""},
      {Single("totaltime", absl::ToDoubleMilliseconds(now - job_began_)),
       Single("epochs", epochs)}));
}

}  // namespace lineup

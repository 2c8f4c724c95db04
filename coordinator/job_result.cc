#include "coordinator/job_result.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/linear/example_loss.h"
#include "common/linear/lineup_evaluation.h"
#include "common/linear/selection.h"
#include "common/linear/types.h"

namespace lineup {
namespace {

CandidateReport ReportOf(const JobPlan& plan, const JobMachine& machine,
                         size_t position) {
  const JobMachine::CandidateState& state = machine.candidates()[position];
  const Candidate& candidate = machine.setup().columns.candidates()[position];
  const Hyperparameters& hp = plan.hyperparameters();
  CandidateReport report;
  report.index = candidate.index;
  report.hyperparameters = CandidateToJson(candidate, hp.loss);
  report.train_loss = state.train_loss;
  if (state.diverged_in_epoch >= 0) {
    report.state = absl::StrCat("diverged in epoch ", state.diverged_in_epoch);
  }
  if (!state.kept_evaluation.has_value()) return report;
  if (hp.predictor_type == PredictorType::kBinaryClassifier) {
    report.threshold = state.kept_evaluation->threshold;
  }
  if (plan.has_validation()) report.validation = state.kept_evaluation->metrics;
  return report;
}

nlohmann::json DataOf(const JobPlan& plan, const JobMachine& machine,
                      uint64_t bad_records) {
  nlohmann::json data = {{"train",
                          {{"files", plan.train.files()},
                           {"examples", machine.examples_per_epoch()}}},
                         {"bad_records", bad_records},
                         {"sampled_examples", machine.sample().examples}};
  if (plan.validation.has_value()) {
    data["validation"] = {{"files", plan.validation->files()}};
  } else if (plan.spec.validation_fraction > 0) {
    data["validation"] = {{"fraction", plan.spec.validation_fraction}};
  }
  if (plan.test.has_value()) data["test"] = {{"files", plan.test->files()}};
  return data;
}

// The name of what the best candidate was chosen by.
std::string CriterionName(const Hyperparameters& hp) {
  if (hp.predictor_type == PredictorType::kBinaryClassifier) {
    return std::string(Name(hp.binary_classifier_model_selection_criteria));
  }
  return std::string(Name(SelectionCriterion::kLossFunction));
}

}  // namespace

absl::StatusOr<LinearModel> MakeModel(const JobPlan& plan,
                                      const JobMachine& machine) {
  const Hyperparameters& hp = plan.hyperparameters();
  const size_t best = machine.best_candidate();
  const Candidate& candidate = machine.setup().columns.candidates()[best];
  LinearModel model;
  model.predictor_type = hp.predictor_type;
  model.loss = hp.loss;
  model.loss_parameters = LossParametersOf(candidate);
  model.metric_parameters.accuracy_top_k = hp.accuracy_top_k;
  model.metric_parameters.f_beta = hp.f_beta;
  model.num_features = machine.kept().num_features;
  model.num_classes = plan.outputs;
  model.weights = machine.kept().weights;
  model.bias = machine.kept().bias;
  machine.setup().normalizer.FoldBack(plan.outputs, &model.weights,
                                      &model.bias);
  if (hp.predictor_type == PredictorType::kBinaryClassifier) {
    model.threshold = machine.candidates()[best].kept_evaluation->threshold;
  }
  model.feature_names = plan.train.schema().feature_names;
  model.class_weights.assign(machine.setup().class_weights.begin(),
                             machine.setup().class_weights.end());
  LINEUP_RETURN_IF_ERROR(CheckConsistent(model));
  return model;
}

ModelDocument MakeDocument(const JobPlan& plan, const JobMachine& machine,
                           uint64_t bad_records) {
  ModelDocument document;
  const LineupColumns& columns = machine.setup().columns;
  document.best_candidate =
      columns.candidates()[machine.best_candidate()].index;
  document.selection_criterion = CriterionName(plan.hyperparameters());
  document.selection_data = plan.has_validation() ? "validation" : "train";
  document.train_metrics = machine.final_metrics().train;
  document.validation_metrics = machine.final_metrics().validation;
  document.test_metrics = machine.final_metrics().test;
  for (size_t c = 0; c < columns.num_candidates(); ++c) {
    document.candidates.push_back(ReportOf(plan, machine, c));
  }
  document.hyperparameters = HyperparametersToJson(plan.hyperparameters());
  document.seed = plan.hyperparameters().seed;
  document.schema = plan.train.schema();
  document.schema.num_features = machine.kept().num_features;
  document.data = DataOf(plan, machine, bad_records);
  document.notes = machine.notes();
  const std::string missed = MissedTarget(
      EvaluationSettingsOf(plan.hyperparameters()).goal,
      *machine.candidates()[machine.best_candidate()].kept_evaluation,
      plan.has_validation() ? "validation data" : "training data");
  if (!missed.empty()) document.notes.push_back(missed);
  if (machine.stopped_early()) {
    document.notes.push_back(
        absl::StrCat("Training stopped early after ", machine.epoch() + 1,
                     " epochs: the criterion had stopped improving."));
  }
  return document;
}

}  // namespace lineup

#include "common/model/evaluator.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "common/base/status_macros.h"
#include "common/linear/example_loss.h"
#include "glog/logging.h"

namespace lineup {
namespace {

using Metrics =
    absl::variant<BinaryMetrics, MulticlassMetrics, RegressionMetrics>;

Metrics MetricsFor(const LinearModel& model) {
  const MetricParameters& parameters = model.metric_parameters;
  switch (model.predictor_type) {
    case PredictorType::kBinaryClassifier:
      return BinaryMetrics(parameters.f_beta);
    case PredictorType::kMulticlassClassifier:
      return MulticlassMetrics(model.num_classes, parameters.accuracy_top_k,
                               parameters.f_beta);
    case PredictorType::kRegressor:
      break;
  }
  return RegressionMetrics();
}

absl::Span<const double> LinearValues(const Predictions& predictions,
                                      size_t row) {
  const size_t outputs = predictions.num_outputs;
  return absl::MakeConstSpan(predictions.linear_values)
      .subspan(row * outputs, outputs);
}

double LossOf(const LinearModel& model, absl::Span<const double> values,
              double label) {
  return ExampleLoss(model.loss, model.loss_parameters, model.class_weights,
                     values, label);
}

absl::Status WrongLabel(float label, absl::string_view expected) {
  return absl::InvalidArgumentError(
      absl::StrCat("found the label ", label, ", expected ", expected,
                   "; check that --label names the label's column and that "
                   "the model was trained for this data"));
}

}  // namespace

Evaluator::Evaluator(const Predictor& predictor)
    : predictor_(predictor), metrics_(MetricsFor(predictor.model())) {}

absl::Status Evaluator::AddBinary(const Predictions& predictions, size_t row,
                                  float label, double weight) {
  if (label != 0 && label != 1 && label != -1) {
    return WrongLabel(label, "0 or 1 (or -1 or 1) for a binary classifier");
  }
  const bool positive = label == 1;
  const double loss =
      LossOf(predictor_.model(), LinearValues(predictions, row), positive);
  absl::get<BinaryMetrics>(metrics_).Add(predictions.scores[row],
                                         predictions.labels[row] == 1, positive,
                                         loss, weight);
  return absl::OkStatus();
}

absl::Status Evaluator::AddMulticlass(const Predictions& predictions,
                                      size_t row, float label, double weight) {
  const uint32_t classes = predictor_.model().num_classes;
  if (!(label >= 0) || label >= classes || label != std::floor(label)) {
    return WrongLabel(label, absl::StrCat("a class from 0 to ", classes - 1));
  }
  const absl::Span<const double> values = LinearValues(predictions, row);
  absl::get<MulticlassMetrics>(metrics_).Add(
      values, static_cast<uint32_t>(label),
      LossOf(predictor_.model(), values, label), weight);
  return absl::OkStatus();
}

absl::Status Evaluator::AddOne(const Predictions& predictions, size_t row,
                               float label, double weight) {
  switch (predictor_.model().predictor_type) {
    case PredictorType::kBinaryClassifier:
      return AddBinary(predictions, row, label, weight);
    case PredictorType::kMulticlassClassifier:
      return AddMulticlass(predictions, row, label, weight);
    case PredictorType::kRegressor:
      break;
  }
  const absl::Span<const double> value = LinearValues(predictions, row);
  absl::get<RegressionMetrics>(metrics_).Add(
      value[0], label, LossOf(predictor_.model(), value, label), weight);
  return absl::OkStatus();
}

absl::Status Evaluator::Add(const Examples& examples) {
  if (examples.size() == 0) return absl::OkStatus();
  if (examples.labels.empty()) {
    return absl::InvalidArgumentError(
        "the input has no labels, which evaluation needs; name their column "
        "with --label");
  }
  LINEUP_ASSIGN_OR_RETURN(const Predictions predictions,
                          predictor_.Predict(examples));
  for (size_t i = 0; i < examples.size(); ++i) {
    const double weight = examples.weights.empty() ? 1 : examples.weights[i];
    LINEUP_RETURN_IF_ERROR(AddOne(predictions, i, examples.labels[i], weight));
  }
  num_examples_ += examples.size();
  return absl::OkStatus();
}

void Evaluator::Merge(const Evaluator& other) {
  CHECK_EQ(&predictor_, &other.predictor_);
  num_examples_ += other.num_examples_;
  absl::visit(
      [&other](auto& metrics) {
        using Kind = std::decay_t<decltype(metrics)>;
        metrics.Merge(absl::get<Kind>(other.metrics_));
      },
      metrics_);
}

MetricValues Evaluator::Values() const {
  return absl::visit([](const auto& metrics) { return metrics.Values(); },
                     metrics_);
}

}  // namespace lineup

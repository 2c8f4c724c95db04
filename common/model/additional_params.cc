#include "common/model/additional_params.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/model/json_reader.h"
#include "common/model/number_text.h"

namespace lineup {
namespace {

constexpr char kNull[] = "null";

std::string NumberOrNull(bool present, double value) {
  return present ? NumberText(value) : kNull;
}

std::string ClassWeights(const LinearModel& model) {
  if (model.class_weights.empty()) return kNull;
  std::string text = "[";
  for (const double weight : model.class_weights) {
    if (text.size() > 1) text.append(", ");
    AppendNumber(weight, &text);
  }
  return text.append("]");
}

absl::Status ReadMetricsParams(const JsonReader& reader, LinearModel* model) {
  LossParameters& loss = model->loss_parameters;
  LINEUP_RETURN_IF_ERROR(reader.OptionalNumber("quantile", &loss.quantile));
  LINEUP_RETURN_IF_ERROR(
      reader.OptionalNumber("huber_delta", &loss.huber_delta));
  LINEUP_RETURN_IF_ERROR(reader.OptionalNumber("margin", &loss.margin));
  LINEUP_RETURN_IF_ERROR(
      reader.OptionalNumber("loss_insensitivity", &loss.loss_insensitivity));
  // May be "balanced" or "auto" where the weight was found by training.
  if (reader.Has("positive_example_weight_mult") &&
      !reader.value()["positive_example_weight_mult"].is_string()) {
    LINEUP_ASSIGN_OR_RETURN(loss.positive_example_weight_mult,
                            reader.Number("positive_example_weight_mult"));
  }
  LINEUP_RETURN_IF_ERROR(
      reader.OptionalNumber("f_beta", &model->metric_parameters.f_beta));
  if (reader.Has("accuracy_top_k")) {
    LINEUP_ASSIGN_OR_RETURN(model->metric_parameters.accuracy_top_k,
                            reader.Count("accuracy_top_k", 1,
                                         std::numeric_limits<uint32_t>::max()));
  }
  if (reader.Has("class_weights")) {
    LINEUP_ASSIGN_OR_RETURN(model->class_weights,
                            reader.Numbers("class_weights"));
  }
  return absl::OkStatus();
}

absl::Status ReadNames(const JsonReader& reader, LinearModel* model) {
  LINEUP_ASSIGN_OR_RETURN(const std::string predictor,
                          reader.Text("predictor_type"));
  const auto predictor_type = PredictorTypeFromName(predictor);
  if (!predictor_type.has_value()) {
    return reader.UnknownName("predictor_type", predictor,
                              PredictorTypeNames());
  }
  LINEUP_ASSIGN_OR_RETURN(const std::string loss_name,
                          reader.Text("loss_type"));
  const auto loss = LossTypeFromName(loss_name);
  if (!loss.has_value()) {
    return reader.UnknownName("loss_type", loss_name, LossTypeNames());
  }
  if (!LossFitsPredictor(*loss, *predictor_type)) {
    return reader.FieldError("loss_type", absl::StrCat("\"", loss_name,
                                                       "\" does not belong to "
                                                       "predictor_type \"",
                                                       predictor, "\""));
  }
  model->predictor_type = *predictor_type;
  model->loss = *loss;
  return absl::OkStatus();
}

}  // namespace

std::string SerializeAdditionalParams(const LinearModel& model) {
  const LossType loss = model.loss;
  const LossParameters& parameters = model.loss_parameters;
  const bool eps = loss == LossType::kEpsInsensitiveSquared ||
                   loss == LossType::kEpsInsensitiveAbsolute;
  const bool binary = model.predictor_type == PredictorType::kBinaryClassifier;
  const std::string threshold = NumberOrNull(binary, model.threshold);
  return absl::StrCat(
      "{\"threshold\": ", threshold, ", \"loss_type\": \"", Name(loss),
      "\", \"predictor_type\": \"", Name(model.predictor_type),
      "\", \"metrics_params\": {\"quantile\": ",
      NumberOrNull(loss == LossType::kQuantile, parameters.quantile),
      ", \"huber_delta\": ",
      NumberOrNull(loss == LossType::kHuber, parameters.huber_delta),
      ", \"margin\": ",
      NumberOrNull(loss == LossType::kHinge, parameters.margin),
      ", \"loss_insensitivity\": ",
      NumberOrNull(eps, parameters.loss_insensitivity),
      ", \"eps_insensitive_loss_type\": ",
      eps ? absl::StrCat("\"", Name(loss), "\"") : kNull,
      ", \"accuracy_top_k\": ", model.metric_parameters.accuracy_top_k,
      ", \"f_beta\": ", NumberText(model.metric_parameters.f_beta),
      ", \"positive_example_weight_mult\": ",
      NumberText(parameters.positive_example_weight_mult),
      ", \"class_weights\": ", ClassWeights(model),
      ", \"threshold\": ", threshold, "}}");
}

absl::Status ParseAdditionalParams(absl::string_view json,
                                   absl::string_view file, LinearModel* model) {
  LINEUP_ASSIGN_OR_RETURN(const nlohmann::json document, ParseJson(json, file));
  const JsonReader reader(document, std::string(file), "");
  LINEUP_RETURN_IF_ERROR(reader.CheckObject());
  LINEUP_RETURN_IF_ERROR(ReadNames(reader, model));
  if (model->predictor_type == PredictorType::kBinaryClassifier) {
    LINEUP_ASSIGN_OR_RETURN(model->threshold, reader.Number("threshold"));
  }
  if (!reader.Has("metrics_params")) return absl::OkStatus();
  LINEUP_ASSIGN_OR_RETURN(const JsonReader metrics,
                          reader.Object("metrics_params"));
  return ReadMetricsParams(metrics, model);
}

}  // namespace lineup

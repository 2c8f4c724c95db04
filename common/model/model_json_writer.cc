#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "common/model/json_text.h"
#include "common/model/linear_model_json.h"
#include "common/model/model_json.h"
#include "common/model/number_text.h"

namespace lineup {
namespace {

using Json = nlohmann::ordered_json;

// Adds a member at the end. Json's own operator[] looks for the key first,
// which makes an object of n members cost n².
void AddMember(std::string key, Json value, Json* object) {
  object->get_ref<Json::object_t&>().emplace_back(std::move(key),
                                                  std::move(value));
}

Json Metrics(const MetricValues& metrics) {
  Json object = Json::object();
  for (const auto& [name, value] : metrics) object[name] = value;
  return object;
}

Json AllMetrics(const ModelDocument& document) {
  Json object = Json::object();
  const std::pair<const char*, const MetricValues*> parts[] = {
      {"train", &document.train_metrics},
      {"validation", &document.validation_metrics},
      {"test", &document.test_metrics}};
  for (const auto& [name, metrics] : parts) {
    if (!metrics->empty()) object[name] = Metrics(*metrics);
  }
  return object;
}

Json LossParametersOf(const LinearModel& model) {
  const LossParameters& loss = model.loss_parameters;
  Json object = Json::object();
  switch (model.loss) {
    case LossType::kHinge:
      object["margin"] = loss.margin;
      break;
    case LossType::kQuantile:
      object["quantile"] = loss.quantile;
      break;
    case LossType::kHuber:
      object["huber_delta"] = loss.huber_delta;
      break;
    case LossType::kEpsInsensitiveSquared:
    case LossType::kEpsInsensitiveAbsolute:
      object["loss_insensitivity"] = loss.loss_insensitivity;
      break;
    default:
      break;
  }
  if (model.predictor_type == PredictorType::kBinaryClassifier) {
    object["positive_example_weight_mult"] = loss.positive_example_weight_mult;
  }
  if (!model.class_weights.empty()) {
    object["class_weights"] = model.class_weights;
  }
  if (model.predictor_type != PredictorType::kRegressor) {
    object["f_beta"] = model.metric_parameters.f_beta;
  }
  if (model.predictor_type == PredictorType::kMulticlassClassifier) {
    object["accuracy_top_k"] = model.metric_parameters.accuracy_top_k;
  }
  return object;
}

// One number, or one a class.
Json Row(const float* values, uint32_t outputs) {
  if (outputs == 1) return ShortDouble(*values);
  Json row = Json::array();
  for (uint32_t c = 0; c < outputs; ++c) row.push_back(ShortDouble(values[c]));
  return row;
}

Json Weights(const ModelDocument& document, const LinearModel& model) {
  const auto zeros = static_cast<size_t>(
      std::count(model.weights.begin(), model.weights.end(), 0.0f));
  if (model.weights.size() - zeros > kMaxListedWeights ||
      model.weights.size() > kMaxDenseWeights) {
    return nullptr;
  }
  const uint32_t outputs = model.num_classes;
  const bool list_zeros = model.num_features <= kMaxListedZeros;
  Json object = Json::object();
  for (uint32_t f = 0; f < model.num_features; ++f) {
    const float* row = model.weights.data() + size_t{f} * outputs;
    const bool zero =
        std::all_of(row, row + outputs, [](float w) { return w == 0; });
    if (zero && !list_zeros) continue;
    AddMember(FeatureLabel(model, document.schema, f), Row(row, outputs),
              &object);
  }
  return object;
}

Json Candidates(const std::vector<CandidateReport>& candidates) {
  Json array = Json::array();
  for (const CandidateReport& candidate : candidates) {
    Json object;
    object["index"] = candidate.index;
    object["state"] = candidate.state;
    object["hyperparameters"] = Json(candidate.hyperparameters);
    object["train_loss"] = candidate.train_loss;
    object["validation"] = Metrics(candidate.validation);
    if (candidate.threshold.has_value()) {
      object["threshold"] = *candidate.threshold;
    }
    array.push_back(std::move(object));
  }
  return array;
}

Json SchemaJson(const Schema& schema) {
  Json object;
  object["format"] = std::string(FileFormatName(schema.format));
  object["sparse"] = schema.sparse;
  object["labelled"] = schema.labelled;
  object["weighted"] = schema.weighted;
  object["label_name"] = schema.label_name;
  object["label_column"] = schema.label_column;
  object["weight_name"] = schema.weight_name;
  object["weight_column"] = schema.weight_column;
  object["delimiter"] = std::string(1, schema.delimiter);
  object["first_id"] = schema.first_id;
  return object;
}

bool IsUtf8(const std::string& text) {
  try {
    Json(text).dump();
    return true;
  } catch (const nlohmann::json::type_error&) {
    return false;
  }
}

// Names can key the weights only if they are different from each other and can
// be written in JSON; otherwise features go by their position.
bool UsableNames(const std::vector<std::string>& names) {
  const std::set<std::string> distinct(names.begin(), names.end());
  return distinct.size() == names.size() &&
         std::all_of(names.begin(), names.end(), IsUtf8);
}

Json ToJson(const ModelDocument& document, const LinearModel& model,
            bool with_weights) {
  const bool binary = model.predictor_type == PredictorType::kBinaryClassifier;
  Json out;
  out["format"] = kModelJsonFormat;
  out["format_version"] = kModelJsonVersion;
  out["predictor_type"] = std::string(Name(model.predictor_type));
  out["loss"] = std::string(Name(model.loss));
  out["parameters"] = LossParametersOf(model);
  out["num_features"] = model.num_features;
  out["num_classes"] = model.num_classes;
  out["threshold"] = binary ? Json(model.threshold) : Json(nullptr);
  out["best_candidate"] = document.best_candidate;
  out["selection"] = {{"criterion", document.selection_criterion},
                      {"data", document.selection_data}};
  out["notes"] = document.notes;
  out["metrics"] = AllMetrics(document);
  out["bias"] = Row(model.bias.data(), model.num_classes);
  if (with_weights) out["weights"] = Weights(document, model);
  out["candidates"] = Candidates(document.candidates);
  out["hyperparameters"] = Json(document.hyperparameters);
  out["seed"] = document.seed;
  out["data"] = Json(document.data);
  out["schema"] = SchemaJson(document.schema);
  if (with_weights && !model.feature_names.empty()) {
    out["feature_names"] = model.feature_names;
  }
  return out;
}

}  // namespace

Json ModelSummaryJson(const ModelDocument& document, const LinearModel& model) {
  return ToJson(document, model, false);
}

std::string SerializeModelJson(const ModelDocument& document,
                               const LinearModel& model) {
  if (UsableNames(model.feature_names)) {
    return ReadableJson(ToJson(document, model, true));
  }
  LinearModel nameless = model;
  nameless.feature_names.clear();
  return ReadableJson(ToJson(document, nameless, true));
}

}  // namespace lineup

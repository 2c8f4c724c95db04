#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "common/base/status_macros.h"
#include "common/model/json_text.h"
#include "common/model/linear_model_json.h"
#include "common/model/model_json.h"
#include "common/model/number_text.h"

namespace lineup {
namespace {

using Json = nlohmann::ordered_json;
using WritePiece = absl::FunctionRef<absl::Status(absl::string_view)>;

// Of text, so that it is written while it is in the cache.
constexpr size_t kPieceBytes = size_t{1} << 18;
// So many members never fit into a line.
constexpr size_t kNotInALine = 16;
// What the weights follow.
constexpr char kBias[] = "bias";

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

// The weights that model.json lists.
class WeightList {
 public:
  WeightList(const ModelDocument& document, const LinearModel& model)
      : schema_(document.schema), model_(model) {
    for (uint32_t f = 0; f < model.num_features; ++f) size_ += Lists(f) ? 1 : 0;
  }

  // Adds the list; what is written of it no longer stands in `text`.
  absl::Status Write(JsonMembers* members, std::string* text,
                     WritePiece write) const {
    if (TooMany()) {
      members->Add("weights", nullptr);
    } else if (size_ < kNotInALine) {
      members->Add("weights", Small());
    } else {
      members->AddKey("weights");
      return WriteLarge(JsonMembers(members->value_indent(), text), text,
                        write);
    }
    return absl::OkStatus();
  }

 private:
  const float* row(uint32_t feature) const {
    return model_.weights.data() + size_t{feature} * model_.num_classes;
  }
  bool Lists(uint32_t feature) const {
    return model_.num_features <= kMaxListedZeros ||
           std::any_of(row(feature), row(feature) + model_.num_classes,
                       [](float w) { return w != 0; });
  }
  bool TooMany() const {
    const auto zeros = static_cast<size_t>(
        std::count(model_.weights.begin(), model_.weights.end(), 0.0f));
    return model_.weights.size() - zeros > kMaxListedWeights ||
           model_.weights.size() > kMaxDenseWeights;
  }

  Json Small() const {
    Json object = Json::object();
    for (uint32_t f = 0; f < model_.num_features; ++f) {
      if (!Lists(f)) continue;
      object[FeatureLabel(model_, schema_, f)] =
          Row(row(f), model_.num_classes);
    }
    return object;
  }

  absl::Status WriteLarge(JsonMembers weights, std::string* text,
                          WritePiece write) const {
    const uint32_t outputs = model_.num_classes;
    for (uint32_t f = 0; f < model_.num_features; ++f) {
      if (!Lists(f)) continue;
      const std::string label = FeatureLabel(model_, schema_, f);
      if (outputs == 1) {
        weights.AddFloat(label, *row(f));
      } else {
        weights.Add(label, Row(row(f), outputs));
      }
      if (text->size() < kPieceBytes) continue;
      LINEUP_RETURN_IF_ERROR(write(*text));
      text->clear();
    }
    weights.End();
    return absl::OkStatus();
  }

  const Schema& schema_;
  const LinearModel& model_;
  size_t size_ = 0;
};

absl::Status WriteWithNames(const ModelDocument& document,
                            const LinearModel& model, WritePiece write) {
  std::string text;
  JsonMembers members(0, &text);
  const Json summary = ModelSummaryJson(document, model);
  for (auto it = summary.begin(); it != summary.end(); ++it) {
    members.Add(it.key(), *it);
    if (it.key() != kBias) continue;
    LINEUP_RETURN_IF_ERROR(
        WeightList(document, model).Write(&members, &text, write));
  }
  if (!model.feature_names.empty()) {
    members.Add("feature_names", model.feature_names);
  }
  members.End();
  text.push_back('\n');
  return write(text);
}

}  // namespace

Json ModelSummaryJson(const ModelDocument& document, const LinearModel& model) {
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
  out[kBias] = Row(model.bias.data(), model.num_classes);
  out["candidates"] = Candidates(document.candidates);
  out["hyperparameters"] = Json(document.hyperparameters);
  out["seed"] = document.seed;
  out["data"] = Json(document.data);
  out["schema"] = SchemaJson(document.schema);
  return out;
}

absl::Status WriteModelJson(const ModelDocument& document,
                            const LinearModel& model, WritePiece write) {
  if (UsableNames(model.feature_names)) {
    return WriteWithNames(document, model, write);
  }
  LinearModel nameless = model;
  nameless.feature_names.clear();
  return WriteWithNames(document, nameless, write);
}

std::string SerializeModelJson(const ModelDocument& document,
                               const LinearModel& model) {
  std::string text;
  WriteModelJson(document, model, [&text](absl::string_view piece) {
    text.append(piece.data(), piece.size());
    return absl::OkStatus();
  }).IgnoreError();  // there is none
  return text;
}

}  // namespace lineup

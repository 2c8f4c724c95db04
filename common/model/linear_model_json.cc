#include "common/model/linear_model_json.h"

#include <cstdint>
#include <limits>
#include <string>
#include <unordered_map>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace lineup {
namespace {

using nlohmann::json;

constexpr uint64_t kMax32 = std::numeric_limits<uint32_t>::max();

absl::Status ReadParameters(const JsonReader& reader, LinearModel* model) {
  LossParameters& loss = model->loss_parameters;
  LINEUP_RETURN_IF_ERROR(reader.OptionalNumber("quantile", &loss.quantile));
  LINEUP_RETURN_IF_ERROR(
      reader.OptionalNumber("huber_delta", &loss.huber_delta));
  LINEUP_RETURN_IF_ERROR(reader.OptionalNumber("margin", &loss.margin));
  LINEUP_RETURN_IF_ERROR(
      reader.OptionalNumber("loss_insensitivity", &loss.loss_insensitivity));
  LINEUP_RETURN_IF_ERROR(reader.OptionalNumber(
      "positive_example_weight_mult", &loss.positive_example_weight_mult));
  LINEUP_RETURN_IF_ERROR(
      reader.OptionalNumber("f_beta", &model->metric_parameters.f_beta));
  if (reader.Has("accuracy_top_k")) {
    LINEUP_ASSIGN_OR_RETURN(model->metric_parameters.accuracy_top_k,
                            reader.Count("accuracy_top_k", 1, kMax32));
  }
  if (!reader.Has("class_weights")) return absl::OkStatus();
  LINEUP_ASSIGN_OR_RETURN(model->class_weights,
                          reader.Numbers("class_weights"));
  return absl::OkStatus();
}

absl::Status ReadKind(const JsonReader& reader, LinearModel* model) {
  LINEUP_ASSIGN_OR_RETURN(const std::string predictor,
                          reader.Text("predictor_type"));
  LINEUP_ASSIGN_OR_RETURN(const std::string loss, reader.Text("loss"));
  const auto predictor_type = PredictorTypeFromName(predictor);
  const auto loss_type = LossTypeFromName(loss);
  if (!predictor_type.has_value()) {
    return reader.UnknownName("predictor_type", predictor,
                              PredictorTypeNames());
  }
  if (!loss_type.has_value()) {
    return reader.UnknownName("loss", loss, LossTypeNames());
  }
  model->predictor_type = *predictor_type;
  model->loss = *loss_type;
  LINEUP_ASSIGN_OR_RETURN(model->num_features,
                          reader.Count("num_features", 0, kMax32));
  LINEUP_ASSIGN_OR_RETURN(model->num_classes,
                          reader.Count("num_classes", 1, kMax32));
  if (model->predictor_type == PredictorType::kBinaryClassifier) {
    LINEUP_ASSIGN_OR_RETURN(model->threshold, reader.Number("threshold"));
  }
  if (!reader.Has("parameters")) return absl::OkStatus();
  LINEUP_ASSIGN_OR_RETURN(const JsonReader parameters,
                          reader.Object("parameters"));
  return ReadParameters(parameters, model);
}

// One number, or `outputs` in an array, to `out`.
absl::Status ReadRow(const JsonReader& parent, absl::string_view field,
                     const json& value, uint32_t outputs, float* out) {
  if (outputs == 1 && value.is_number()) {
    *out = value.get<float>();
    return absl::OkStatus();
  }
  if (outputs > 1 && value.is_array() && value.size() == outputs) {
    for (uint32_t c = 0; c < outputs; ++c) {
      if (!value[c].is_number()) {
        return parent.FieldError(
            field, absl::StrCat("found ", Excerpt(value[c]),
                                ", expected a number for each class"));
      }
      out[c] = value[c].get<float>();
    }
    return absl::OkStatus();
  }
  return parent.FieldError(
      field, absl::StrCat("found ", Excerpt(value), ", expected ",
                          outputs == 1 ? "a number"
                                       : absl::StrCat(outputs, " numbers")));
}

// Finds features by what FeatureLabel calls them.
class FeatureIndex {
 public:
  FeatureIndex(const LinearModel& model, const Schema& schema)
      : num_features_(model.num_features),
        first_(schema.format == FileFormat::kLibsvm ? schema.first_id : 0),
        named_(!model.feature_names.empty()) {
    for (size_t i = 0; i < model.feature_names.size(); ++i) {
      by_name_[model.feature_names[i]] = static_cast<uint32_t>(i);
    }
  }

  bool Find(const std::string& label, uint32_t* feature) const {
    if (named_) {
      const auto found = by_name_.find(label);
      if (found == by_name_.end()) return false;
      *feature = found->second;
      return true;
    }
    int64_t id = 0;
    if (!absl::SimpleAtoi(label, &id)) return false;
    if (id < first_ || id - first_ >= int64_t{num_features_}) return false;
    *feature = static_cast<uint32_t>(id - first_);
    return true;
  }

 private:
  const uint32_t num_features_;
  const int64_t first_;
  const bool named_;
  std::unordered_map<std::string, uint32_t> by_name_;
};

absl::Status ReadBias(const JsonReader& reader, LinearModel* model) {
  const auto found = reader.value().find("bias");
  const json value = found == reader.value().end() ? json(nullptr) : *found;
  // As many numbers as are there, so that a wrong num_classes costs nothing.
  if (value.is_array() ? value.size() != model->num_classes
                       : model->num_classes != 1) {
    return reader.FieldError(
        "bias", absl::StrCat("found ", Excerpt(value), ", expected ",
                             model->num_classes, " numbers"));
  }
  model->bias.resize(model->num_classes);
  return ReadRow(reader, "bias", value, model->num_classes, model->bias.data());
}

absl::Status ReadWeights(const JsonReader& reader, const Schema& schema,
                         LinearModel* model) {
  if (!reader.Has("weights")) return absl::OkStatus();
  LINEUP_ASSIGN_OR_RETURN(const JsonReader weights, reader.Object("weights"));
  const size_t outputs = model->num_classes;
  if (size_t{model->num_features} > kMaxDenseWeights / outputs) {
    return reader.FieldError(
        "num_features",
        absl::StrCat("found ", model->num_features, " features of ", outputs,
                     " outputs with listed weights, expected at most ",
                     kMaxDenseWeights, " weights; the file is damaged"));
  }
  model->weights.assign(model->num_features * outputs, 0.0f);
  const FeatureIndex index(*model, schema);
  for (auto it = weights.value().begin(); it != weights.value().end(); ++it) {
    uint32_t feature = 0;
    if (!index.Find(it.key(), &feature)) {
      return weights.FieldError(
          it.key(),
          model->feature_names.empty()
              ? absl::StrCat("no feature has this number; the model has ",
                             model->num_features)
              : "no feature has this name (see feature_names)");
    }
    LINEUP_RETURN_IF_ERROR(ReadRow(weights, it.key(), *it, model->num_classes,
                                   &model->weights[feature * outputs]));
  }
  return absl::OkStatus();
}

absl::Status ReadFeatureNames(const JsonReader& reader, LinearModel* model) {
  if (!reader.Has("feature_names")) return absl::OkStatus();
  LINEUP_ASSIGN_OR_RETURN(model->feature_names, reader.Texts("feature_names"));
  if (model->feature_names.size() == model->num_features) {
    return absl::OkStatus();
  }
  return reader.FieldError(
      "feature_names",
      absl::StrCat("found ", model->feature_names.size(), " names, expected ",
                   model->num_features, " as num_features says"));
}

}  // namespace

absl::Status ReadLinearModel(const JsonReader& reader, const Schema& schema,
                             LinearModel* model) {
  LINEUP_RETURN_IF_ERROR(ReadKind(reader, model));
  LINEUP_RETURN_IF_ERROR(ReadFeatureNames(reader, model));
  LINEUP_RETURN_IF_ERROR(ReadBias(reader, model));
  LINEUP_RETURN_IF_ERROR(ReadWeights(reader, schema, model));
  if (model->weights.empty()) return absl::OkStatus();
  if (const absl::Status status = CheckConsistent(*model); !status.ok()) {
    return reader.Error(status.message());
  }
  return absl::OkStatus();
}

}  // namespace lineup

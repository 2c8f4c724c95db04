#include <cmath>
#include <limits>
#include <unordered_map>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/model/json_reader.h"
#include "common/model/model_json.h"

namespace lineup {
namespace {

using nlohmann::json;

constexpr uint64_t kMax32 = std::numeric_limits<uint32_t>::max();

absl::Status CheckFormat(const JsonReader& reader) {
  LINEUP_RETURN_IF_ERROR(reader.CheckObject());
  LINEUP_ASSIGN_OR_RETURN(const std::string format, reader.Text("format"));
  if (format != kModelJsonFormat) {
    return reader.FieldError(
        "format", absl::StrCat("found \"", format, "\", expected \"",
                               kModelJsonFormat, "\"; this is another file"));
  }
  LINEUP_ASSIGN_OR_RETURN(const uint64_t version,
                          reader.Count("format_version", 1, kMax32));
  if (version > kModelJsonVersion) {
    return reader.FieldError(
        "format_version",
        absl::StrCat("found ", version, ", expected at most ",
                     kModelJsonVersion,
                     "; the model was written by a newer Lineup: use that"));
  }
  return absl::OkStatus();
}

absl::Status ReadNumber(const JsonReader& reader, absl::string_view field,
                        double* value) {
  if (!reader.Has(field)) return absl::OkStatus();
  LINEUP_ASSIGN_OR_RETURN(*value, reader.Number(field));
  return absl::OkStatus();
}

// An array of numbers; null stands for NaN.
absl::StatusOr<std::vector<double>> Numbers(const JsonReader& reader) {
  std::vector<double> numbers;
  for (const json& number : reader.value()) {
    if (!number.is_number() && !number.is_null()) {
      return reader.Error(
          absl::StrCat("found ", Excerpt(number), ", expected numbers"));
    }
    numbers.push_back(number.is_null()
                          ? std::numeric_limits<double>::quiet_NaN()
                          : number.get<double>());
  }
  return numbers;
}

absl::StatusOr<std::vector<std::string>> Texts(const JsonReader& reader) {
  std::vector<std::string> texts;
  for (const json& text : reader.value()) {
    if (!text.is_string()) {
      return reader.Error(
          absl::StrCat("found ", Excerpt(text), ", expected strings"));
    }
    texts.push_back(text.get<std::string>());
  }
  return texts;
}

absl::Status ReadParameters(const JsonReader& reader, LinearModel* model) {
  LossParameters& loss = model->loss_parameters;
  LINEUP_RETURN_IF_ERROR(ReadNumber(reader, "quantile", &loss.quantile));
  LINEUP_RETURN_IF_ERROR(ReadNumber(reader, "huber_delta", &loss.huber_delta));
  LINEUP_RETURN_IF_ERROR(ReadNumber(reader, "margin", &loss.margin));
  LINEUP_RETURN_IF_ERROR(
      ReadNumber(reader, "loss_insensitivity", &loss.loss_insensitivity));
  LINEUP_RETURN_IF_ERROR(ReadNumber(reader, "positive_example_weight_mult",
                                    &loss.positive_example_weight_mult));
  LINEUP_RETURN_IF_ERROR(
      ReadNumber(reader, "f_beta", &model->metric_parameters.f_beta));
  if (reader.Has("accuracy_top_k")) {
    LINEUP_ASSIGN_OR_RETURN(model->metric_parameters.accuracy_top_k,
                            reader.Count("accuracy_top_k", 1, kMax32));
  }
  if (!reader.Has("class_weights")) return absl::OkStatus();
  LINEUP_ASSIGN_OR_RETURN(const JsonReader weights,
                          reader.Array("class_weights"));
  LINEUP_ASSIGN_OR_RETURN(model->class_weights, Numbers(weights));
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
  LINEUP_ASSIGN_OR_RETURN(const JsonReader names,
                          reader.Array("feature_names"));
  LINEUP_ASSIGN_OR_RETURN(model->feature_names, Texts(names));
  if (model->feature_names.size() == model->num_features) {
    return absl::OkStatus();
  }
  return reader.FieldError(
      "feature_names",
      absl::StrCat("found ", model->feature_names.size(), " names, expected ",
                   model->num_features, " as num_features says"));
}

absl::StatusOr<MetricValues> ReadMetrics(const JsonReader& parent,
                                         absl::string_view field) {
  MetricValues metrics;
  if (!parent.Has(field)) return metrics;
  LINEUP_ASSIGN_OR_RETURN(const JsonReader reader, parent.Object(field));
  for (auto it = reader.value().begin(); it != reader.value().end(); ++it) {
    double value = std::numeric_limits<double>::quiet_NaN();
    if (!it->is_null()) {
      LINEUP_ASSIGN_OR_RETURN(value, reader.Number(it.key()));
    }
    metrics.emplace_back(it.key(), value);
  }
  SortMetrics(&metrics);
  return metrics;
}

absl::StatusOr<CandidateReport> ReadCandidate(const JsonReader& reader) {
  CandidateReport candidate;
  LINEUP_RETURN_IF_ERROR(reader.CheckObject());
  LINEUP_ASSIGN_OR_RETURN(candidate.index, reader.Count("index", 0, kMax32));
  LINEUP_ASSIGN_OR_RETURN(candidate.state, reader.Text("state"));
  LINEUP_ASSIGN_OR_RETURN(const JsonReader hyperparameters,
                          reader.Object("hyperparameters"));
  candidate.hyperparameters = hyperparameters.value();
  LINEUP_ASSIGN_OR_RETURN(const JsonReader train_loss,
                          reader.Array("train_loss"));
  LINEUP_ASSIGN_OR_RETURN(candidate.train_loss, Numbers(train_loss));
  LINEUP_ASSIGN_OR_RETURN(candidate.validation,
                          ReadMetrics(reader, "validation"));
  if (reader.Has("threshold")) {
    LINEUP_ASSIGN_OR_RETURN(candidate.threshold, reader.Number("threshold"));
  }
  return candidate;
}

absl::StatusOr<int> ReadColumn(const JsonReader& reader,
                               absl::string_view field) {
  LINEUP_ASSIGN_OR_RETURN(const double column, reader.Number(field));
  if (column != std::floor(column) || column < -1 ||
      column > std::numeric_limits<int>::max()) {
    return reader.FieldError(
        field, absl::StrCat("found ", column,
                            ", expected a column number, or -1 for none"));
  }
  return static_cast<int>(column);
}

absl::Status ReadSchema(const JsonReader& parent, Schema* schema) {
  LINEUP_ASSIGN_OR_RETURN(const JsonReader reader, parent.Object("schema"));
  LINEUP_ASSIGN_OR_RETURN(const std::string format, reader.Text("format"));
  const auto parsed = ParseFileFormat(format);
  if (!parsed.ok()) {
    return reader.FieldError("format", parsed.status().message());
  }
  schema->format = *parsed;
  LINEUP_ASSIGN_OR_RETURN(schema->sparse, reader.Boolean("sparse"));
  LINEUP_ASSIGN_OR_RETURN(schema->labelled, reader.Boolean("labelled"));
  LINEUP_ASSIGN_OR_RETURN(schema->weighted, reader.Boolean("weighted"));
  LINEUP_ASSIGN_OR_RETURN(schema->label_name, reader.Text("label_name"));
  LINEUP_ASSIGN_OR_RETURN(schema->weight_name, reader.Text("weight_name"));
  LINEUP_ASSIGN_OR_RETURN(schema->label_column,
                          ReadColumn(reader, "label_column"));
  LINEUP_ASSIGN_OR_RETURN(schema->weight_column,
                          ReadColumn(reader, "weight_column"));
  LINEUP_ASSIGN_OR_RETURN(const std::string delimiter,
                          reader.Text("delimiter"));
  if (delimiter.size() != 1) {
    return reader.FieldError(
        "delimiter",
        absl::StrCat("found \"", delimiter, "\", expected one character"));
  }
  schema->delimiter = delimiter[0];
  LINEUP_ASSIGN_OR_RETURN(schema->first_id, reader.Count("first_id", 0, 1));
  return absl::OkStatus();
}

absl::Status ReadResults(const JsonReader& reader, ModelDocument* document) {
  if (reader.Has("metrics")) {
    LINEUP_ASSIGN_OR_RETURN(const JsonReader metrics, reader.Object("metrics"));
    LINEUP_ASSIGN_OR_RETURN(document->train_metrics,
                            ReadMetrics(metrics, "train"));
    LINEUP_ASSIGN_OR_RETURN(document->validation_metrics,
                            ReadMetrics(metrics, "validation"));
    LINEUP_ASSIGN_OR_RETURN(document->test_metrics,
                            ReadMetrics(metrics, "test"));
  }
  LINEUP_ASSIGN_OR_RETURN(document->best_candidate,
                          reader.Count("best_candidate", 0, kMax32));
  if (reader.Has("selection")) {
    LINEUP_ASSIGN_OR_RETURN(const JsonReader selection,
                            reader.Object("selection"));
    LINEUP_ASSIGN_OR_RETURN(document->selection_criterion,
                            selection.Text("criterion"));
    LINEUP_ASSIGN_OR_RETURN(document->selection_data, selection.Text("data"));
  }
  LINEUP_ASSIGN_OR_RETURN(const JsonReader candidates,
                          reader.Array("candidates"));
  for (size_t i = 0; i < candidates.value().size(); ++i) {
    LINEUP_ASSIGN_OR_RETURN(CandidateReport candidate,
                            ReadCandidate(candidates.Element(i)));
    document->candidates.push_back(std::move(candidate));
  }
  return absl::OkStatus();
}

absl::Status ReadConfiguration(const JsonReader& reader,
                               ModelDocument* document) {
  LINEUP_ASSIGN_OR_RETURN(const JsonReader hyperparameters,
                          reader.Object("hyperparameters"));
  document->hyperparameters = hyperparameters.value();
  LINEUP_ASSIGN_OR_RETURN(
      document->seed,
      reader.Count("seed", 0, std::numeric_limits<uint64_t>::max()));
  if (reader.Has("data")) {
    LINEUP_ASSIGN_OR_RETURN(const JsonReader data, reader.Object("data"));
    document->data = data.value();
  }
  if (!reader.Has("notes")) return absl::OkStatus();
  LINEUP_ASSIGN_OR_RETURN(const JsonReader notes, reader.Array("notes"));
  LINEUP_ASSIGN_OR_RETURN(document->notes, Texts(notes));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ModelFile> ParseModelJson(absl::string_view text,
                                         absl::string_view file) {
  LINEUP_ASSIGN_OR_RETURN(const json value, ParseJson(text, file));
  const JsonReader reader(value, std::string(file), "");
  LINEUP_RETURN_IF_ERROR(CheckFormat(reader));
  ModelFile result;
  ModelDocument& document = result.document.emplace();
  LinearModel& model = result.model;
  LINEUP_RETURN_IF_ERROR(ReadKind(reader, &model));
  LINEUP_RETURN_IF_ERROR(ReadFeatureNames(reader, &model));
  LINEUP_RETURN_IF_ERROR(ReadSchema(reader, &document.schema));
  document.schema.num_features = model.num_features;
  document.schema.feature_names = model.feature_names;
  LINEUP_RETURN_IF_ERROR(ReadBias(reader, &model));
  LINEUP_RETURN_IF_ERROR(ReadWeights(reader, document.schema, &model));
  LINEUP_RETURN_IF_ERROR(ReadResults(reader, &document));
  LINEUP_RETURN_IF_ERROR(ReadConfiguration(reader, &document));
  if (model.weights.empty()) return result;
  if (const absl::Status status = CheckConsistent(model); !status.ok()) {
    return reader.Error(status.message());
  }
  return result;
}

}  // namespace lineup

#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/model/json_reader.h"
#include "common/model/linear_model_json.h"
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
  LINEUP_ASSIGN_OR_RETURN(candidate.train_loss, reader.Numbers("train_loss"));
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
  LINEUP_ASSIGN_OR_RETURN(document->notes, reader.Texts("notes"));
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
  LINEUP_RETURN_IF_ERROR(ReadSchema(reader, &document.schema));
  LINEUP_RETURN_IF_ERROR(ReadLinearModel(reader, document.schema, &model));
  document.schema.num_features = model.num_features;
  document.schema.feature_names = model.feature_names;
  LINEUP_RETURN_IF_ERROR(ReadResults(reader, &document));
  LINEUP_RETURN_IF_ERROR(ReadConfiguration(reader, &document));
  return result;
}

}  // namespace lineup

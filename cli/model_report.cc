#include "cli/model_report.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/text_table.h"
#include "common/model/model_json.h"
#include "common/model/number_text.h"

namespace lineup {
namespace {

constexpr char kLoss[] = "objective_loss";

// A report's own schema-less document, for archives that have none.
const ModelDocument& DocumentOf(const ModelFile& file,
                                const ModelDocument& none) {
  return file.document.has_value() ? *file.document : none;
}

std::string Cell(const nlohmann::json& hyperparameters,
                 const std::string& name) {
  const auto found = hyperparameters.find(name);
  if (found == hyperparameters.end()) return "";
  if (found->is_string()) return found->get<std::string>();
  if (found->is_number_float()) return ShortNumber(found->get<double>());
  return found->dump();
}

// Names of hyperparameters that differ between candidates.
std::vector<std::string> VaryingNames(
    const std::vector<CandidateReport>& candidates) {
  std::set<std::string> names;
  for (const CandidateReport& candidate : candidates) {
    for (const auto& item : candidate.hyperparameters.items()) {
      if (Cell(candidates.front().hyperparameters, item.key()) !=
          Cell(candidate.hyperparameters, item.key())) {
        names.insert(item.key());
      }
    }
  }
  return {names.begin(), names.end()};
}

double LastTrainLoss(const CandidateReport& candidate) {
  return candidate.train_loss.empty() ? std::nan("")
                                      : candidate.train_loss.back();
}

std::vector<const CandidateReport*> Ranked(
    const std::vector<CandidateReport>& candidates) {
  const bool validated =
      std::any_of(candidates.begin(), candidates.end(),
                  [](const auto& c) { return !c.validation.empty(); });
  std::vector<std::pair<double, const CandidateReport*>> keyed;
  for (const CandidateReport& candidate : candidates) {
    const double loss = validated ? MetricValue(candidate.validation, kLoss)
                                  : LastTrainLoss(candidate);
    keyed.emplace_back(
        std::isnan(loss) ? std::numeric_limits<double>::infinity() : loss,
        &candidate);
  }
  std::stable_sort(
      keyed.begin(), keyed.end(),
      [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<const CandidateReport*> ranked;
  for (const auto& [loss, candidate] : keyed) ranked.push_back(candidate);
  return ranked;
}

// The metric beside the loss that candidates are compared by.
std::string SecondMetric(const std::vector<CandidateReport>& candidates) {
  for (const CandidateReport& candidate : candidates) {
    for (const auto& [name, value] : candidate.validation) {
      if (name != kLoss) return name;
    }
  }
  return "";
}

std::string Summary(const LinearModel& model, const ModelDocument* document) {
  std::string out = absl::StrCat("predictor    ", Name(model.predictor_type),
                                 "\nloss         ", Name(model.loss),
                                 "\nfeatures     ", model.num_features, "\n");
  if (model.num_classes > 1) {
    absl::StrAppend(&out, "classes      ", model.num_classes, "\n");
  }
  const auto zeros =
      std::count(model.weights.begin(), model.weights.end(), 0.0f);
  absl::StrAppend(&out, "weights      ", model.weights.size(), ", of which ",
                  zeros, " are zero\n");
  if (model.predictor_type == PredictorType::kBinaryClassifier) {
    absl::StrAppend(&out, "threshold    ", ShortNumber(model.threshold), "\n");
  }
  if (document == nullptr) return out;
  absl::StrAppend(&out, "chosen       candidate ", document->best_candidate,
                  " of ", document->candidates.size());
  if (!document->selection_criterion.empty()) {
    absl::StrAppend(&out, " by ", document->selection_criterion, " on ",
                    document->selection_data, " data");
  }
  absl::StrAppend(&out, "\nseed         ", document->seed, "\n");
  for (const std::string& note : document->notes) {
    absl::StrAppend(&out, "note         ", note, "\n");
  }
  return out;
}

std::string SettingsTable(const nlohmann::json& hyperparameters) {
  TextTable table({"hyperparameter", "value"});
  for (const auto& item : hyperparameters.items()) {
    table.AddRow({item.key(), Cell(hyperparameters, item.key())});
  }
  return table.ToString();
}

std::string WeightsTable(const LinearModel& model, const Schema& schema,
                         const std::vector<FeatureWeight>& weights) {
  const bool classes = model.num_classes > 1;
  std::vector<std::string> header = {"feature"};
  if (classes) header.push_back("class");
  header.push_back("weight");
  TextTable table(header);
  for (const FeatureWeight& weight : weights) {
    std::vector<std::string> row = {
        FeatureLabel(model, schema, weight.feature)};
    if (classes) row.push_back(absl::StrCat(weight.output));
    row.push_back(ShortNumber(weight.weight));
    table.AddRow(row);
  }
  return table.ToString();
}

}  // namespace

std::vector<FeatureWeight> StrongestWeights(const LinearModel& model,
                                            size_t count) {
  std::vector<size_t> places;
  for (size_t i = 0; i < model.weights.size(); ++i) {
    if (model.weights[i] != 0) places.push_back(i);
  }
  count = std::min(count, places.size());
  std::partial_sort(places.begin(), places.begin() + count, places.end(),
                    [&](size_t a, size_t b) {
                      const float x = std::abs(model.weights[a]);
                      const float y = std::abs(model.weights[b]);
                      return x != y ? x > y : a < b;
                    });
  std::vector<FeatureWeight> strongest;
  for (size_t i = 0; i < count; ++i) {
    const size_t place = places[i];
    strongest.push_back({static_cast<uint32_t>(place / model.num_classes),
                         static_cast<uint32_t>(place % model.num_classes),
                         model.weights[place]});
  }
  return strongest;
}

std::string MetricsTable(const std::vector<NamedMetrics>& columns) {
  std::vector<std::string> header = {"metric"};
  MetricValues names;
  for (const NamedMetrics& column : columns) {
    header.push_back(column.name);
    if (column.values.size() > names.size()) names = column.values;
  }
  TextTable table(header);
  for (const auto& [name, unused] : names) {
    std::vector<std::string> row = {name};
    for (const NamedMetrics& column : columns) {
      row.push_back(ShortNumber(MetricValue(column.values, name)));
    }
    table.AddRow(row);
  }
  return table.ToString();
}

std::string CandidatesTable(const ModelDocument& document) {
  const std::vector<std::string> names = VaryingNames(document.candidates);
  const std::string metric = SecondMetric(document.candidates);
  std::vector<std::string> header = {"candidate"};
  header.insert(header.end(), names.begin(), names.end());
  header.push_back("train_loss");
  if (!metric.empty()) {
    header.push_back("validation_loss");
    header.push_back(metric);
  }
  header.push_back("epochs");
  header.push_back("state");
  TextTable table(header);
  for (const CandidateReport* candidate : Ranked(document.candidates)) {
    const bool best = candidate->index == document.best_candidate;
    std::vector<std::string> row = {
        absl::StrCat(candidate->index, best ? " *" : "")};
    for (const std::string& name : names) {
      row.push_back(Cell(candidate->hyperparameters, name));
    }
    row.push_back(ShortNumber(LastTrainLoss(*candidate)));
    if (!metric.empty()) {
      row.push_back(ShortNumber(MetricValue(candidate->validation, kLoss)));
      row.push_back(ShortNumber(MetricValue(candidate->validation, metric)));
    }
    row.push_back(absl::StrCat(candidate->train_loss.size()));
    row.push_back(candidate->state);
    table.AddRow(row);
  }
  return table.ToString();
}

std::string ModelReport(const ModelFile& file, size_t top) {
  const ModelDocument none;
  const ModelDocument& document = DocumentOf(file, none);
  std::string out =
      Summary(file.model, file.document.has_value() ? &document : nullptr);
  std::vector<NamedMetrics> metrics;
  for (const NamedMetrics& part :
       {NamedMetrics{"train", document.train_metrics},
        NamedMetrics{"validation", document.validation_metrics},
        NamedMetrics{"test", document.test_metrics}}) {
    if (!part.values.empty()) metrics.push_back(part);
  }
  if (!metrics.empty()) {
    absl::StrAppend(&out, "\nmetrics\n", MetricsTable(metrics));
  }
  if (!document.candidates.empty()) {
    absl::StrAppend(&out, "\ncandidates (* = chosen)\n",
                    CandidatesTable(document));
  }
  if (!document.hyperparameters.empty()) {
    absl::StrAppend(&out, "\nsettings\n",
                    SettingsTable(document.hyperparameters));
  }
  const std::vector<FeatureWeight> weights = StrongestWeights(file.model, top);
  absl::StrAppend(&out,
                  "\nstrongest weights (for one unit of the raw feature; ",
                  weights.size(), " of ", file.model.weights.size(), ")\n",
                  WeightsTable(file.model, document.schema, weights));
  return out;
}

nlohmann::ordered_json ModelReportJson(const ModelFile& file, size_t top) {
  const ModelDocument none;
  const ModelDocument& document = DocumentOf(file, none);
  nlohmann::ordered_json out = ModelSummaryJson(document, file.model);
  if (!file.document.has_value()) {
    for (const char* unknown :
         {"best_candidate", "selection", "notes", "metrics", "candidates",
          "hyperparameters", "seed", "data", "schema"}) {
      out.erase(unknown);
    }
  }
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const FeatureWeight& weight : StrongestWeights(file.model, top)) {
    nlohmann::ordered_json item;
    item["feature"] = FeatureLabel(file.model, document.schema, weight.feature);
    if (file.model.num_classes > 1) item["class"] = weight.output;
    item["weight"] = ShortDouble(weight.weight);
    list.push_back(item);
  }
  out["strongest_weights"] = list;
  return out;
}

}  // namespace lineup

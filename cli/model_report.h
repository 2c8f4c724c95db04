// A model told in words and tables, or as JSON: what `lineup inspect` prints.

#ifndef LINEUP_CLI_MODEL_REPORT_H_
#define LINEUP_CLI_MODEL_REPORT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "common/linear/metrics.h"
#include "common/model/model_document.h"
#include "nlohmann/json.hpp"

namespace lineup {

struct FeatureWeight {
  uint32_t feature;
  uint32_t output;  // the class; 0 if there is only one output
  float weight;
};

// The `count` weights of largest size that are not zero, largest first; of
// equal ones the lower feature and class.
std::vector<FeatureWeight> StrongestWeights(const LinearModel& model,
                                            size_t count);

std::string ModelReport(const ModelFile& file, size_t top);

nlohmann::ordered_json ModelReportJson(const ModelFile& file, size_t top);

// A table of metrics: one line each, one column for each kind of data.
struct NamedMetrics {
  std::string name;
  MetricValues values;
};
std::string MetricsTable(const std::vector<NamedMetrics>& columns);

// One line for each candidate, best validation loss first (without validation:
// training loss), with a star at the chosen one; the columns of
// hyperparameters that do not vary are left out.
std::string CandidatesTable(const ModelDocument& document);

}  // namespace lineup

#endif  // LINEUP_CLI_MODEL_REPORT_H_

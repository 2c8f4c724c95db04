// Everything about a finished training job that is worth keeping beside the
// weights: what was asked for, what each candidate came to, which was chosen
// and how good it is. model.json is this and the model (model_json.h).
//
// Plain values.

#ifndef LINEUP_COMMON_MODEL_MODEL_DOCUMENT_H_
#define LINEUP_COMMON_MODEL_MODEL_DOCUMENT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/data/schema.h"
#include "common/linear/metrics.h"
#include "common/model/linear_model.h"
#include "nlohmann/json.hpp"

namespace lineup {

// How one candidate of the lineup fared.
struct CandidateReport {
  uint32_t index = 0;
  // Its own setting: {"learning_rate": 0.1, ...}.
  nlohmann::json hyperparameters = nlohmann::json::object();
  // How it ended, e.g. "finished" or "dropped after epoch 3".
  std::string state = "finished";
  // Binary classifiers: its calibrated threshold.
  std::optional<double> threshold;
  // One number an epoch: the loss of the examples as they came, before their
  // update. NaN where it diverged.
  std::vector<double> train_loss;
  // On the validation data; empty if there was none.
  MetricValues validation;
};

struct ModelDocument {
  uint32_t best_candidate = 0;
  // By what it was chosen, e.g. "accuracy", and on which data: "validation",
  // or "train" where there was no validation data.
  std::string selection_criterion;
  std::string selection_data;

  // Of the chosen model. Empty where there was no such data.
  MetricValues train_metrics;
  MetricValues validation_metrics;
  MetricValues test_metrics;

  std::vector<CandidateReport> candidates;

  // The full configuration of the job, by the hyperparameters' own names.
  nlohmann::json hyperparameters = nlohmann::json::object();
  uint64_t seed = 0;

  // The training data's, so that other data can be read in the same way.
  Schema schema;
  // What was read: files, examples, skipped records.
  nlohmann::json data = nlohmann::json::object();

  // What a reader of the numbers should know, one sentence each.
  std::vector<std::string> notes;
};

// A model from a file, with the document if the file has one: an archive of
// the Linear Learner does not.
struct ModelFile {
  LinearModel model;
  std::optional<ModelDocument> document;
};

// What feature `feature` is called: its name; without names the id that the
// data calls it by (LIBSVM counts from schema.first_id) or its 0-based
// position.
std::string FeatureLabel(const LinearModel& model, const Schema& schema,
                         uint32_t feature);

}  // namespace lineup

#endif  // LINEUP_COMMON_MODEL_MODEL_DOCUMENT_H_

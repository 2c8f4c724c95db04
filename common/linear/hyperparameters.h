// The hyperparameters of a job, by the Linear Learner's own names (Amazon
// SageMaker developer guide, "Linear learner hyperparameters"), read from
// command-line flags and from a JSON file such as its hyperparameters.json,
// checked, with defaults and `auto` resolved.
//
// Two kinds. Job-wide ones hold one value for all candidates. Candidate-varying
// ones are Choices<T>: the values to try, one candidate for each combination
// (common/linear/candidate_lineup.h); empty means `auto`, the built-in grid.
// The default of each stands here, its range and help in
// hyperparameter_table.cc, and docs/hyperparameters.md is printed from both.
//
//   LINEUP_ASSIGN_OR_RETURN(Hyperparameters hp, ParseHyperparameters(
//       {{"predictor_type", "regressor"}, {"learning_rate", "0.1,0.01"}}));
//
// Thread safety: plain values and pure functions.

#ifndef LINEUP_COMMON_LINEAR_HYPERPARAMETERS_H_
#define LINEUP_COMMON_LINEAR_HYPERPARAMETERS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/linear/types.h"
#include "nlohmann/json.hpp"

namespace lineup {

// The values of a candidate-varying hyperparameter; empty means `auto`.
template <typename T>
using Choices = std::vector<T>;

// positive_example_weight_mult: a number, or "balanced" (negatives /
// positives, counted in the training data).
struct PositiveWeight {
  double value = 1;
  bool balanced = false;
};
inline bool operator==(const PositiveWeight& a, const PositiveWeight& b) {
  return a.value == b.value && a.balanced == b.balanced;
}

struct Hyperparameters {
  // The task.
  PredictorType predictor_type = PredictorType::kBinaryClassifier;
  int64_t num_classes = 1;              // above 1 for multiclass only
  std::optional<uint32_t> feature_dim;  // unset: found in the data
  LossType loss = LossType::kLogistic;  // auto: by predictor_type
  bool use_bias = true;

  // Passes over the data.
  int64_t epochs = 15;
  int64_t mini_batch_size = 1000;
  int64_t early_stopping_patience = 3;
  double early_stopping_tolerance = 0.001;
  uint64_t seed = 0;

  // Normalisation.
  bool normalize_data = true;
  bool normalize_label = false;     // auto: regressors do
  std::optional<bool> unbias_data;  // unset: dense data, if use_bias
  bool unbias_label = false;        // auto: regressors with use_bias do
  int64_t num_point_for_scaler = 10000;

  // Class weights.
  bool balance_multiclass_weights = false;

  // Evaluation and selection.
  SelectionCriterion binary_classifier_model_selection_criteria =
      SelectionCriterion::kAccuracy;
  double target_precision = 0.8;
  double target_recall = 0.8;
  double f_beta = 1;
  int64_t accuracy_top_k = 3;
  int64_t num_calibration_samples = 10000000;

  // The lineup.
  std::optional<int64_t> num_models;  // unset: the whole grid
  int64_t candidate_sample = 0;       // above 0: a random sample, no grid

  // Candidate-varying.
  Choices<OptimizerType> optimizer;
  Choices<double> learning_rate;
  Choices<double> wd;
  Choices<double> l1;
  Choices<double> momentum;
  Choices<double> beta_1;
  Choices<double> beta_2;
  Choices<double> epsilon;
  Choices<double> rmsprop_decay;
  Choices<double> ftrl_beta;
  Choices<double> bias_lr_mult;
  Choices<double> bias_wd_mult;
  Choices<bool> use_lr_scheduler = {true};
  Choices<ScheduleType> lr_schedule;
  Choices<double> lr_scheduler_factor;
  Choices<int64_t> lr_scheduler_step;
  Choices<double> lr_scheduler_minimum_lr;
  Choices<InitMethod> init_method = {InitMethod::kUniform};
  Choices<double> init_scale = {0.07};
  Choices<double> init_sigma = {0.01};
  Choices<double> init_bias = {0};
  Choices<PositiveWeight> positive_example_weight_mult = {{1, false}};
  Choices<double> margin = {1};
  Choices<double> quantile = {0.5};
  Choices<double> huber_delta = {1};
  Choices<double> loss_insensitivity = {0.01};
};

// One setting as given on the command line; '-' in names counts as '_'.
struct NamedValue {
  std::string name;
  std::string value;
};

// A JSON object {"name": value}, values as strings, numbers, booleans or
// (candidate-varying ones) arrays of them.
struct HyperparameterFile {
  std::string path;  // for messages
  std::string contents;
};

// Reads, checks and resolves. A flag overrides the file. Errors
// (InvalidArgument) name the flag or file, what was found and what is allowed;
// an unknown name gets the nearest valid one. What is accepted but has no
// effect (hidden `_…` hyperparameters, settings of another loss or optimizer in
// a file) is told in `notes`, one sentence each, if not null.
absl::StatusOr<Hyperparameters> ParseHyperparameters(
    absl::Span<const NamedValue> flags,
    const std::optional<HyperparameterFile>& file = std::nullopt,
    std::vector<std::string>* notes = nullptr);

// Every hyperparameter by its own name, a single value bare, several as an
// array, `auto` as "auto". ParseHyperparameters reads it back to the same.
nlohmann::json HyperparametersToJson(const Hyperparameters& hyperparameters);

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_HYPERPARAMETERS_H_

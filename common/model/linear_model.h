// The trained model in memory: what every artefact is written from and read
// into, and what predictions are computed with.
//
// Weights act on raw feature values: the normalisation that training used has
// been folded back (w_raw = w / sigma * sigma_y, b_raw = (b - sum w mu / sigma)
// * sigma_y + mu_y). A reader therefore needs nothing but this to score.
//
// Thread safety: a plain value; safe to read from many threads.

#ifndef LINEUP_COMMON_MODEL_LINEAR_MODEL_H_
#define LINEUP_COMMON_MODEL_LINEAR_MODEL_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/linear/example_loss.h"
#include "common/linear/types.h"

namespace lineup {

// The parameters of metrics that travel with a model, beside its loss's.
struct MetricParameters {
  uint32_t accuracy_top_k = 3;
  double f_beta = 1.0;
};

struct LinearModel {
  PredictorType predictor_type = PredictorType::kBinaryClassifier;
  LossType loss = LossType::kLogistic;
  // Those that the loss does not use keep their defaults and are not written.
  LossParameters loss_parameters;
  MetricParameters metric_parameters;

  uint32_t num_features = 0;
  uint32_t num_classes = 1;  // 1 for binary classifiers and regressors

  // num_features x num_classes, row-major: the weights of one feature for all
  // classes lie side by side. Raw units.
  std::vector<float> weights;
  std::vector<float> bias;  // num_classes, raw units

  // Binary classifiers answer class 1 where score >= threshold. The score is a
  // probability under the logistic loss and the bare linear value under hinge.
  double threshold = 0.5;

  // Either empty or num_features long.
  std::vector<std::string> feature_names;

  // Per class, when training weighed the classes; otherwise empty.
  std::vector<double> class_weights;

  size_t num_outputs() const { return num_classes; }
};

// INVALID_ARGUMENT unless the sizes of weights, bias and names agree with
// num_features and num_classes, the loss belongs to the predictor type, and
// all numbers are finite.
absl::Status CheckConsistent(const LinearModel& model);

// Whether `loss` can train a predictor of this type.
bool LossFitsPredictor(LossType loss, PredictorType predictor_type);

}  // namespace lineup

#endif  // LINEUP_COMMON_MODEL_LINEAR_MODEL_H_

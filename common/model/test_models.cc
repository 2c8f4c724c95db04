#include "common/model/test_models.h"

#include "absl/strings/escaping.h"
#include "common/model/ndarray_file.h"

namespace lineup {

const char kAdultParamsHex[] =
    "120100000000000000000000000000000200000000000000"
    "c9fa93f900000000020000000e0000000000000001000000000000000100000000000000"
    "00000000"
    "9a53213dd61503be026f58b281170f3d79f1b43e161c85be3f2378bb31dae7bda759cc3d"
    "73cb643f239ea639dcc12d3ae75b0a3dcfdb653c"
    "c9fa93f90000000002000000010000000000000001000000000000000100000000000000"
    "00000000ac5d11c1"
    "02000000000000000e00000000000000"
    "6172673a6663305f7765696768740c000000000000006172673a6663305f62696173";

const char kAdultAdditionalParams[] =
    "{\"threshold\": 0.46301859617233276, \"loss_type\": \"logistic\", "
    "\"predictor_type\": \"binary_classifier\", \"metrics_params\": "
    "{\"quantile\": null, \"huber_delta\": null, \"margin\": null, "
    "\"loss_insensitivity\": null, \"eps_insensitive_loss_type\": null, "
    "\"accuracy_top_k\": 3, \"f_beta\": 1.0, "
    "\"positive_example_weight_mult\": 1.0, \"class_weights\": null, "
    "\"threshold\": 0.46301859617233276}}";

LinearModel SmallBinaryModel() {
  LinearModel model;
  model.num_features = 2;
  model.weights = {1.0f, -2.0f};
  model.bias = {0.5f};
  model.threshold = 0.25;
  return model;
}

LinearModel SmallMulticlassModel() {
  LinearModel model;
  model.predictor_type = PredictorType::kMulticlassClassifier;
  model.loss = LossType::kSoftmax;
  model.num_features = 2;
  model.num_classes = 3;
  model.weights = {1.0f, 0.0f, -1.0f, 0.25f, 2.0f, -0.5f};
  model.bias = {0.0f, 0.5f, -0.5f};
  return model;
}

LinearModel SmallRegressionModel() {
  LinearModel model = SmallBinaryModel();
  model.predictor_type = PredictorType::kRegressor;
  model.loss = LossType::kSquared;
  model.threshold = 0.5;
  return model;
}

LinearModel AdultModel() {
  const auto arrays =
      ParseNdArrayFile(absl::HexStringToBytes(kAdultParamsHex), "golden");
  LinearModel model;
  model.num_features = 14;
  model.weights = (*arrays)[0].values;
  model.bias = (*arrays)[1].values;
  model.threshold = 0.46301859617233276;
  return model;
}

}  // namespace lineup

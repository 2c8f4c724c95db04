#include "common/model/linear_model.h"

#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"

namespace lineup {
namespace {

absl::Status CheckFinite(absl::Span<const float> values,
                         absl::string_view what) {
  // Without a way out, so that many are looked at in one step.
  bool finite = true;
  for (const float value : values) {
    finite &= std::abs(value) <= std::numeric_limits<float>::max();
  }
  if (finite) return absl::OkStatus();
  for (size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i])) {
      return absl::InvalidArgumentError(
          absl::StrCat("the model's ", what, " number ", i, " is ", values[i],
                       ", not a finite number"));
    }
  }
  return absl::OkStatus();
}

absl::Status WrongSize(absl::string_view what, size_t found, size_t expected) {
  return absl::InvalidArgumentError(absl::StrCat(
      "the model has ", found, " ", what, ", expected ", expected));
}

}  // namespace

bool LossFitsPredictor(LossType loss, PredictorType predictor_type) {
  switch (loss) {
    case LossType::kLogistic:
    case LossType::kHinge:
      return predictor_type == PredictorType::kBinaryClassifier;
    case LossType::kSoftmax:
      return predictor_type == PredictorType::kMulticlassClassifier;
    case LossType::kSquared:
    case LossType::kAbsolute:
    case LossType::kEpsInsensitiveSquared:
    case LossType::kEpsInsensitiveAbsolute:
    case LossType::kQuantile:
    case LossType::kHuber:
      return predictor_type == PredictorType::kRegressor;
  }
  return false;
}

absl::Status CheckConsistent(const LinearModel& model) {
  if (!LossFitsPredictor(model.loss, model.predictor_type)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "loss ", Name(model.loss), " does not belong to predictor_type ",
        Name(model.predictor_type)));
  }
  const bool multiclass =
      model.predictor_type == PredictorType::kMulticlassClassifier;
  if (multiclass ? model.num_classes < 2 : model.num_classes != 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("a ", Name(model.predictor_type), " cannot have ",
                     model.num_classes, " outputs"));
  }
  const size_t expected = size_t{model.num_features} * model.num_classes;
  if (model.weights.size() != expected) {
    return WrongSize("weights", model.weights.size(), expected);
  }
  if (model.bias.size() != model.num_classes) {
    return WrongSize("biases", model.bias.size(), model.num_classes);
  }
  if (!model.feature_names.empty() &&
      model.feature_names.size() != model.num_features) {
    return WrongSize("feature names", model.feature_names.size(),
                     model.num_features);
  }
  if (!model.class_weights.empty() &&
      model.class_weights.size() != model.num_classes) {
    return WrongSize("class weights", model.class_weights.size(),
                     model.num_classes);
  }
  if (!std::isfinite(model.threshold)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the model's threshold is ", model.threshold));
  }
  if (absl::Status s = CheckFinite(model.weights, "weight"); !s.ok()) return s;
  return CheckFinite(model.bias, "bias");
}

}  // namespace lineup

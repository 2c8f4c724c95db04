#include "common/linear/types.h"

#include <cstddef>

namespace lineup {
namespace {

constexpr absl::string_view kPredictorTypes[] = {
    "binary_classifier", "multiclass_classifier", "regressor"};

constexpr absl::string_view kLossTypes[] = {
    "logistic",
    "hinge_loss",
    "softmax_loss",
    "squared_loss",
    "absolute_loss",
    "eps_insensitive_squared_loss",
    "eps_insensitive_absolute_loss",
    "quantile_loss",
    "huber_loss",
};

constexpr absl::string_view kOptimizerTypes[] = {"sgd", "adam", "adagrad",
                                                 "rmsprop", "ftrl"};

constexpr absl::string_view kScheduleTypes[] = {"step", "constant",
                                                "inverse_sqrt", "cosine"};

constexpr absl::string_view kInitMethods[] = {"uniform", "normal"};

constexpr absl::string_view kSelectionCriteria[] = {
    "accuracy", "f_beta", "precision_at_target_recall",
    "recall_at_target_precision", "loss_function"};

constexpr LossType kBinaryLosses[] = {LossType::kLogistic, LossType::kHinge};
constexpr LossType kMulticlassLosses[] = {LossType::kSoftmax};
constexpr LossType kRegressionLosses[] = {LossType::kSquared,
                                          LossType::kAbsolute,
                                          LossType::kEpsInsensitiveSquared,
                                          LossType::kEpsInsensitiveAbsolute,
                                          LossType::kQuantile,
                                          LossType::kHuber};

template <typename Enum>
std::optional<Enum> FromName(absl::Span<const absl::string_view> names,
                             absl::string_view name) {
  for (size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

absl::string_view Name(PredictorType type) {
  return kPredictorTypes[static_cast<size_t>(type)];
}
absl::string_view Name(LossType type) {
  return kLossTypes[static_cast<size_t>(type)];
}
absl::string_view Name(OptimizerType type) {
  return kOptimizerTypes[static_cast<size_t>(type)];
}
absl::string_view Name(ScheduleType type) {
  return kScheduleTypes[static_cast<size_t>(type)];
}
absl::string_view Name(InitMethod method) {
  return kInitMethods[static_cast<size_t>(method)];
}
absl::string_view Name(SelectionCriterion criterion) {
  return kSelectionCriteria[static_cast<size_t>(criterion)];
}

std::optional<PredictorType> PredictorTypeFromName(absl::string_view name) {
  return FromName<PredictorType>(kPredictorTypes, name);
}
std::optional<LossType> LossTypeFromName(absl::string_view name) {
  return FromName<LossType>(kLossTypes, name);
}
std::optional<OptimizerType> OptimizerTypeFromName(absl::string_view name) {
  return FromName<OptimizerType>(kOptimizerTypes, name);
}
std::optional<ScheduleType> ScheduleTypeFromName(absl::string_view name) {
  return FromName<ScheduleType>(kScheduleTypes, name);
}
std::optional<InitMethod> InitMethodFromName(absl::string_view name) {
  return FromName<InitMethod>(kInitMethods, name);
}
std::optional<SelectionCriterion> SelectionCriterionFromName(
    absl::string_view name) {
  return FromName<SelectionCriterion>(kSelectionCriteria, name);
}

absl::Span<const absl::string_view> PredictorTypeNames() {
  return kPredictorTypes;
}
absl::Span<const absl::string_view> LossTypeNames() { return kLossTypes; }
absl::Span<const absl::string_view> OptimizerTypeNames() {
  return kOptimizerTypes;
}
absl::Span<const absl::string_view> ScheduleTypeNames() {
  return kScheduleTypes;
}
absl::Span<const absl::string_view> InitMethodNames() { return kInitMethods; }
absl::Span<const absl::string_view> SelectionCriterionNames() {
  return kSelectionCriteria;
}

absl::Span<const LossType> LossesOf(PredictorType predictor_type) {
  switch (predictor_type) {
    case PredictorType::kBinaryClassifier:
      return kBinaryLosses;
    case PredictorType::kMulticlassClassifier:
      return kMulticlassLosses;
    case PredictorType::kRegressor:
      break;
  }
  return kRegressionLosses;
}

}  // namespace lineup

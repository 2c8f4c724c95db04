// The closed sets of names that a training job and a trained model share:
// kind of predictor, loss, optimizer, learning-rate schedule and selection
// criterion.
//
// The spelling of every name is the Linear Learner's own where it has one
// (reference: "Linear learner hyperparameters", Amazon SageMaker developer
// guide), because users, configuration files and model files all carry it.
//
// Thread safety: pure functions.

#ifndef LINEUP_COMMON_LINEAR_TYPES_H_
#define LINEUP_COMMON_LINEAR_TYPES_H_

#include <optional>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace lineup {

enum class PredictorType {
  kBinaryClassifier,
  kMulticlassClassifier,
  kRegressor
};

enum class LossType {
  kLogistic,
  kHinge,
  kSoftmax,
  kSquared,
  kAbsolute,
  kEpsInsensitiveSquared,
  kEpsInsensitiveAbsolute,
  kQuantile,
  kHuber,
};

enum class OptimizerType { kSgd, kAdam, kAdagrad, kRmsprop, kFtrl };

// How the learning rate falls over the updates. kStep is the Linear
// Learner's: multiplied by a factor every so many updates, down to a floor.
enum class ScheduleType { kStep, kConstant, kInverseSqrt, kCosine };

// How a weight starts: uniform in (-init_scale, init_scale), or normal with
// standard deviation init_sigma.
enum class InitMethod { kUniform, kNormal };

// By what a binary classifier's threshold and the best candidate are chosen.
enum class SelectionCriterion {
  kAccuracy,
  kFBeta,
  kPrecisionAtTargetRecall,
  kRecallAtTargetPrecision,
  kLossFunction,
};

// The name a user writes, e.g. "binary_classifier", "huber_loss".
absl::string_view Name(PredictorType type);
absl::string_view Name(LossType type);
absl::string_view Name(OptimizerType type);
absl::string_view Name(ScheduleType type);
absl::string_view Name(InitMethod method);
absl::string_view Name(SelectionCriterion criterion);

// The value of a name, or nothing if no value has that name. The caller words
// the error: it knows which option or file the name came from.
std::optional<PredictorType> PredictorTypeFromName(absl::string_view name);
std::optional<LossType> LossTypeFromName(absl::string_view name);
std::optional<OptimizerType> OptimizerTypeFromName(absl::string_view name);
std::optional<ScheduleType> ScheduleTypeFromName(absl::string_view name);
std::optional<InitMethod> InitMethodFromName(absl::string_view name);
std::optional<SelectionCriterion> SelectionCriterionFromName(
    absl::string_view name);

// All valid names, in the order of the enumeration, for error messages.
absl::Span<const absl::string_view> PredictorTypeNames();
absl::Span<const absl::string_view> LossTypeNames();
absl::Span<const absl::string_view> OptimizerTypeNames();
absl::Span<const absl::string_view> ScheduleTypeNames();
absl::Span<const absl::string_view> InitMethodNames();
absl::Span<const absl::string_view> SelectionCriterionNames();

// The losses that a predictor may be trained with; the first is its default.
absl::Span<const LossType> LossesOf(PredictorType predictor_type);

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_TYPES_H_

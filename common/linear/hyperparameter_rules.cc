#include "common/linear/hyperparameter_rules.h"

#include <algorithm>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status_macros.h"
#include "common/linear/hyperparameter_table.h"
#include "common/linear/hyperparameter_value.h"

namespace lineup {
namespace {

using HP = Hyperparameters;

bool IsBinary(const HP& hp) {
  return hp.predictor_type == PredictorType::kBinaryClassifier;
}
bool IsMulticlass(const HP& hp) {
  return hp.predictor_type == PredictorType::kMulticlassClassifier;
}
bool IsRegressor(const HP& hp) {
  return hp.predictor_type == PredictorType::kRegressor;
}

const GivenHyperparameter* Find(const GivenHyperparameters& given,
                                const std::string& name) {
  const auto it = given.find(name);
  return it == given.end() ? nullptr : &it->second;
}

// Given with a value, that is, not left to `auto`.
bool IsExplicit(const GivenHyperparameters& given, const std::string& name) {
  const GivenHyperparameter* entry = Find(given, name);
  return entry != nullptr && !entry->is_auto;
}

std::string WhereOf(const GivenHyperparameters& given,
                    const std::string& name) {
  const GivenHyperparameter* entry = Find(given, name);
  return entry == nullptr ? name : entry->where;
}

absl::Status ResolveLoss(const GivenHyperparameters& given, HP* hp) {
  const absl::Span<const LossType> allowed = LossesOf(hp->predictor_type);
  if (!IsExplicit(given, "loss")) {
    hp->loss = allowed[0];
    return absl::OkStatus();
  }
  if (absl::c_linear_search(allowed, hp->loss)) return absl::OkStatus();
  const std::string names =
      absl::StrJoin(allowed, ", ", [](std::string* out, LossType loss) {
        absl::StrAppend(out, Name(loss));
      });
  return absl::InvalidArgumentError(absl::StrCat(
      WhereOf(given, "loss"), ": found \"", Name(hp->loss),
      "\", but with predictor_type=", Name(hp->predictor_type),
      " the loss is auto or ", allowed.size() > 1 ? "one of " : "", names));
}

absl::Status ResolveClasses(const GivenHyperparameters& given, HP* hp,
                            std::vector<std::string>* notes) {
  const GivenHyperparameter* entry = Find(given, "num_classes");
  if (!IsMulticlass(*hp)) {
    if (hp->num_classes != 1) {
      notes->push_back(
          absl::StrCat(entry->where, ": ", ShowValue(entry->found),
                       " is ignored: predictor_type=", Name(hp->predictor_type),
                       " has no num_classes"));
    }
    hp->num_classes = 1;
    return absl::OkStatus();
  }
  if (entry == nullptr) {
    return absl::InvalidArgumentError(
        "num_classes is missing: predictor_type=multiclass_classifier needs "
        "the number of classes; give --num_classes (or num_classes in the "
        "hyperparameter file) as a whole number from 3 to 1000000");
  }
  if (hp->num_classes >= 3) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(entry->where, ": found ", ShowValue(entry->found),
                   ", expected a whole number from 3 to 1000000 with "
                   "predictor_type=multiclass_classifier (two classes are for "
                   "binary_classifier)"));
}

absl::Status NeedsBias(const GivenHyperparameters& given, const HP& hp,
                       const std::string& name, bool wanted) {
  if (hp.use_bias || !wanted) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(WhereOf(given, name),
                   ": found true, but use_bias is false: only an intercept "
                   "can make up for shifting to mean 0; leave ",
                   name, " out or set use_bias=true"));
}

absl::Status ResolveNormalization(const GivenHyperparameters& given, HP* hp,
                                  std::vector<std::string>* notes) {
  for (const auto& [name, member] :
       {std::make_pair("normalize_label", &HP::normalize_label),
        std::make_pair("unbias_label", &HP::unbias_label)}) {
    if (!IsRegressor(*hp)) {
      if (hp->*member) {
        notes->push_back(absl::StrCat(
            WhereOf(given, name), ": true is ignored: the labels of a ",
            Name(hp->predictor_type), " are classes"));
      }
      hp->*member = false;
    }
  }
  if (IsRegressor(*hp)) {
    if (!IsExplicit(given, "normalize_label")) hp->normalize_label = true;
    if (!IsExplicit(given, "unbias_label")) hp->unbias_label = hp->use_bias;
  }
  LINEUP_RETURN_IF_ERROR(
      NeedsBias(given, *hp, "unbias_label", hp->unbias_label));
  LINEUP_RETURN_IF_ERROR(
      NeedsBias(given, *hp, "unbias_data", hp->unbias_data.value_or(false)));
  if (!hp->use_bias) hp->unbias_data = false;
  return absl::OkStatus();
}

absl::Status CheckF1(const GivenHyperparameters& given, const HP& hp) {
  const GivenHyperparameter* entry =
      Find(given, "binary_classifier_model_selection_criteria");
  if (entry == nullptr || entry->found != "f1" || hp.f_beta == 1) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat(entry->where, ": found \"f1\", but f_beta is ", hp.f_beta,
                   "; write f_beta instead of f1, or leave f_beta at 1"));
}

absl::Status CheckCounts(const GivenHyperparameters& given, const HP& hp) {
  if (hp.candidate_sample == 0 || !hp.num_models.has_value() ||
      hp.candidate_sample == *hp.num_models) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat(WhereOf(given, "candidate_sample"), ": found ",
                   hp.candidate_sample, ", but num_models is ", *hp.num_models,
                   "; give one of them, both are the number of candidates"));
}

template <typename T>
bool Tries(const Choices<T>& choices, T value) {
  return absl::c_linear_search(choices, value);
}

bool TriesOptimizer(const HP& hp, OptimizerType type) {
  if (hp.optimizer.empty()) return type == OptimizerType::kAdam;
  return Tries(hp.optimizer, type);
}

bool TriesSchedule(const HP& hp, ScheduleType type) {
  if (!Tries(hp.use_lr_scheduler, true)) return false;
  if (!hp.lr_schedule.empty()) return Tries(hp.lr_schedule, type);
  return type == ScheduleType::kStep &&
         (TriesOptimizer(hp, OptimizerType::kSgd) ||
          TriesOptimizer(hp, OptimizerType::kAdam) ||
          TriesOptimizer(hp, OptimizerType::kRmsprop));
}

// When a hyperparameter has an effect, as a test and in words.
struct Relevance {
  absl::string_view name;
  bool (*relevant)(const HP&);
  absl::string_view needs;
};

constexpr Relevance kRelevances[] = {
    {"balance_multiclass_weights", IsMulticlass,
     "predictor_type=multiclass_classifier"},
    {"accuracy_top_k", IsMulticlass, "predictor_type=multiclass_classifier"},
    {"binary_classifier_model_selection_criteria", IsBinary,
     "predictor_type=binary_classifier"},
    {"positive_example_weight_mult", IsBinary,
     "predictor_type=binary_classifier"},
    {"f_beta", [](const HP& hp) { return !IsRegressor(hp); }, "a classifier"},
    {"target_precision",
     [](const HP& hp) {
       return IsBinary(hp) && hp.binary_classifier_model_selection_criteria ==
                                  SelectionCriterion::kRecallAtTargetPrecision;
     },
     "binary_classifier_model_selection_criteria=recall_at_target_precision"},
    {"target_recall",
     [](const HP& hp) {
       return IsBinary(hp) && hp.binary_classifier_model_selection_criteria ==
                                  SelectionCriterion::kPrecisionAtTargetRecall;
     },
     "binary_classifier_model_selection_criteria=precision_at_target_recall"},
    {"margin", [](const HP& hp) { return hp.loss == LossType::kHinge; },
     "loss=hinge_loss"},
    {"quantile", [](const HP& hp) { return hp.loss == LossType::kQuantile; },
     "loss=quantile_loss"},
    {"huber_delta", [](const HP& hp) { return hp.loss == LossType::kHuber; },
     "loss=huber_loss"},
    {"loss_insensitivity",
     [](const HP& hp) {
       return hp.loss == LossType::kEpsInsensitiveSquared ||
              hp.loss == LossType::kEpsInsensitiveAbsolute;
     },
     "loss=eps_insensitive_squared_loss or eps_insensitive_absolute_loss"},
    {"momentum",
     [](const HP& hp) { return TriesOptimizer(hp, OptimizerType::kSgd); },
     "optimizer=sgd"},
    {"beta_1",
     [](const HP& hp) { return TriesOptimizer(hp, OptimizerType::kAdam); },
     "optimizer=adam"},
    {"beta_2",
     [](const HP& hp) { return TriesOptimizer(hp, OptimizerType::kAdam); },
     "optimizer=adam"},
    {"epsilon",
     [](const HP& hp) {
       return TriesOptimizer(hp, OptimizerType::kAdam) ||
              TriesOptimizer(hp, OptimizerType::kRmsprop) ||
              TriesOptimizer(hp, OptimizerType::kAdagrad);
     },
     "optimizer=adam, rmsprop or adagrad"},
    {"rmsprop_decay",
     [](const HP& hp) { return TriesOptimizer(hp, OptimizerType::kRmsprop); },
     "optimizer=rmsprop"},
    {"ftrl_beta",
     [](const HP& hp) { return TriesOptimizer(hp, OptimizerType::kFtrl); },
     "optimizer=ftrl"},
    {"bias_lr_mult", [](const HP& hp) { return hp.use_bias; }, "use_bias=true"},
    {"bias_wd_mult", [](const HP& hp) { return hp.use_bias; }, "use_bias=true"},
    {"init_bias", [](const HP& hp) { return hp.use_bias; }, "use_bias=true"},
    {"lr_schedule",
     [](const HP& hp) {
       return Tries(hp.use_lr_scheduler, true) ||
              Tries(hp.lr_schedule, ScheduleType::kConstant);
     },
     "use_lr_scheduler=true"},
    {"lr_scheduler_factor",
     [](const HP& hp) { return TriesSchedule(hp, ScheduleType::kStep); },
     "use_lr_scheduler=true with lr_schedule=step"},
    {"lr_scheduler_step",
     [](const HP& hp) {
       return TriesSchedule(hp, ScheduleType::kStep) ||
              TriesSchedule(hp, ScheduleType::kInverseSqrt);
     },
     "use_lr_scheduler=true with lr_schedule=step or inverse_sqrt"},
    {"lr_scheduler_minimum_lr",
     [](const HP& hp) {
       return TriesSchedule(hp, ScheduleType::kStep) ||
              TriesSchedule(hp, ScheduleType::kInverseSqrt) ||
              TriesSchedule(hp, ScheduleType::kCosine);
     },
     "use_lr_scheduler=true with lr_schedule=step, inverse_sqrt or cosine"},
    {"init_scale",
     [](const HP& hp) { return Tries(hp.init_method, InitMethod::kUniform); },
     "init_method=uniform"},
    {"init_sigma",
     [](const HP& hp) { return Tries(hp.init_method, InitMethod::kNormal); },
     "init_method=normal"},
};

absl::Status CheckEffects(const GivenHyperparameters& given, const HP& hp,
                          std::vector<std::string>* notes) {
  const HP defaults;
  for (const Relevance& rule : kRelevances) {
    const GivenHyperparameter* entry = Find(given, std::string(rule.name));
    if (entry == nullptr || entry->is_auto || rule.relevant(hp)) continue;
    const HyperparameterInfo& info = *FindHyperparameter(rule.name);
    if (info.get(hp) == info.get(defaults)) continue;
    const std::string effect =
        absl::StrCat(entry->where, ": found ", ShowValue(entry->found),
                     ", which has no effect without ", rule.needs);
    if (entry->is_flag) {
      return absl::InvalidArgumentError(
          absl::StrCat(effect, "; set that too, or leave ", rule.name, " out"));
    }
    notes->push_back(effect);
  }
  return absl::OkStatus();
}

// As in the Linear Learner, whose schedule then raises the rate.
void NoteRisingRate(const GivenHyperparameters& given, const HP& hp,
                    std::vector<std::string>* notes) {
  if (hp.learning_rate.empty() || hp.lr_scheduler_minimum_lr.empty() ||
      !TriesSchedule(hp, ScheduleType::kStep)) {
    return;
  }
  const double rate = *absl::c_min_element(hp.learning_rate);
  const double floor = *absl::c_max_element(hp.lr_scheduler_minimum_lr);
  if (floor <= rate) return;
  notes->push_back(absl::StrCat(
      WhereOf(given, "lr_scheduler_minimum_lr"), ": ",
      nlohmann::json(floor).dump(), " is above learning_rate ",
      nlohmann::json(rate).dump(),
      ": the rate will rise to it after the first lr_scheduler_step updates"));
}

}  // namespace

absl::Status ApplyHyperparameterRules(const GivenHyperparameters& given,
                                      HP* hyperparameters,
                                      std::vector<std::string>* notes) {
  if (Find(given, "predictor_type") == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("predictor_type is missing: give --predictor_type (or "
                     "predictor_type in the hyperparameter file) as ",
                     AllowedValues(*FindHyperparameter("predictor_type"))));
  }
  LINEUP_RETURN_IF_ERROR(ResolveLoss(given, hyperparameters));
  LINEUP_RETURN_IF_ERROR(ResolveClasses(given, hyperparameters, notes));
  LINEUP_RETURN_IF_ERROR(ResolveNormalization(given, hyperparameters, notes));
  LINEUP_RETURN_IF_ERROR(CheckF1(given, *hyperparameters));
  LINEUP_RETURN_IF_ERROR(CheckCounts(given, *hyperparameters));
  LINEUP_RETURN_IF_ERROR(CheckEffects(given, *hyperparameters, notes));
  NoteRisingRate(given, *hyperparameters, notes);
  return absl::OkStatus();
}

}  // namespace lineup

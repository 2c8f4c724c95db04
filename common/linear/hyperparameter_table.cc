#include "common/linear/hyperparameter_table.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/linear/hyperparameter_codec.h"

namespace lineup {
namespace {

using Type = HyperparameterInfo::Type;
using hyperparameter_codec::Member;
using hyperparameter_codec::Scalar;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

NumberRange AtLeast(double low) { return {low, kInfinity, false, false}; }
NumberRange Above(double low) { return {low, kInfinity, true, false}; }
NumberRange Within(double low, double high) {
  return {low, high, false, false};
}
NumberRange Between(double low, double high) { return {low, high, true, true}; }
NumberRange FromUpTo(double low, double high) {
  return {low, high, false, true};
}

// One entry, by chained calls: Entry("epochs", &Hyperparameters::epochs, …).
class Entry {
 public:
  template <typename M>
  Entry(absl::string_view name, M Hyperparameters::*member,
        absl::string_view help) {
    using Element = typename Member<M>::Element;
    info_.name = std::string(name);
    info_.type = Scalar<Element>::kType;
    info_.accepts_list = Member<M>::kList;
    for (absl::string_view word : Scalar<Element>::Names()) {
      info_.names.push_back(word);
    }
    info_.help = std::string(help);
    info_.set = [member](absl::Span<const nlohmann::json> values,
                         Hyperparameters* hp) {
      Member<M>::Set(values, &(hp->*member));
    };
    info_.get = [member](const Hyperparameters& hp) {
      return Member<M>::Get(hp.*member);
    };
    const nlohmann::json value = info_.get(Hyperparameters());
    info_.default_text =
        value.is_string() ? value.get<std::string>() : value.dump();
    info_.accepts_auto = info_.default_text == "auto";
  }

  Entry& Range(NumberRange range) {
    info_.range = range;
    return *this;
  }
  Entry& Required() {
    info_.required = true;
    info_.default_text.clear();
    return *this;
  }
  Entry& Auto() {
    info_.accepts_auto = true;
    return *this;
  }
  // `auto` is the default, and resolved before anyone sees the member.
  Entry& AutoByDefault() {
    info_.default_text = "auto";
    return Auto();
  }
  Entry& Alias(absl::string_view older, absl::string_view name) {
    info_.aliases.emplace_back(older, name);
    return *this;
  }
  Entry& Own() {
    info_.own = true;
    return *this;
  }

  operator HyperparameterInfo() const { return info_; }  // NOLINT

 private:
  HyperparameterInfo info_;
};

using HP = Hyperparameters;

std::vector<HyperparameterInfo> TaskEntries() {
  return {
      Entry("predictor_type", &HP::predictor_type, "The kind of prediction.")
          .Required(),
      Entry("num_classes", &HP::num_classes,
            "Number of classes, at least 3, for multiclass_classifier, which "
            "requires it; labels are 0 to num_classes - 1.")
          .Range(Within(1, 1000000)),
      Entry("feature_dim", &HP::feature_dim,
            "Number of features; auto: as found in the data.")
          .Range(Within(1, 4294967295.0)),
      Entry("loss", &HP::loss,
            "The loss that is trained; auto: logistic for binary_classifier, "
            "softmax_loss for multiclass_classifier, squared_loss for "
            "regressor.")
          .AutoByDefault(),
      Entry("use_bias", &HP::use_bias, "Whether models have an intercept."),
      Entry("epochs", &HP::epochs, "Largest number of passes over the data.")
          .Range(AtLeast(1)),
      Entry("mini_batch_size", &HP::mini_batch_size,
            "Examples a gradient is averaged over, per lane.")
          .Range(AtLeast(1)),
      Entry("early_stopping_patience", &HP::early_stopping_patience,
            "Epochs without improvement that are put up with; training stops "
            "at the next one.")
          .Range(AtLeast(1)),
      Entry("early_stopping_tolerance", &HP::early_stopping_tolerance,
            "Relative improvement below which an epoch counts as none.")
          .Range(Above(0)),
      Entry("seed", &HP::seed,
            "Decides shuffling, initial weights and random candidates.")
          .Range(AtLeast(0))
          .Own(),
  };
}

std::vector<HyperparameterInfo> NormalizationEntries() {
  return {
      Entry("normalize_data", &HP::normalize_data,
            "Scale every feature to standard deviation 1 in training (the "
            "model is folded back to raw units); auto: true.")
          .Auto(),
      Entry("normalize_label", &HP::normalize_label,
            "Scale the label likewise; auto: true for regressor. Ignored for "
            "classifiers.")
          .AutoByDefault(),
      Entry("unbias_data", &HP::unbias_data,
            "Shift every feature to mean 0; auto: true with use_bias and dense "
            "data, false for sparse data, which it would make dense."),
      Entry("unbias_label", &HP::unbias_label,
            "Shift the label to mean 0; auto: true for regressor with "
            "use_bias. Ignored for classifiers.")
          .AutoByDefault(),
      Entry("num_point_for_scaler", &HP::num_point_for_scaler,
            "Examples that means and standard deviations are taken from, in "
            "whole minibatches, one more than needed.")
          .Range(AtLeast(1)),
  };
}

std::vector<HyperparameterInfo> SelectionEntries() {
  return {
      Entry("binary_classifier_model_selection_criteria",
            &HP::binary_classifier_model_selection_criteria,
            "What thresholds are calibrated for and the model is chosen by. "
            "The older names f1 and cross_entropy_loss mean f_beta and "
            "loss_function.")
          .Alias("f1", "f_beta")
          .Alias("cross_entropy_loss", "loss_function"),
      Entry("target_precision", &HP::target_precision,
            "The precision that recall_at_target_precision must reach.")
          .Range(Between(0, 1)),
      Entry("target_recall", &HP::target_recall,
            "The recall that precision_at_target_recall must reach.")
          .Range(Between(0, 1)),
      Entry("f_beta", &HP::f_beta,
            "Beta of all F measures: the weight of recall against precision.")
          .Range(Above(0)),
      Entry("accuracy_top_k", &HP::accuracy_top_k,
            "k of multiclass_top_k_accuracy: right if the true class is among "
            "the k best scores.")
          .Range(Within(1, 1000000)),
      Entry("num_calibration_samples", &HP::num_calibration_samples,
            "Examples of the validation data that thresholds are calibrated "
            "on.")
          .Range(AtLeast(1))
          .Auto(),
      Entry("balance_multiclass_weights", &HP::balance_multiclass_weights,
            "Weigh each class by 1 / its frequency in a sample of the training "
            "data, for multiclass_classifier."),
      Entry("positive_example_weight_mult", &HP::positive_example_weight_mult,
            "Weight of examples with label 1 for binary_classifier; label 0 "
            "weighs 1. balanced: both classes weigh the same in total; auto: "
            "candidates with 1 and with balanced.")
          .Range(Above(0))
          .Auto(),
  };
}

std::vector<HyperparameterInfo> LineupEntries() {
  return {
      Entry("num_models", &HP::num_models,
            "Number of candidates trained at once; auto: the whole grid, 32 "
            "unless hyperparameters are given.")
          .Range(Within(1, 1024)),
      Entry("candidate_sample", &HP::candidate_sample,
            "Draw this many candidates at random instead of the grid; 0: the "
            "grid.")
          .Range(Within(0, 1024))
          .Own(),
  };
}

std::vector<HyperparameterInfo> OptimizerEntries() {
  return {
      Entry("optimizer", &HP::optimizer, "The update rule; auto: adam."),
      Entry("learning_rate", &HP::learning_rate,
            "Step size; auto: values that suit the optimizer, 0.005 and 0.1 "
            "for adam.")
          .Range(Above(0)),
      Entry("wd", &HP::wd,
            "L2 regularisation (weight decay), added to the gradient; auto: "
            "values that suit the optimizer, 0.0001, 0.01, 1 and 100 for adam.")
          .Range(AtLeast(0)),
      Entry("l1", &HP::l1,
            "L1 regularisation; makes weights exactly 0. auto: 0, and three "
            "small values with adagrad and ftrl.")
          .Range(AtLeast(0)),
      Entry("momentum", &HP::momentum, "Momentum of sgd; auto: 0.")
          .Range(FromUpTo(0, 1)),
      Entry("beta_1", &HP::beta_1,
            "Decay of adam's mean of gradients; auto: 0.9.")
          .Range(FromUpTo(0, 1)),
      Entry("beta_2", &HP::beta_2,
            "Decay of adam's mean of squared gradients; auto: 0.999.")
          .Range(FromUpTo(0, 1)),
      Entry("epsilon", &HP::epsilon,
            "Added to the denominator of adam, rmsprop and adagrad; auto: 1e-8 "
            "(adagrad: 1e-7).")
          .Range(Above(0))
          .Own(),
      Entry("rmsprop_decay", &HP::rmsprop_decay,
            "Decay of rmsprop's mean of squared gradients; auto: 0.9.")
          .Range(FromUpTo(0, 1))
          .Own(),
      Entry("ftrl_beta", &HP::ftrl_beta,
            "Smoothing of ftrl's rate per coordinate; auto: 1.")
          .Range(Above(0))
          .Own(),
      Entry("bias_lr_mult", &HP::bias_lr_mult,
            "The intercept's learning rate is learning_rate times this; auto: "
            "10.")
          .Range(Above(0)),
      Entry("bias_wd_mult", &HP::bias_wd_mult,
            "The intercept's L2 is wd times this; auto: 0.")
          .Range(AtLeast(0)),
  };
}

std::vector<HyperparameterInfo> ScheduleEntries() {
  return {
      Entry("use_lr_scheduler", &HP::use_lr_scheduler,
            "Whether the learning rate falls over time."),
      Entry("lr_schedule", &HP::lr_schedule,
            "How it falls; step is the Linear Learner's. auto: step, and "
            "constant for adagrad and ftrl, whose rates fall by themselves.")
          .Own(),
      Entry("lr_scheduler_factor", &HP::lr_scheduler_factor,
            "The step schedule multiplies the rate by this; auto: 0.99.")
          .Range(Between(0, 1)),
      Entry("lr_scheduler_step", &HP::lr_scheduler_step,
            "Updates (minibatches) between two such steps, and time scale of "
            "inverse_sqrt; auto: 10 and 100.")
          .Range(AtLeast(1)),
      Entry("lr_scheduler_minimum_lr", &HP::lr_scheduler_minimum_lr,
            "The rate does not fall below this; auto: 0.00001 and 0.0001, but "
            "no more than learning_rate.")
          .Range(Above(0)),
  };
}

std::vector<HyperparameterInfo> InitEntries() {
  return {
      Entry("init_method", &HP::init_method,
            "Distribution of the initial weights."),
      Entry("init_scale", &HP::init_scale,
            "uniform: initial weights lie between -init_scale and init_scale.")
          .Range(Above(0)),
      Entry("init_sigma", &HP::init_sigma,
            "normal: standard deviation of the initial weights.")
          .Range(Above(0)),
      Entry("init_bias", &HP::init_bias, "Initial intercept."),
  };
}

std::vector<HyperparameterInfo> LossEntries() {
  return {
      Entry("margin", &HP::margin, "Margin of hinge_loss.").Range(AtLeast(0)),
      Entry("quantile", &HP::quantile,
            "quantile_loss: the share of labels that should lie below the "
            "prediction.")
          .Range(Between(0, 1)),
      Entry("huber_delta", &HP::huber_delta,
            "huber_loss is squared for errors below this and absolute above.")
          .Range(Above(0)),
      Entry("loss_insensitivity", &HP::loss_insensitivity,
            "Errors up to this cost nothing under "
            "eps_insensitive_squared_loss and eps_insensitive_absolute_loss.")
          .Range(Above(0)),
  };
}

std::vector<HyperparameterInfo> MakeTable() {
  std::vector<HyperparameterInfo> table;
  for (std::vector<HyperparameterInfo> part :
       {TaskEntries(), NormalizationEntries(), SelectionEntries(),
        LineupEntries(), OptimizerEntries(), ScheduleEntries(), InitEntries(),
        LossEntries()}) {
    for (HyperparameterInfo& info : part) table.push_back(std::move(info));
  }
  return table;
}

std::string Number(double value) { return absl::StrCat(value); }

std::string Integer(double value) {
  return absl::StrCat(static_cast<int64_t>(value));
}

std::string RangeInWords(const HyperparameterInfo& info) {
  const NumberRange& r = info.range;
  const bool whole = info.type == Type::kInteger;
  const std::string noun = whole ? "a whole number" : "a number";
  const auto text = whole ? Integer : Number;
  const bool has_low = r.low > -kInfinity;
  const bool has_high = r.high < kInfinity;
  if (!has_low && !has_high) return noun;
  if (!has_high) {
    return absl::StrCat(noun, r.low_open ? " above " : " of at least ",
                        text(r.low));
  }
  if (r.low_open) {
    return absl::StrCat(noun, " between ", text(r.low), " and ", text(r.high),
                        ", neither included");
  }
  return absl::StrCat(noun, " from ", text(r.low), " to ", text(r.high),
                      r.high_open ? ", the latter not included" : "");
}

}  // namespace

bool NumberRange::Contains(double value) const {
  return (low_open ? value > low : value >= low) &&
         (high_open ? value < high : value <= high);
}

absl::Span<const HyperparameterInfo> HyperparameterTable() {
  static const auto* const table =
      new std::vector<HyperparameterInfo>(MakeTable());
  return *table;
}

const HyperparameterInfo* FindHyperparameter(absl::string_view name) {
  for (const HyperparameterInfo& info : HyperparameterTable()) {
    if (info.name == name) return &info;
  }
  return nullptr;
}

std::string AllowedValues(const HyperparameterInfo& info) {
  std::vector<std::string> choices;
  if (info.accepts_auto) choices.push_back("auto");
  for (absl::string_view name : info.names) choices.emplace_back(name);
  switch (info.type) {
    case Type::kBool:
      choices.push_back("true");
      choices.push_back("false");
      break;
    case Type::kInteger:
    case Type::kReal:
      choices.push_back(RangeInWords(info));
      break;
    case Type::kName:
      break;
  }
  const std::string last = choices.back();
  choices.pop_back();
  if (choices.empty()) return last;
  return absl::StrCat(absl::StrJoin(choices, ", "), " or ", last);
}

}  // namespace lineup

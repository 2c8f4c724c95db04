#include "common/linear/hyperparameters.h"

#include "common/linear/hyperparameter_table.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace lineup {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;

Hyperparameters Parsed(
    std::vector<NamedValue> flags,
    const std::optional<HyperparameterFile>& file = std::nullopt,
    std::vector<std::string>* notes = nullptr) {
  const absl::StatusOr<Hyperparameters> hp =
      ParseHyperparameters(flags, file, notes);
  EXPECT_TRUE(hp.ok()) << hp.status();
  return hp.value_or(Hyperparameters());
}

TEST(HyperparametersTest, DefaultsAreTheLinearLearners) {
  const Hyperparameters hp = Parsed({{"predictor_type", "binary_classifier"}});
  EXPECT_EQ(hp.loss, LossType::kLogistic);
  EXPECT_EQ(hp.epochs, 15);
  EXPECT_EQ(hp.mini_batch_size, 1000);
  EXPECT_EQ(hp.early_stopping_patience, 3);
  EXPECT_EQ(hp.early_stopping_tolerance, 0.001);
  EXPECT_TRUE(hp.normalize_data);
  EXPECT_FALSE(hp.normalize_label);
  EXPECT_FALSE(hp.unbias_label);
  EXPECT_FALSE(hp.unbias_data.has_value());
  EXPECT_EQ(hp.num_point_for_scaler, 10000);
  EXPECT_EQ(hp.num_calibration_samples, 10000000);
  EXPECT_FALSE(hp.num_models.has_value());
  EXPECT_THAT(hp.learning_rate, IsEmpty());
  EXPECT_THAT(hp.init_scale, ElementsAre(0.07));
}

TEST(HyperparametersTest, AutoDependsOnThePredictor) {
  Hyperparameters hp = Parsed({{"predictor_type", "regressor"}});
  EXPECT_EQ(hp.loss, LossType::kSquared);
  EXPECT_TRUE(hp.normalize_label);
  EXPECT_TRUE(hp.unbias_label);
  hp = Parsed({{"predictor_type", "regressor"}, {"use_bias", "false"}});
  EXPECT_TRUE(hp.normalize_label);
  EXPECT_FALSE(hp.unbias_label);
  EXPECT_EQ(hp.unbias_data, false);
  hp = Parsed({{"predictor_type", "regressor"}, {"normalize_label", "false"}});
  EXPECT_FALSE(hp.normalize_label);
  EXPECT_TRUE(hp.unbias_label);
  hp = Parsed(
      {{"predictor_type", "multiclass_classifier"}, {"num_classes", "3"}});
  EXPECT_EQ(hp.loss, LossType::kSoftmax);
  EXPECT_EQ(hp.num_classes, 3);
}

TEST(HyperparametersTest, FlagsTakeDashesListsAndBrackets) {
  const Hyperparameters hp = Parsed({{"predictor-type", "regressor"},
                                     {"learning-rate", "0.1, 0.01"},
                                     {"wd", "[0, 1e-3]"},
                                     {"optimizer", "[\"adam\", sgd]"},
                                     {"lr_scheduler_step", "1e2"},
                                     {"use_lr_scheduler", "True,FALSE"},
                                     {"l1", "auto"},
                                     {"epochs", " 7 "}});
  EXPECT_THAT(hp.learning_rate, ElementsAre(0.1, 0.01));
  EXPECT_THAT(hp.wd, ElementsAre(0, 0.001));
  EXPECT_THAT(hp.optimizer,
              ElementsAre(OptimizerType::kAdam, OptimizerType::kSgd));
  EXPECT_THAT(hp.lr_scheduler_step, ElementsAre(100));
  EXPECT_THAT(hp.use_lr_scheduler, ElementsAre(true, false));
  EXPECT_THAT(hp.l1, IsEmpty());
  EXPECT_EQ(hp.epochs, 7);
}

TEST(HyperparametersTest, FileTakesStringsNumbersBooleansAndArrays) {
  const HyperparameterFile file = {"hp.json", R"({
      "predictor_type": "binary_classifier", "epochs": "10",
      "mini_batch_size": 200, "use_bias": "true", "normalize_data": false,
      "learning_rate": [0.1, "0.01"], "wd": "auto", "l1": "0,0.5",
      "positive_example_weight_mult": ["balanced", 2]})"};
  const Hyperparameters hp = Parsed({}, file);
  EXPECT_EQ(hp.epochs, 10);
  EXPECT_EQ(hp.mini_batch_size, 200);
  EXPECT_FALSE(hp.normalize_data);
  EXPECT_THAT(hp.learning_rate, ElementsAre(0.1, 0.01));
  EXPECT_THAT(hp.wd, IsEmpty());
  EXPECT_THAT(hp.l1, ElementsAre(0, 0.5));
  EXPECT_THAT(hp.positive_example_weight_mult,
              ElementsAre(PositiveWeight{1, true}, PositiveWeight{2, false}));
}

TEST(HyperparametersTest, FlagOverridesFile) {
  const HyperparameterFile file = {
      "hp.json", R"({"predictor_type": "regressor", "epochs": 3,
                     "loss": "huber_loss", "huber_delta": 2})"};
  std::vector<std::string> notes;
  const Hyperparameters hp =
      Parsed({{"epochs", "4"}, {"loss", "absolute_loss"}}, file, &notes);
  EXPECT_EQ(hp.epochs, 4);
  EXPECT_EQ(hp.loss, LossType::kAbsolute);
  EXPECT_THAT(notes,
              ElementsAre("hp.json: huber_delta: found 2, which has no effect "
                          "without loss=huber_loss"));
}

// The container's own defaults, which jobs pass on in full, mean nothing new.
TEST(HyperparametersTest, ContainerDefaultsAreAccepted) {
  const HyperparameterFile file = {"default-input.json", R"({
      "predictor_type": "regressor", "num_classes": "1", "loss": "auto",
      "accuracy_top_k": "3", "balance_multiclass_weights": "false",
      "beta_1": "auto", "beta_2": "auto", "bias_lr_mult": "auto",
      "binary_classifier_model_selection_criteria": "accuracy",
      "early_stopping_patience": "3", "early_stopping_tolerance": "0.001",
      "epochs": "15", "f_beta": "1.0", "feature_dim": "auto",
      "huber_delta": "1.0", "init_bias": "0.0", "init_method": "uniform",
      "init_scale": "0.07", "init_sigma": "0.01", "l1": "auto",
      "learning_rate": "auto", "loss_insensitivity": "0.01", "margin": "1.0",
      "mini_batch_size": "1000", "momentum": "auto", "normalize_data": "true",
      "normalize_label": "auto", "num_calibration_samples": "10000000",
      "num_models": "auto", "num_point_for_scaler": "10000",
      "optimizer": "auto", "positive_example_weight_mult": "1.0",
      "quantile": "0.5", "target_precision": "0.8", "target_recall": "0.8",
      "unbias_data": "auto", "unbias_label": "auto", "use_bias": "true",
      "use_lr_scheduler": "true", "wd": "auto", "_kvstore": "auto"})"};
  std::vector<std::string> notes;
  const Hyperparameters hp = Parsed({}, file, &notes);
  EXPECT_THAT(notes, ElementsAre("default-input.json: _kvstore: ignored: it "
                                 "belongs to Amazon's own service"));
  EXPECT_EQ(HyperparametersToJson(hp),
            HyperparametersToJson(Parsed({{"predictor_type", "regressor"}})));
}

TEST(HyperparametersTest, OlderNamesAreUnderstood) {
  Hyperparameters hp =
      Parsed({{"predictor_type", "binary_classifier"},
              {"binary_classifier_model_selection_criteria", "f1"}});
  EXPECT_EQ(hp.binary_classifier_model_selection_criteria,
            SelectionCriterion::kFBeta);
  hp = Parsed(
      {{"predictor_type", "binary_classifier"},
       {"binary_classifier_model_selection_criteria", "cross_entropy_loss"}});
  EXPECT_EQ(hp.binary_classifier_model_selection_criteria,
            SelectionCriterion::kLossFunction);
}

TEST(HyperparametersTest, NotesTellWhatIsIgnored) {
  const HyperparameterFile file = {
      "hp.json", R"({"predictor_type": "binary_classifier", "num_classes": 2,
                     "normalize_label": "true", "unbias_label": true,
                     "quantile": 0.9, "momentum": 0.5, "force_dense": "true",
                     "learning_rate": 1e-6, "lr_scheduler_minimum_lr": 1e-5})"};
  std::vector<std::string> notes;
  const Hyperparameters hp = Parsed({}, file, &notes);
  EXPECT_FALSE(hp.normalize_label);
  EXPECT_FALSE(hp.unbias_label);
  EXPECT_EQ(hp.num_classes, 1);
  EXPECT_THAT(
      notes,
      ElementsAre(
          "hp.json: force_dense: ignored: it belongs to Amazon's own service",
          "hp.json: num_classes: 2 is ignored: "
          "predictor_type=binary_classifier has no num_classes",
          "hp.json: normalize_label: true is ignored: the labels of a "
          "binary_classifier are classes",
          "hp.json: unbias_label: true is ignored: the labels of a "
          "binary_classifier are classes",
          "hp.json: quantile: found 0.9, which has no effect without "
          "loss=quantile_loss",
          "hp.json: momentum: found 0.5, which has no effect without "
          "optimizer=sgd",
          "hp.json: lr_scheduler_minimum_lr: 1e-05 is above learning_rate "
          "1e-06: the rate will rise to it after the first lr_scheduler_step "
          "updates"));
}

TEST(HyperparametersTest, JsonReadsBackToTheSame) {
  const std::vector<std::vector<NamedValue>> cases = {
      {{"predictor_type", "binary_classifier"}},
      {{"predictor_type", "regressor"},
       {"use_bias", "false"},
       {"loss", "quantile_loss"},
       {"quantile", "0.1,0.9"},
       {"num_models", "7"},
       {"seed", "9223372036854775807"},
       {"feature_dim", "4294967295"}},
      {{"predictor_type", "multiclass_classifier"},
       {"num_classes", "10"},
       {"optimizer", "sgd,ftrl"},
       {"lr_schedule", "cosine"},
       {"unbias_data", "true"}},
      {{"predictor_type", "binary_classifier"},
       {"positive_example_weight_mult", "balanced,3"}},
  };
  for (const std::vector<NamedValue>& flags : cases) {
    const json once = HyperparametersToJson(Parsed(flags));
    EXPECT_EQ(once.size(), HyperparameterTable().size());
    std::vector<std::string> notes;
    const Hyperparameters back =
        Parsed({}, HyperparameterFile{"model.json", once.dump()}, &notes);
    EXPECT_EQ(HyperparametersToJson(back), once);
    EXPECT_THAT(notes, IsEmpty());
  }
}

TEST(HyperparameterTableTest, EveryDefaultIsAllowedAndEveryEntryExplained) {
  for (const HyperparameterInfo& info : HyperparameterTable()) {
    EXPECT_FALSE(info.help.empty()) << info.name;
    EXPECT_EQ(info.required, info.default_text.empty()) << info.name;
    EXPECT_EQ(FindHyperparameter(info.name), &info);
    if (info.required || info.name == "num_classes") continue;
    EXPECT_TRUE(
        ParseHyperparameters(
            {}, HyperparameterFile{"f", json({{"predictor_type", "regressor"},
                                              {info.name, info.default_text}})
                                            .dump()})
            .ok())
        << info.name;
  }
}

TEST(HyperparameterTableTest, AllowedValuesInWords) {
  const auto words = [](absl::string_view name) {
    return AllowedValues(*FindHyperparameter(name));
  };
  EXPECT_EQ(words("use_bias"), "true or false");
  EXPECT_EQ(words("learning_rate"), "auto or a number above 0");
  EXPECT_EQ(words("wd"), "auto or a number of at least 0");
  EXPECT_EQ(words("epochs"), "a whole number of at least 1");
  EXPECT_EQ(words("optimizer"), "auto, sgd, adam, adagrad, rmsprop or ftrl");
  EXPECT_EQ(words("quantile"), "a number between 0 and 1, neither included");
  EXPECT_EQ(words("beta_1"),
            "auto or a number from 0 to 1, the latter not included");
  EXPECT_EQ(words("num_classes"), "a whole number from 1 to 1000000");
  EXPECT_EQ(words("init_bias"), "a number");
  EXPECT_EQ(words("positive_example_weight_mult"),
            "auto, balanced or a number above 0");
}

}  // namespace
}  // namespace lineup

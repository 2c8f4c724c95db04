#include "common/model/model_json.h"

#include <cmath>
#include <limits>

#include "common/model/json_text.h"
#include "common/model/test_models.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

ModelDocument SmallDocument() {
  ModelDocument document;
  document.best_candidate = 1;
  document.selection_criterion = "accuracy";
  document.selection_data = "validation";
  document.train_metrics = {{"objective_loss", 0.25}};
  document.validation_metrics = {
      {"objective_loss", 0.5},
      {"roc_auc_score", std::numeric_limits<double>::quiet_NaN()}};
  CandidateReport candidate;
  candidate.index = 0;
  candidate.hyperparameters = {{"learning_rate", 0.005}, {"wd", 1e-4}};
  candidate.train_loss = {0.7, std::numeric_limits<double>::infinity()};
  candidate.state = "dropped after epoch 2";
  document.candidates.push_back(candidate);
  candidate.index = 1;
  candidate.state = "finished";
  candidate.threshold = 0.25;
  candidate.train_loss = {0.5, 0.25};
  candidate.validation = {{"objective_loss", 0.5}};
  document.candidates.push_back(candidate);
  document.hyperparameters = {{"epochs", 2}, {"optimizer", "adam"}};
  document.seed = 18446744073709551615u;
  document.data = {{"train", {{"examples", 10}}}};
  document.notes = {"Ten rows were skipped."};
  document.schema.format = FileFormat::kCsv;
  document.schema.label_column = 0;
  document.schema.label_name = "y";
  return document;
}

ModelFile Parse(const std::string& text) {
  auto file = ParseModelJson(text, "model.json");
  EXPECT_TRUE(file.ok()) << file.status() << "\n" << text;
  return *std::move(file);
}

TEST(ModelJsonTest, EverythingSurvives) {
  LinearModel model = SmallBinaryModel();
  model.feature_names = {"age", "height, \"cm\""};
  model.weights = {0.1f, -1.17549435e-38f};
  const std::string text = SerializeModelJson(SmallDocument(), model);
  const ModelFile file = Parse(text);
  EXPECT_EQ(file.model.weights, model.weights);
  EXPECT_EQ(file.model.bias, model.bias);
  EXPECT_EQ(file.model.threshold, 0.25);
  EXPECT_EQ(file.model.feature_names, model.feature_names);
  const ModelDocument& document = *file.document;
  EXPECT_EQ(document.best_candidate, 1u);
  EXPECT_EQ(document.selection_criterion, "accuracy");
  EXPECT_EQ(document.seed, 18446744073709551615u);
  EXPECT_EQ(document.schema.label_name, "y");
  EXPECT_EQ(document.schema.num_features, 2u);
  EXPECT_TRUE(std::isnan(document.validation_metrics[1].second));
  ASSERT_EQ(document.candidates.size(), 2u);
  EXPECT_EQ(document.candidates[0].state, "dropped after epoch 2");
  EXPECT_TRUE(std::isnan(document.candidates[0].train_loss[1]));
  EXPECT_FALSE(document.candidates[0].threshold.has_value());
  EXPECT_EQ(document.candidates[1].threshold, 0.25);
  EXPECT_EQ(document.candidates[1].hyperparameters["wd"], 1e-4);
  EXPECT_THAT(document.notes, ElementsAre("Ten rows were skipped."));
  EXPECT_EQ(SerializeModelJson(document, file.model), text);
}

TEST(ModelJsonTest, ScriptsFindWhatTheyRelyOn) {
  LinearModel model = SmallBinaryModel();
  model.feature_names = {"age", "height"};
  const auto json =
      nlohmann::json::parse(SerializeModelJson(SmallDocument(), model));
  EXPECT_EQ(json["predictor_type"], "binary_classifier");
  EXPECT_EQ(json["threshold"], 0.25);
  EXPECT_EQ(json["best_candidate"], 1);
  EXPECT_EQ(json["candidates"][1]["index"], 1);
  EXPECT_EQ(json["candidates"][1]["hyperparameters"]["learning_rate"], 0.005);
  EXPECT_EQ(json["candidates"][1]["train_loss"][1], 0.25);
  EXPECT_EQ(json["candidates"][1]["validation"]["objective_loss"], 0.5);
  EXPECT_EQ(json["weights"]["height"], -2.0);
  EXPECT_EQ(json["bias"], 0.5);
}

TEST(ModelJsonTest, MulticlassHasARowOfWeightsForEachFeature) {
  const std::string text =
      SerializeModelJson(SmallDocument(), SmallMulticlassModel());
  EXPECT_THAT(text, HasSubstr("{\"0\": [1.0, 0.0, -1.0], \"1\": [0.25, 2.0, "
                              "-0.5]}"));
  EXPECT_THAT(text, HasSubstr("\"threshold\": null"));
  EXPECT_EQ(Parse(text).model.weights, SmallMulticlassModel().weights);
}

TEST(ModelJsonTest, ManyFeaturesListOnlyWeightsThatAreNotZero) {
  LinearModel model = SmallRegressionModel();
  model.num_features = 5000000;
  model.weights.assign(model.num_features, 0.0f);
  model.weights[4999999] = 3.0f;
  ModelDocument document = SmallDocument();
  document.schema.format = FileFormat::kLibsvm;
  document.schema.sparse = true;
  document.schema.first_id = 1;
  const std::string text = SerializeModelJson(document, model);
  EXPECT_THAT(text, HasSubstr("\"weights\": {\"5000000\": 3.0}"));
  EXPECT_EQ(Parse(text).model.weights, model.weights);
}

// Of `outputs` weights a feature, some of them zero, with or without names.
LinearModel LargeModel(uint32_t outputs, bool named) {
  LinearModel model =
      outputs == 1 ? SmallRegressionModel() : SmallMulticlassModel();
  model.num_features = 20000;
  model.num_classes = outputs;
  model.weights.assign(size_t{model.num_features} * outputs, 0.0f);
  for (size_t i = 0; i < model.weights.size(); ++i) {
    if (i % 7 != 0) model.weights[i] = static_cast<float>(std::sin(i) * i);
  }
  for (uint32_t f = 0; named && f < model.num_features; ++f) {
    model.feature_names.push_back("n \"" + std::to_string(f) + "\" \xC3\xA9");
  }
  return model;
}

TEST(ModelJsonTest, ManyWeightsAreLaidOutLikeAllElse) {
  for (const uint32_t outputs : {1, 3}) {
    for (const bool named : {false, true}) {
      LinearModel model = LargeModel(outputs, named);
      model.bias.resize(outputs);
      const std::string text = SerializeModelJson(SmallDocument(), model);
      EXPECT_EQ(ReadableJson(nlohmann::ordered_json::parse(text)), text);
      EXPECT_EQ(Parse(text).model.weights, model.weights);
    }
  }
}

TEST(ModelJsonTest, TheTextComesInPieces) {
  const LinearModel model = LargeModel(1, true);
  std::string text;
  size_t pieces = 0;
  const auto append = [&](absl::string_view piece) {
    text.append(piece.data(), piece.size());
    ++pieces;
    return absl::OkStatus();
  };
  EXPECT_TRUE(WriteModelJson(SmallDocument(), model, append).ok());
  EXPECT_EQ(text, SerializeModelJson(SmallDocument(), model));
  EXPECT_GT(pieces, 1u);
  const auto fail = [](absl::string_view) {
    return absl::ResourceExhaustedError("the disk is full");
  };
  EXPECT_EQ(WriteModelJson(SmallDocument(), model, fail).message(),
            "the disk is full");
}

TEST(ModelJsonTest, TooManyWeightsAreLeftToTheArchive) {
  LinearModel model = SmallRegressionModel();
  model.num_features = kMaxListedWeights + 1;
  model.weights.assign(model.num_features, 1.0f);
  const std::string text = SerializeModelJson(SmallDocument(), model);
  EXPECT_THAT(text, HasSubstr("\"weights\": null"));
  EXPECT_TRUE(Parse(text).model.weights.empty());
}

TEST(ModelJsonTest, NamesThatCannotKeyTheWeightsAreLeftOut) {
  LinearModel model = SmallBinaryModel();
  for (const char* name : {"same", "\xe4"}) {
    model.feature_names = {name, "same"};
    const std::string text = SerializeModelJson(SmallDocument(), model);
    EXPECT_THAT(text, Not(HasSubstr("feature_names")));
    EXPECT_EQ(Parse(text).model.weights, model.weights);
  }
}

TEST(ModelJsonTest, ParametersOfEveryLossSurvive) {
  for (const absl::string_view name : LossTypeNames()) {
    LinearModel model = SmallRegressionModel();
    model.loss = *LossTypeFromName(name);
    if (LossFitsPredictor(model.loss, PredictorType::kBinaryClassifier)) {
      model = SmallBinaryModel();
    } else if (model.loss == LossType::kSoftmax) {
      model = SmallMulticlassModel();
      model.class_weights = {1, 2, 3};
    }
    model.loss = *LossTypeFromName(name);
    model.loss_parameters = {0.9, 2.5, 0.3, 0.07, 49.0};
    model.metric_parameters = {5, 2.0};
    const std::string text = SerializeModelJson(SmallDocument(), model);
    EXPECT_EQ(SerializeModelJson(SmallDocument(), Parse(text).model), text);
  }
}

struct BadEdit {
  std::string from;
  std::string to;
  std::string error;
};

TEST(ModelJsonTest, BadFieldsAreNamed) {
  LinearModel model = SmallBinaryModel();
  model.feature_names = {"age", "height"};
  const std::string good = SerializeModelJson(SmallDocument(), model);
  const BadEdit cases[] = {
      {"lineup model", "other",
       "m: format: found \"other\", expected \"lineup model\"; this is another "
       "file"},
      {"\"format_version\": 1", "\"format_version\": 2",
       "m: format_version: found 2, expected at most 1; the model was written "
       "by a newer Lineup: use that"},
      {"binary_classifier", "binary_clasifier",
       "m: predictor_type: found \"binary_clasifier\", expected one of "
       "binary_classifier, multiclass_classifier, regressor; did you mean "
       "\"binary_classifier\"?"},
      {"\"logistic\"", "\"huber_loss\"",
       "m: loss huber_loss does not belong to predictor_type "
       "binary_classifier"},
      {"\"num_features\": 2", "\"num_features\": -2",
       "m: num_features: found -2, expected a whole number from 0 to "
       "4294967295"},
      {"\"num_features\": 2", "\"num_features\": 3",
       "m: feature_names: found 2 names, expected 3 as num_features says"},
      {"\"num_classes\": 1", "\"num_classes\": 4000000000",
       "m: bias: found 0.5, expected 4000000000 numbers"},
      {"\"threshold\": 0.25,\n  \"best", "\"threshold\": null,\n  \"best",
       "m: threshold: missing or null, expected a number"},
      {"\"bias\": 0.5", "\"bias\": [0.5, 1.0]",
       "m: bias: found [0.5,1.0], expected 1 numbers"},
      {"\"age\": 1.0", "\"age\": \"one\"",
       "m: weights.age: found \"one\", expected a number"},
      {"\"age\": 1.0", "\"ages\": 1.0",
       "m: weights.ages: no feature has this name (see feature_names)"},
      {"\"age\": 1.0", "\"age\": 1e200",
       "m: the model's weight number 0 is inf, not a finite number"},
      {"\"index\": 1", "\"index\": \"1\"",
       "m: candidates[1].index: found \"1\", expected a whole number from 0 to "
       "4294967295"},
      {"[0.5, 0.25]", "[0.5, \"x\"]",
       "m: candidates[1].train_loss: found \"x\", expected numbers"},
      {"\"format\": \"csv\"", "\"format\": \"xls\"", ""},
      {"\"delimiter\": \",\"", "\"delimiter\": \"\"",
       "m: schema.delimiter: found \"\", expected one character"},
      {"\"label_column\": 0", "\"label_column\": -2",
       "m: schema.label_column: found -2, expected a column number, or -1 for "
       "none"},
      {"\"hyperparameters\": {\"epochs\"", "\"hyper\": {\"epochs\"",
       "m: hyperparameters: missing or null, expected an object"},
  };
  for (const BadEdit& bad : cases) {
    const size_t at = good.find(bad.from);
    ASSERT_NE(at, std::string::npos) << bad.from << " is not in\n" << good;
    std::string text = good;
    text.replace(at, bad.from.size(), bad.to);
    const auto file = ParseModelJson(text, "m");
    EXPECT_EQ(file.status().code(), absl::StatusCode::kInvalidArgument)
        << bad.to;
    if (bad.error.empty()) {
      EXPECT_THAT(std::string(file.status().message()),
                  HasSubstr("m: schema.format: "));
    } else {
      EXPECT_EQ(file.status().message(), bad.error);
    }
  }
}

TEST(ModelJsonTest, ASmallFileCannotAskForMuchMemory) {
  LinearModel model = SmallRegressionModel();
  std::string text = SerializeModelJson(SmallDocument(), model);
  const std::string from = "\"num_features\": 2";
  text.replace(text.find(from), from.size(), "\"num_features\": 4000000000");
  EXPECT_EQ(ParseModelJson(text, "m").status().message(),
            "m: num_features: found 4000000000 features of 1 outputs with "
            "listed weights, expected at most 67108864 weights; the file is "
            "damaged");
}

}  // namespace
}  // namespace lineup

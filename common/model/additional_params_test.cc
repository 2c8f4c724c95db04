#include "common/model/additional_params.h"

#include "common/model/test_models.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

TEST(AdditionalParamsTest, IsTheLinearLearnersTextByteForByte) {
  EXPECT_EQ(SerializeAdditionalParams(AdultModel()), kAdultAdditionalParams);
}

TEST(AdditionalParamsTest, ReadsTheLinearLearnersText) {
  LinearModel model;
  const absl::Status status =
      ParseAdditionalParams(kAdultAdditionalParams, "f", &model);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(model.predictor_type, PredictorType::kBinaryClassifier);
  EXPECT_EQ(model.loss, LossType::kLogistic);
  EXPECT_EQ(model.threshold, 0.46301859617233276);
  EXPECT_EQ(model.metric_parameters.accuracy_top_k, 3u);
}

TEST(AdditionalParamsTest, ParametersOfEveryLossSurvive) {
  for (const absl::string_view name : LossTypeNames()) {
    LinearModel model;
    model.loss = *LossTypeFromName(name);
    for (const absl::string_view type : PredictorTypeNames()) {
      const PredictorType predictor = *PredictorTypeFromName(type);
      if (LossFitsPredictor(model.loss, predictor)) {
        model.predictor_type = predictor;
      }
    }
    model.threshold = 0.75;
    model.loss_parameters = {0.9, 2.5, 0.3, 0.07, 49.0};
    model.metric_parameters = {5, 2.0};
    model.class_weights = {0.5, 3.0};
    const std::string text = SerializeAdditionalParams(model);
    LinearModel read;
    const absl::Status status = ParseAdditionalParams(text, "f", &read);
    ASSERT_TRUE(status.ok()) << status;
    EXPECT_EQ(read.loss, model.loss);
    EXPECT_EQ(read.predictor_type, model.predictor_type);
    EXPECT_EQ(read.class_weights, model.class_weights);
    EXPECT_EQ(SerializeAdditionalParams(read), text) << name;
  }
}

TEST(AdditionalParamsTest, BadFieldsAreNamed) {
  const std::pair<const char*, const char*> cases[] = {
      {"{\"threshold\": 0.5",
       "f:1:18: not valid JSON: syntax error while parsing object - "
       "unexpected end of input; expected '}'"},
      {"[1]", "f: found [1], expected an object"},
      {"{}", "f: predictor_type: missing or null, expected a string"},
      {"{\"predictor_type\": \"binary\"}",
       "f: predictor_type: found \"binary\", expected one of "
       "binary_classifier, multiclass_classifier, regressor"},
      {"{\"predictor_type\": \"regressor\", \"loss_type\": \"logistic\"}",
       "f: loss_type: \"logistic\" does not belong to predictor_type "
       "\"regressor\""},
      {"{\"predictor_type\": \"binary_classifier\", \"loss_type\": 5}",
       "f: loss_type: found 5, expected a string"},
      {"{\"predictor_type\": \"binary_classifier\", \"loss_type\": "
       "\"logistic\"}",
       "f: threshold: missing or null, expected a number"},
      {"{\"predictor_type\": \"regressor\", \"loss_type\": \"huber_loss\", "
       "\"metrics_params\": {\"huber_delta\": \"one\"}}",
       "f: metrics_params.huber_delta: found \"one\", expected a number"},
      {"{\"predictor_type\": \"regressor\", \"loss_type\": \"huber_loss\", "
       "\"metrics_params\": {\"class_weights\": [1, \"x\"]}}",
       "f: metrics_params.class_weights: found \"x\", expected numbers"},
  };
  for (const auto& [json, error] : cases) {
    LinearModel model;
    const absl::Status status = ParseAdditionalParams(json, "f", &model);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << json;
    EXPECT_EQ(status.message(), error);
  }
}

}  // namespace
}  // namespace lineup

#include "common/model/predictor.h"

#include <cmath>

#include "common/model/test_models.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;
using ::testing::FloatEq;
using ::testing::IsEmpty;

Examples Dense(uint32_t num_features, AlignedFloats values) {
  Examples examples;
  examples.num_features = num_features;
  examples.values = std::move(values);
  return examples;
}

Predictor Make(LinearModel model) {
  auto predictor = Predictor::Create(std::move(model));
  EXPECT_TRUE(predictor.ok()) << predictor.status();
  return *std::move(predictor);
}

TEST(PredictorTest, BinaryLogisticGivesProbabilitiesAndLabels) {
  const Predictor predictor = Make(SmallBinaryModel());
  const auto predictions =
      predictor.Predict(Dense(2, {1.0f, 0.0f, 0.0f, 1.0f, 0.5f, 0.5f}));
  ASSERT_TRUE(predictions.ok()) << predictions.status();
  EXPECT_THAT(predictions->linear_values, ElementsAre(1.5, -1.5, 0.0));
  EXPECT_THAT(predictions->scores,
              ElementsAre(FloatEq(0.81757448f), FloatEq(0.18242552f), 0.5f));
  EXPECT_THAT(predictions->labels, ElementsAre(1, 0, 1));
}

TEST(PredictorTest, AScoreAtTheThresholdIsClassOne) {
  LinearModel model = SmallBinaryModel();
  model.threshold = 0.5;
  const auto predictions = Make(model).Predict(Dense(2, {0.5f, 0.5f}));
  ASSERT_TRUE(predictions.ok());
  EXPECT_THAT(predictions->labels, ElementsAre(1));
}

TEST(PredictorTest, HingeGivesTheLinearValue) {
  LinearModel model = SmallBinaryModel();
  model.loss = LossType::kHinge;
  const auto predictions =
      Make(model).Predict(Dense(2, {1.0f, 0.0f, 0.0f, 1.0f}));
  ASSERT_TRUE(predictions.ok());
  EXPECT_THAT(predictions->scores, ElementsAre(1.5f, -1.5f));
  EXPECT_THAT(predictions->labels, ElementsAre(1, 0));
}

TEST(PredictorTest, MulticlassGivesAProbabilityForEachClass) {
  const Predictor predictor = Make(SmallMulticlassModel());
  const auto predictions =
      predictor.Predict(Dense(2, {1.0f, 2.0f, 0.0f, 0.0f}));
  ASSERT_TRUE(predictions.ok());
  EXPECT_THAT(predictions->linear_values,
              ElementsAre(1.5, 4.5, -2.5, 0.0, 0.5, -0.5));
  const double total = std::exp(1.5) + std::exp(4.5) + std::exp(-2.5);
  EXPECT_FLOAT_EQ(predictions->scores[0], std::exp(1.5) / total);
  EXPECT_FLOAT_EQ(predictions->scores[1], std::exp(4.5) / total);
  EXPECT_FLOAT_EQ(predictions->scores[2], std::exp(-2.5) / total);
  EXPECT_THAT(predictions->labels, ElementsAre(1, 1));
  EXPECT_EQ(predictions->size(), 2u);
}

TEST(PredictorTest, EquallyLikelyClassesGiveTheFirst) {
  LinearModel model = SmallMulticlassModel();
  model.bias = {0.0f, 1.0f, 1.0f};
  const auto predictions = Make(model).Predict(Dense(2, {0.0f, 0.0f}));
  ASSERT_TRUE(predictions.ok());
  EXPECT_THAT(predictions->labels, ElementsAre(1));
}

TEST(PredictorTest, RegressionGivesTheValueAndNoLabels) {
  const auto predictions =
      Make(SmallRegressionModel()).Predict(Dense(2, {3.0f, 1.0f}));
  ASSERT_TRUE(predictions.ok());
  EXPECT_THAT(predictions->scores, ElementsAre(1.5f));
  EXPECT_THAT(predictions->labels, IsEmpty());
}

TEST(PredictorTest, ExtremeValuesStayProbabilities) {
  const auto binary =
      Make(SmallBinaryModel()).Predict(Dense(2, {1e6f, 0.0f, -1e6f, 0.0f}));
  ASSERT_TRUE(binary.ok());
  EXPECT_THAT(binary->scores, ElementsAre(1.0f, 0.0f));
  const auto multiclass =
      Make(SmallMulticlassModel()).Predict(Dense(2, {1e6f, 0.0f}));
  ASSERT_TRUE(multiclass.ok());
  EXPECT_THAT(multiclass->scores, ElementsAre(1.0f, 0.0f, 0.0f));
}

TEST(PredictorTest, SparseAndDenseAgree) {
  Examples sparse;
  sparse.sparse = true;
  sparse.num_features = 2;
  sparse.feature_ids = {1, 0, 1};
  sparse.values = {2.0f, 3.0f, 0.25f};
  sparse.row_starts = {0, 1, 1, 3};
  const Examples dense = Dense(2, {0.0f, 2.0f, 0.0f, 0.0f, 3.0f, 0.25f});
  for (const LinearModel& model :
       {SmallBinaryModel(), SmallMulticlassModel(), SmallRegressionModel()}) {
    const Predictor predictor = Make(model);
    const auto a = predictor.Predict(sparse);
    const auto b = predictor.Predict(dense);
    ASSERT_TRUE(a.ok() && b.ok());
    EXPECT_EQ(a->scores, b->scores);
    EXPECT_EQ(a->labels, b->labels);
    EXPECT_EQ(a->size(), 3u);
  }
}

TEST(PredictorTest, ManyFeaturesAreSummedCompletely) {
  for (uint32_t features = 1; features < 40; ++features) {
    LinearModel model = SmallRegressionModel();
    model.num_features = features;
    model.weights.clear();
    AlignedFloats row;
    double expected = 0.5;
    for (uint32_t f = 0; f < features; ++f) {
      model.weights.push_back(1.0f + f);
      row.push_back(0.5f * f);
      expected += (1.0 + f) * 0.5 * f;
    }
    const auto predictions = Make(model).Predict(Dense(features, row));
    ASSERT_TRUE(predictions.ok());
    EXPECT_EQ(predictions->linear_values[0], expected) << features;
  }
}

TEST(PredictorTest, AnotherNumberOfFeaturesIsAnError) {
  const Predictor predictor = Make(SmallBinaryModel());
  EXPECT_EQ(predictor.Predict(Dense(3, {1, 2, 3})).status().message(),
            "the input has 3 features, but the model was trained with 2; give "
            "the same feature columns in the same order (and say with --label "
            "whether there is a label column)");
  Examples sparse;
  sparse.sparse = true;
  sparse.num_features = 6;
  sparse.feature_ids = {0, 5};
  sparse.values = {1.0f, 1.0f};
  sparse.row_starts = {0, 2};
  EXPECT_EQ(predictor.Predict(sparse).status().message(),
            "the input has a feature number 5 (counted from 0), but the model "
            "was trained with 2 features, numbers 0 to 1; check that the ids "
            "are counted from the same first id as in training");
}

TEST(PredictorTest, AModelThatContradictsItselfIsRefused) {
  LinearModel model = SmallBinaryModel();
  model.bias.clear();
  EXPECT_EQ(Predictor::Create(model).status().message(),
            "the model has 0 biases, expected 1");
}

}  // namespace
}  // namespace lineup

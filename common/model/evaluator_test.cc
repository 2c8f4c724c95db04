#include "common/model/evaluator.h"

#include <cmath>

#include "common/model/test_models.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

// Of two features; values in rows.
Examples Labelled(std::vector<float> labels, std::vector<float> values) {
  Examples examples;
  examples.num_features = 2;
  examples.labels = std::move(labels);
  examples.values = std::move(values);
  return examples;
}

TEST(EvaluatorTest, BinaryClassifier) {
  const Predictor predictor = *Predictor::Create(SmallBinaryModel());
  Evaluator evaluator(predictor);
  // Linear values 1.5, -1.5, 0.5; at the threshold 0.25: 1, 0, 1.
  ASSERT_TRUE(evaluator.Add(Labelled({1, 1, -1}, {1, 0, 0, 1, 0, 0})).ok());
  const MetricValues values = evaluator.Values();
  EXPECT_EQ(evaluator.num_examples(), 3u);
  EXPECT_DOUBLE_EQ(MetricValue(values, "binary_classification_accuracy"),
                   1.0 / 3);
  EXPECT_DOUBLE_EQ(MetricValue(values, "precision"), 0.5);
  EXPECT_DOUBLE_EQ(MetricValue(values, "recall"), 0.5);
  EXPECT_DOUBLE_EQ(MetricValue(values, "roc_auc_score"), 0.5);
  EXPECT_NEAR(MetricValue(values, "objective_loss"),
              (std::log1p(std::exp(-1.5)) + std::log1p(std::exp(1.5)) +
               std::log1p(std::exp(0.5))) /
                  3,
              1e-12);
}

TEST(EvaluatorTest, MulticlassClassifier) {
  const Predictor predictor = *Predictor::Create(SmallMulticlassModel());
  Evaluator evaluator(predictor);
  // Linear values (1.5, 4.5, -2.5) and (0, 0.5, -0.5).
  ASSERT_TRUE(evaluator.Add(Labelled({1, 0}, {1, 2, 0, 0})).ok());
  const MetricValues values = evaluator.Values();
  EXPECT_DOUBLE_EQ(MetricValue(values, "multiclass_accuracy"), 0.5);
  EXPECT_DOUBLE_EQ(MetricValue(values, "multiclass_top_k_accuracy"), 1);
  EXPECT_NEAR(MetricValue(values, "objective_loss"),
              (std::log(std::exp(1.5) + std::exp(4.5) + std::exp(-2.5)) - 4.5 +
               std::log(std::exp(0.0) + std::exp(0.5) + std::exp(-0.5)) - 0.0) /
                  2,
              1e-12);
}

TEST(EvaluatorTest, RegressorWithExampleWeights) {
  const Predictor predictor = *Predictor::Create(SmallRegressionModel());
  Evaluator evaluator(predictor);
  Examples examples = Labelled({1, 1.5}, {1, 0, 0, 0});  // errors 0.5 and -1
  examples.weights = {3, 1};
  ASSERT_TRUE(evaluator.Add(examples).ok());
  const MetricValues values = evaluator.Values();
  EXPECT_DOUBLE_EQ(MetricValue(values, "mse"), (3 * 0.25 + 1) / 4);
  EXPECT_DOUBLE_EQ(MetricValue(values, "objective_loss"), (3 * 0.25 + 1) / 4);
  EXPECT_DOUBLE_EQ(MetricValue(values, "absolute_loss"), 2.5 / 4);
}

TEST(EvaluatorTest, MergedPartsGiveTheWhole) {
  const Predictor predictor = *Predictor::Create(SmallBinaryModel());
  Evaluator whole(predictor);
  Evaluator first(predictor);
  Evaluator second(predictor);
  const Examples a = Labelled({1, 0}, {1, 0, 0, 1});
  const Examples b = Labelled({0}, {0.25f, 0});
  ASSERT_TRUE(whole.Add(a).ok() && whole.Add(b).ok());
  ASSERT_TRUE(first.Add(a).ok() && second.Add(b).ok());
  first.Merge(second);
  EXPECT_EQ(first.num_examples(), 3u);
  EXPECT_EQ(first.Values(), whole.Values());
}

TEST(EvaluatorTest, WrongLabelsAreNamed) {
  const Predictor binary = *Predictor::Create(SmallBinaryModel());
  EXPECT_EQ(Evaluator(binary).Add(Labelled({2}, {0, 0})).message(),
            "found the label 2, expected 0 or 1 (or -1 or 1) for a binary "
            "classifier; check that --label names the label's column and that "
            "the model was trained for this data");
  const Predictor multiclass = *Predictor::Create(SmallMulticlassModel());
  for (const float label : {3.0f, -1.0f, 0.5f, NAN}) {
    EXPECT_FALSE(Evaluator(multiclass).Add(Labelled({label}, {0, 0})).ok())
        << label;
  }
  Examples unlabelled = Labelled({}, {0, 0});
  EXPECT_EQ(Evaluator(binary).Add(unlabelled).message(),
            "the input has no labels, which evaluation needs; name their "
            "column with --label");
  Examples wide = Labelled({1}, {1, 2, 3});
  wide.num_features = 3;
  EXPECT_FALSE(Evaluator(binary).Add(wide).ok());
}

}  // namespace
}  // namespace lineup

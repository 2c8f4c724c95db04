#include "common/model/evaluator.h"

#include <algorithm>
#include <cmath>

#include "common/base/random.h"
#include "common/linear/aligned.h"
#include "common/linear/lineup_evaluation.h"
#include "common/model/test_models.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

// Of two features; values in rows.
Examples Labelled(std::vector<float> labels, AlignedFloats values) {
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

// Training chooses a model by LineupEvaluation; what it promises is what the
// finished model does.
TEST(EvaluatorTest, AgreesWithTheEvaluationOfALineup) {
  SplitMix64 random(3);
  for (LinearModel model :
       {SmallBinaryModel(), SmallMulticlassModel(), SmallRegressionModel()}) {
    Examples examples = Labelled({}, {});
    const uint32_t classes = std::max(2u, model.num_classes);
    for (int i = 0; i < 500; ++i) {
      examples.labels.push_back(static_cast<float>(random.Below(classes)));
      for (int f = 0; f < 2; ++f) {
        examples.values.push_back(
            static_cast<float>(NormalFromHash(random()) + f - 0.5));
      }
      examples.weights.push_back(static_cast<float>(1 + random.Below(3)));
    }
    EvaluationSettings settings;
    settings.predictor_type = model.predictor_type;
    settings.loss = model.loss;
    const LineupColumns columns({Candidate()}, model.num_outputs());
    const Predictions predictions =
        *(*Predictor::Create(model)).Predict(examples);
    AlignedFloats scores(examples.size() * columns.width());
    for (size_t i = 0; i < predictions.linear_values.size(); ++i) {
      scores[i / model.num_outputs() * columns.width() +
             i % model.num_outputs()] =
          static_cast<float>(predictions.linear_values[i]);
    }
    LineupEvaluation lineup(settings, columns);
    lineup.Add(examples.size(), examples.labels.data(), examples.weights.data(),
               scores.data());
    const CandidateEvaluation chosen = lineup.Finish().candidates[0];

    model.threshold = chosen.threshold;
    const Predictor predictor = *Predictor::Create(model);
    Evaluator evaluator(predictor);
    ASSERT_TRUE(evaluator.Add(examples).ok());
    const MetricValues values = evaluator.Values();
    ASSERT_EQ(values.size(), chosen.metrics.size());
    for (size_t m = 0; m < values.size(); ++m) {
      EXPECT_EQ(values[m].first, chosen.metrics[m].first);
      // Linear values are float32 in training, double afterwards.
      EXPECT_NEAR(values[m].second, chosen.metrics[m].second,
                  1e-6 * std::abs(values[m].second))
          << values[m].first;
    }
  }
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

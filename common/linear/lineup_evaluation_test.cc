#include "common/linear/lineup_evaluation.h"

#include <cmath>
#include <limits>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/random.h"
#include "common/linear/lineup_evaluation_testing.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

void ExpectAsOneByOne(const EvaluationSettings& settings, size_t outputs) {
  const LineupColumns columns = MixedColumns(5, outputs);
  for (const bool weighted : {false, true}) {
    for (const size_t n : {1u, 3u, 300u, 1000u}) {
      SCOPED_TRACE(absl::StrCat(Name(settings.loss), " ", n, " ", weighted));
      const Scored data = RandomScores(settings, columns, n, weighted, 5);
      const LineupResults results = Evaluate(settings, columns, data);
      EXPECT_EQ(results.num_examples, n);
      ASSERT_EQ(results.candidates.size(), 5);
      for (size_t c = 0; c < 5; ++c) {
        const CandidateEvaluation& found = results.candidates[c];
        ExpectNear(found.metrics,
                   OneByOne(settings, columns, data, c, found.threshold));
        EXPECT_EQ(found.objective_loss,
                  MetricValue(found.metrics, "objective_loss"));
      }
    }
  }
}

TEST(LineupEvaluationTest, BinaryClassifiersMeasureAsOneByOne) {
  for (const LossType loss : {LossType::kLogistic, LossType::kHinge}) {
    ExpectAsOneByOne(SettingsFor(PredictorType::kBinaryClassifier, loss), 1);
  }
}

TEST(LineupEvaluationTest, RegressorsMeasureAsOneByOneInTheLabelsUnits) {
  for (const LossType loss : LossesOf(PredictorType::kRegressor)) {
    EvaluationSettings settings = SettingsFor(PredictorType::kRegressor, loss);
    settings.label_scale = 3.5;
    ExpectAsOneByOne(settings, 1);
  }
}

TEST(LineupEvaluationTest, MulticlassClassifiersMeasureAsOneByOne) {
  EvaluationSettings settings =
      SettingsFor(PredictorType::kMulticlassClassifier, LossType::kSoftmax);
  ExpectAsOneByOne(settings, 3);
  settings.class_weights = {1, 2, 0.5, 4, 1};
  ExpectAsOneByOne(settings, 5);
}

TEST(LineupEvaluationTest, SmallLossesKeepTheirDigits) {
  // Certain and right: a loss of exp(-40), not of 0.
  const EvaluationSettings settings =
      SettingsFor(PredictorType::kBinaryClassifier, LossType::kLogistic);
  const LineupColumns columns = MixedColumns(1);
  Scored data;
  data.labels = {1, 0};
  data.scores.resize(2 * columns.width());
  data.scores[columns.first_column(0)] = 40;
  data.scores[columns.width() + columns.first_column(0)] = -40;
  EXPECT_NEAR(Evaluate(settings, columns, data).candidates[0].objective_loss,
              std::exp(-40), 1e-14 * std::exp(-40));
}

TEST(LineupEvaluationTest, TheCriterionIsTheBestOfAllThresholds) {
  const LineupColumns columns = MixedColumns(3);
  for (const SelectionCriterion criterion :
       {SelectionCriterion::kAccuracy, SelectionCriterion::kFBeta,
        SelectionCriterion::kPrecisionAtTargetRecall,
        SelectionCriterion::kRecallAtTargetPrecision}) {
    EvaluationSettings settings =
        SettingsFor(PredictorType::kBinaryClassifier, LossType::kHinge);
    settings.goal.criterion = criterion;
    const Scored data = RandomScores(settings, columns, 400, false, 9);
    const LineupResults results = Evaluate(settings, columns, data);
    EXPECT_TRUE(results.exact_thresholds);
    EXPECT_EQ(results.num_calibration_examples, 400);
    for (size_t c = 0; c < 3; ++c) {
      const CandidateEvaluation& found = results.candidates[c];
      const auto value_at = [&](double threshold) {
        const MetricValues metrics =
            OneByOne(settings, columns, data, c, threshold);
        const double precision = MetricValue(metrics, "precision");
        const double recall = MetricValue(metrics, "recall");
        switch (criterion) {
          case SelectionCriterion::kFBeta:
            return MetricValue(metrics, "binary_f_beta");
          case SelectionCriterion::kPrecisionAtTargetRecall:
            return recall >= 0.8 ? precision : recall - 0.8;
          case SelectionCriterion::kRecallAtTargetPrecision:
            return precision >= 0.8 ? recall : precision - 0.8;
          default:
            return MetricValue(metrics, "binary_classification_accuracy");
        }
      };
      EXPECT_NEAR(value_at(found.threshold), found.criterion, 1e-13);
      // Scores are multiples of 1 / 16.
      for (double threshold = -3; threshold < 4; threshold += 1.0 / 16) {
        EXPECT_LE(value_at(threshold), found.criterion + 1e-13);
      }
    }
  }
}

TEST(LineupEvaluationTest, LossFunctionComparesByTheLoss) {
  EvaluationSettings settings =
      SettingsFor(PredictorType::kBinaryClassifier, LossType::kLogistic);
  const LineupColumns columns = MixedColumns(2);
  const Scored data = RandomScores(settings, columns, 100, false, 2);
  const CandidateEvaluation accuracy =
      Evaluate(settings, columns, data).candidates[1];
  settings.goal.criterion = SelectionCriterion::kLossFunction;
  const CandidateEvaluation loss =
      Evaluate(settings, columns, data).candidates[1];
  EXPECT_EQ(loss.criterion, loss.objective_loss);
  EXPECT_EQ(loss.threshold, accuracy.threshold);
  EXPECT_NE(accuracy.criterion, accuracy.objective_loss);
}

TEST(LineupEvaluationTest, ADivergedCandidateStaysAlone) {
  for (const auto& [type, loss, outputs] :
       {std::tuple{PredictorType::kBinaryClassifier, LossType::kLogistic, 1},
        {PredictorType::kMulticlassClassifier, LossType::kSoftmax, 3},
        {PredictorType::kRegressor, LossType::kSquared, 1}}) {
    const EvaluationSettings settings = SettingsFor(type, loss);
    const LineupColumns columns = MixedColumns(4, outputs);
    Scored data = RandomScores(settings, columns, 50, false, 3);
    const LineupResults before = Evaluate(settings, columns, data);
    for (const float value : {std::numeric_limits<float>::infinity(),
                              -std::numeric_limits<float>::infinity(),
                              std::numeric_limits<float>::quiet_NaN()}) {
      data.scores[20 * columns.width() + columns.first_column(2)] = value;
      const LineupResults after = Evaluate(settings, columns, data);
      for (const size_t c : {0, 1, 3}) {
        EXPECT_EQ(after.candidates[c].criterion,
                  before.candidates[c].criterion);
        EXPECT_EQ(after.candidates[c].metrics, before.candidates[c].metrics);
      }
      EXPECT_TRUE(std::isnan(after.candidates[2].objective_loss));
      EXPECT_TRUE(std::isnan(after.candidates[2].criterion));
      for (const auto& [name, metric] : after.candidates[2].metrics) {
        EXPECT_TRUE(std::isnan(metric)) << name;
      }
      EXPECT_EQ(after.candidates[2].metrics.size(),
                before.candidates[2].metrics.size());
    }
  }
}

TEST(LineupEvaluationTest, NoExamplesHaveNoValues) {
  const EvaluationSettings settings =
      SettingsFor(PredictorType::kBinaryClassifier, LossType::kLogistic);
  const LineupResults results =
      LineupEvaluation(settings, MixedColumns(2)).Finish();
  EXPECT_EQ(results.num_examples, 0);
  EXPECT_TRUE(std::isnan(results.candidates[0].objective_loss));
  EXPECT_TRUE(std::isnan(results.candidates[0].criterion));
}

TEST(LineupEvaluationTest, BinsComeCloseToTheBestThreshold) {
  EvaluationSettings settings =
      SettingsFor(PredictorType::kBinaryClassifier, LossType::kLogistic);
  const LineupColumns columns = MixedColumns(2);
  SplitMix64 random(37);
  Scored data;
  for (int i = 0; i < 20000; ++i) {
    data.labels.push_back(random.Uniform() < 0.5 ? 1 : 0);
    for (size_t k = 0; k < columns.width(); ++k) {
      data.scores.push_back(static_cast<float>(2 * data.labels.back() +
                                               4 * random.Uniform() - 3));
    }
  }
  const LineupResults exact = Evaluate(settings, columns, data);
  settings.exact_examples = 1000;
  const LineupResults binned = Evaluate(settings, columns, data);
  EXPECT_TRUE(exact.exact_thresholds);
  EXPECT_FALSE(binned.exact_thresholds);
  EXPECT_EQ(binned.num_calibration_examples, 20000);
  for (size_t c = 0; c < 2; ++c) {
    EXPECT_LE(binned.candidates[c].criterion, exact.candidates[c].criterion);
    EXPECT_NEAR(binned.candidates[c].criterion, exact.candidates[c].criterion,
                5e-4);
    EXPECT_NEAR(MetricValue(binned.candidates[c].metrics, "roc_auc_score"),
                MetricValue(exact.candidates[c].metrics, "roc_auc_score"),
                1e-5);
  }
}

TEST(LineupEvaluationTest, MetricsAtAnyThresholdAreThoseOfThatThreshold) {
  const LineupColumns columns = MixedColumns(2);
  for (const LossType loss : {LossType::kLogistic, LossType::kHinge}) {
    EvaluationSettings settings =
        SettingsFor(PredictorType::kBinaryClassifier, loss);
    for (const uint64_t calibrated : {100u, 10000u}) {
      settings.num_calibration_samples = calibrated;
      const Scored data = ClearScores(columns, 400, 41);
      LineupEvaluation evaluation(settings, columns);
      AddRange(data, columns.width(), 0, 400, &evaluation);
      for (double threshold = -3; threshold < 3; threshold += 0.1) {
        for (size_t c = 0; c < 2; ++c) {
          ExpectNear(evaluation.MetricsAt(c, threshold),
                     OneByOne(settings, columns, data, c, threshold));
        }
      }
      const LineupResults results = evaluation.Finish();
      for (size_t c = 0; c < 2; ++c) {
        const CandidateEvaluation& found = results.candidates[c];
        ExpectNear(found.metrics, evaluation.MetricsAt(c, found.threshold));
      }
    }
  }
}

TEST(LineupEvaluationTest, MetricsInBinsAreThoseOfTheNextHigherBound) {
  EvaluationSettings settings =
      SettingsFor(PredictorType::kBinaryClassifier, LossType::kLogistic);
  settings.exact_examples = 10;
  const LineupColumns columns = MixedColumns(1);
  const Scored data = ClearScores(columns, 400, 43);
  LineupEvaluation evaluation(settings, columns);
  AddRange(data, columns.width(), 0, 400, &evaluation);
  const ScoreBins bins(ScoreKind::kProbability);
  for (const float threshold : {0.123f, 0.5f, 0.77f}) {
    const double bound = bins.LowerBound(bins.BinOf(threshold) + 1);
    MetricValues expected = OneByOne(settings, columns, data, 0, bound);
    const MetricValues found =
        evaluation.MetricsAt(0, std::nextafter(double{threshold}, 1.0));
    for (size_t m = 0; m + 1 < expected.size(); ++m) {
      EXPECT_NEAR(found[m].second, expected[m].second, 1e-13);
    }
  }
}

TEST(LineupEvaluationTest, FinishesCandidatesInAnyOrder) {
  const EvaluationSettings settings =
      SettingsFor(PredictorType::kBinaryClassifier, LossType::kLogistic);
  const LineupColumns columns = MixedColumns(11);
  LineupEvaluation evaluation(settings, columns);
  AddRange(ClearScores(columns, 300, 47), columns.width(), 0, 300, &evaluation);
  size_t calls = 0;
  const LineupResults results =
      evaluation.Finish([&](size_t n, absl::FunctionRef<void(size_t)> body) {
        for (size_t i = n; i-- > 0; ++calls) body(i);
      });
  ExpectSame(results, evaluation.Finish());
  EXPECT_GT(calls, 1);
}

TEST(LineupEvaluationTest, SettingsComeFromHyperparameters) {
  Hyperparameters hp;
  hp.predictor_type = PredictorType::kMulticlassClassifier;
  hp.loss = LossType::kSoftmax;
  hp.binary_classifier_model_selection_criteria = SelectionCriterion::kFBeta;
  hp.f_beta = 2;
  hp.target_precision = 0.7;
  hp.target_recall = 0.6;
  hp.accuracy_top_k = 5;
  hp.num_calibration_samples = 1234;
  const EvaluationSettings settings = EvaluationSettingsOf(hp);
  EXPECT_EQ(settings.predictor_type, PredictorType::kMulticlassClassifier);
  EXPECT_EQ(settings.loss, LossType::kSoftmax);
  EXPECT_EQ(settings.goal.criterion, SelectionCriterion::kFBeta);
  EXPECT_EQ(settings.goal.f_beta, 2);
  EXPECT_EQ(settings.goal.target_precision, 0.7);
  EXPECT_EQ(settings.goal.target_recall, 0.6);
  EXPECT_EQ(settings.accuracy_top_k, 5);
  EXPECT_EQ(settings.num_calibration_samples, 1234);
}

}  // namespace
}  // namespace lineup

#include "common/linear/lineup_evaluation.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/random.h"
#include "common/linear/aligned.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// Candidates whose columns are neither adjacent nor in their order.
LineupColumns Columns(size_t num_candidates, size_t outputs = 1) {
  std::vector<Candidate> candidates(num_candidates);
  for (size_t c = 0; c < num_candidates; ++c) {
    candidates[c].optimizer =
        c % 2 == 0 ? OptimizerType::kAdam : OptimizerType::kSgd;
    candidates[c].positive_example_weight_mult = 1 + 0.5 * c;
    candidates[c].margin = 0.5 + 0.25 * c;
    candidates[c].huber_delta = 1 + c;
  }
  return LineupColumns(candidates, outputs);
}

// Examples and the scores that a lineup gave them.
struct Scored {
  std::vector<float> labels;
  std::vector<float> weights;  // empty: all 1
  AlignedFloats scores;        // labels.size() x width
};

Scored Random(const EvaluationSettings& settings, const LineupColumns& columns,
              size_t n, bool weighted, uint64_t seed) {
  SplitMix64 random(seed);
  Scored data;
  data.scores.resize(n * columns.width());
  for (size_t i = 0; i < n; ++i) {
    float label = static_cast<float>(4 * random.Uniform() - 2);
    if (settings.predictor_type == PredictorType::kBinaryClassifier) {
      label = random.Uniform() < 0.4 ? 1 : 0;
    } else if (settings.predictor_type ==
               PredictorType::kMulticlassClassifier) {
      label = static_cast<float>(random.Below(columns.outputs()));
    }
    data.labels.push_back(label);
    if (weighted) {
      data.weights.push_back(static_cast<float>(random.Below(5)) / 4);
    }
    for (size_t k = 0; k < columns.width(); ++k) {
      // Rounded, so that there are equal ones.
      const double noise = std::round(40 * random.Uniform() - 20) / 8;
      data.scores[i * columns.width() + k] =
          static_cast<float>(label + 0.5 * noise);
    }
  }
  return data;
}

// Of two classes whose scores are all different and overlap a little, so that
// there are long runs of one class.
Scored Clear(const LineupColumns& columns, size_t n, uint64_t seed) {
  SplitMix64 random(seed);
  Scored data;
  for (size_t i = 0; i < n; ++i) {
    data.labels.push_back(static_cast<float>(random.Below(2)));
    for (size_t k = 0; k < columns.width(); ++k) {
      data.scores.push_back(static_cast<float>(3 * data.labels.back() - 1.5 +
                                               NormalFromHash(random())));
    }
  }
  return data;
}

void AddRange(const Scored& data, size_t width, size_t begin, size_t end,
              LineupEvaluation* evaluation) {
  evaluation->Add(end - begin, data.labels.data() + begin,
                  data.weights.empty() ? nullptr : data.weights.data() + begin,
                  data.scores.data() + begin * width);
}

LineupResults Evaluate(const EvaluationSettings& settings,
                       const LineupColumns& columns, const Scored& data) {
  LineupEvaluation evaluation(settings, columns);
  AddRange(data, columns.width(), 0, data.labels.size(), &evaluation);
  return evaluation.Finish();
}

EvaluationSettings Settings(PredictorType type, LossType loss) {
  EvaluationSettings settings;
  settings.predictor_type = type;
  settings.loss = loss;
  settings.accuracy_top_k = 2;
  settings.goal.f_beta = 0.7;
  return settings;
}

void ExpectNear(const MetricValues& found, const MetricValues& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].first, expected[i].first);
    if (std::isnan(expected[i].second) && std::isnan(found[i].second)) continue;
    EXPECT_NEAR(found[i].second, expected[i].second,
                1e-13 * (1 + std::abs(expected[i].second)))
        << found[i].first;
  }
}

// The metrics of one candidate, example by example.
MetricValues OneByOne(const EvaluationSettings& settings,
                      const LineupColumns& columns, const Scored& data,
                      size_t candidate, double threshold) {
  BinaryMetrics binary(settings.goal.f_beta);
  MulticlassMetrics multiclass(static_cast<uint32_t>(columns.outputs()),
                               settings.accuracy_top_k, settings.goal.f_beta);
  RegressionMetrics regression;
  const LossParameters parameters =
      LossParametersOf(columns.candidates()[candidate]);
  for (size_t i = 0; i < data.labels.size(); ++i) {
    const float* const scores = data.scores.data() + i * columns.width() +
                                columns.first_column(candidate);
    std::vector<double> values(scores, scores + columns.outputs());
    double label = data.labels[i];
    if (settings.predictor_type == PredictorType::kRegressor) {
      values[0] *= settings.label_scale;
      label *= settings.label_scale;
    }
    const double weight = data.weights.empty() ? 1 : data.weights[i];
    const double loss = ExampleLoss(settings.loss, parameters,
                                    settings.class_weights, values, label);
    switch (settings.predictor_type) {
      case PredictorType::kBinaryClassifier: {
        const float score = static_cast<float>(
            settings.loss == LossType::kLogistic ? Sigmoid(values[0])
                                                 : values[0]);
        binary.Add(score, score >= threshold, label > 0, loss, weight);
        break;
      }
      case PredictorType::kMulticlassClassifier:
        multiclass.Add(values, static_cast<uint32_t>(label), loss, weight);
        break;
      case PredictorType::kRegressor:
        regression.Add(values[0], label, loss, weight);
        break;
    }
  }
  switch (settings.predictor_type) {
    case PredictorType::kBinaryClassifier:
      return binary.Values();
    case PredictorType::kMulticlassClassifier:
      return multiclass.Values();
    case PredictorType::kRegressor:
      break;
  }
  return regression.Values();
}

void ExpectAsOneByOne(const EvaluationSettings& settings, size_t outputs) {
  const LineupColumns columns = Columns(5, outputs);
  for (const bool weighted : {false, true}) {
    for (const size_t n : {1u, 3u, 300u, 1000u}) {
      SCOPED_TRACE(absl::StrCat(Name(settings.loss), " ", n, " ", weighted));
      const Scored data = Random(settings, columns, n, weighted, 5);
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
    ExpectAsOneByOne(Settings(PredictorType::kBinaryClassifier, loss), 1);
  }
}

TEST(LineupEvaluationTest, RegressorsMeasureAsOneByOneInTheLabelsUnits) {
  for (const LossType loss : LossesOf(PredictorType::kRegressor)) {
    EvaluationSettings settings = Settings(PredictorType::kRegressor, loss);
    settings.label_scale = 3.5;
    ExpectAsOneByOne(settings, 1);
  }
}

TEST(LineupEvaluationTest, MulticlassClassifiersMeasureAsOneByOne) {
  EvaluationSettings settings =
      Settings(PredictorType::kMulticlassClassifier, LossType::kSoftmax);
  ExpectAsOneByOne(settings, 3);
  settings.class_weights = {1, 2, 0.5, 4, 1};
  ExpectAsOneByOne(settings, 5);
}

TEST(LineupEvaluationTest, SmallLossesKeepTheirDigits) {
  // Certain and right: a loss of exp(-40), not of 0.
  const EvaluationSettings settings =
      Settings(PredictorType::kBinaryClassifier, LossType::kLogistic);
  const LineupColumns columns = Columns(1);
  Scored data;
  data.labels = {1, 0};
  data.scores.resize(2 * columns.width());
  data.scores[columns.first_column(0)] = 40;
  data.scores[columns.width() + columns.first_column(0)] = -40;
  EXPECT_NEAR(Evaluate(settings, columns, data).candidates[0].objective_loss,
              std::exp(-40), 1e-14 * std::exp(-40));
}

TEST(LineupEvaluationTest, TheCriterionIsTheBestOfAllThresholds) {
  const LineupColumns columns = Columns(3);
  for (const SelectionCriterion criterion :
       {SelectionCriterion::kAccuracy, SelectionCriterion::kFBeta,
        SelectionCriterion::kPrecisionAtTargetRecall,
        SelectionCriterion::kRecallAtTargetPrecision}) {
    EvaluationSettings settings =
        Settings(PredictorType::kBinaryClassifier, LossType::kHinge);
    settings.goal.criterion = criterion;
    const Scored data = Random(settings, columns, 400, false, 9);
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
      Settings(PredictorType::kBinaryClassifier, LossType::kLogistic);
  const LineupColumns columns = Columns(2);
  const Scored data = Random(settings, columns, 100, false, 2);
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
    const EvaluationSettings settings = Settings(type, loss);
    const LineupColumns columns = Columns(4, outputs);
    Scored data = Random(settings, columns, 50, false, 3);
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
      Settings(PredictorType::kBinaryClassifier, LossType::kLogistic);
  const LineupResults results = LineupEvaluation(settings, Columns(2)).Finish();
  EXPECT_EQ(results.num_examples, 0);
  EXPECT_TRUE(std::isnan(results.candidates[0].objective_loss));
  EXPECT_TRUE(std::isnan(results.candidates[0].criterion));
}

// Bit by bit: NaN equals itself.
void ExpectSame(const LineupResults& a, const LineupResults& b) {
  const auto same = [](double x, double y) {
    return x == y || (std::isnan(x) && std::isnan(y));
  };
  EXPECT_EQ(a.num_examples, b.num_examples);
  EXPECT_EQ(a.num_calibration_examples, b.num_calibration_examples);
  EXPECT_EQ(a.exact_thresholds, b.exact_thresholds);
  ASSERT_EQ(a.candidates.size(), b.candidates.size());
  for (size_t c = 0; c < a.candidates.size(); ++c) {
    const CandidateEvaluation& x = a.candidates[c];
    const CandidateEvaluation& y = b.candidates[c];
    EXPECT_PRED2(same, x.objective_loss, y.objective_loss);
    EXPECT_PRED2(same, x.criterion, y.criterion);
    EXPECT_EQ(x.threshold, y.threshold);
    EXPECT_EQ(x.target_met, y.target_met);
    ASSERT_EQ(x.metrics.size(), y.metrics.size());
    for (size_t m = 0; m < x.metrics.size(); ++m) {
      EXPECT_EQ(x.metrics[m].first, y.metrics[m].first);
      EXPECT_PRED2(same, x.metrics[m].second, y.metrics[m].second)
          << x.metrics[m].first;
    }
  }
}

struct MergeCase {
  PredictorType type;
  LossType loss;
  size_t outputs;
  bool weighted;
  uint64_t exact_examples;
  uint64_t num_calibration_samples;
};

class MergeTest : public testing::TestWithParam<MergeCase> {
 protected:
  MergeTest() : columns_(Columns(3, GetParam().outputs)) {
    settings_ = Settings(GetParam().type, GetParam().loss);
    settings_.exact_examples = GetParam().exact_examples;
    settings_.num_calibration_samples = GetParam().num_calibration_samples;
    data_ = Random(settings_, columns_, 1000, GetParam().weighted, 17);
  }

  // One evaluation a part of the data, which is cut at random.
  std::vector<LineupEvaluation> Parts(SplitMix64* random) const {
    std::vector<LineupEvaluation> parts;
    for (size_t begin = 0; begin < data_.labels.size();) {
      const size_t end =
          std::min<size_t>(data_.labels.size(), begin + random->Below(400));
      parts.emplace_back(settings_, columns_);
      AddRange(data_, columns_.width(), begin, end, &parts.back());
      begin = end;
    }
    return parts;
  }

  LineupEvaluation Sent(const LineupEvaluation& part) const {
    auto received =
        LineupEvaluation::Parse(settings_, columns_, part.Serialize());
    EXPECT_TRUE(received.ok()) << received.status();
    return *std::move(received);
  }

  EvaluationSettings settings_;
  LineupColumns columns_;
  Scored data_;
};

TEST_P(MergeTest, AnyGroupingGivesTheSameBits) {
  SplitMix64 random(23);
  for (int round = 0; round < 20; ++round) {
    std::vector<LineupEvaluation> parts = Parts(&random);
    LineupEvaluation one_after_another(settings_, columns_);
    for (const LineupEvaluation& part : parts) one_after_another.Merge(part);
    // Neighbours in a random order, some of them by way of bytes.
    while (parts.size() > 1) {
      const size_t at = random.Below(parts.size() - 1);
      if (random.Below(2) == 0) parts[at] = Sent(parts[at]);
      parts[at].Merge(random.Below(2) == 0 ? Sent(parts[at + 1])
                                           : parts[at + 1]);
      parts.erase(parts.begin() + at + 1);
    }
    ExpectSame(parts[0].Finish(), one_after_another.Finish());
  }
}

TEST_P(MergeTest, PartsGiveTheWhole) {
  SplitMix64 random(29);
  const LineupResults whole = Evaluate(settings_, columns_, data_);
  LineupEvaluation merged(settings_, columns_);
  for (const LineupEvaluation& part : Parts(&random)) merged.Merge(part);
  const LineupResults results = merged.Finish();
  for (size_t c = 0; c < 3; ++c) {
    EXPECT_EQ(results.candidates[c].threshold, whole.candidates[c].threshold);
    ExpectNear(results.candidates[c].metrics, whole.candidates[c].metrics);
  }
}

TEST_P(MergeTest, TheOrderOfPartsChangesNothingIfAllAreCalibratedOn) {
  if (GetParam().num_calibration_samples < 1000) GTEST_SKIP();
  SplitMix64 random(31);
  std::vector<LineupEvaluation> parts = Parts(&random);
  LineupEvaluation forward(settings_, columns_);
  for (const LineupEvaluation& part : parts) forward.Merge(part);
  std::reverse(parts.begin(), parts.end());
  LineupEvaluation backward(settings_, columns_);
  for (const LineupEvaluation& part : parts) backward.Merge(part);
  ExpectSame(forward.Finish(), backward.Finish());
}

TEST_P(MergeTest, MetricsAreThoseOfTheThreshold) {
  const LineupResults results = Evaluate(settings_, columns_, data_);
  for (size_t c = 0; c < 3; ++c) {
    const CandidateEvaluation& found = results.candidates[c];
    MetricValues expected =
        OneByOne(settings_, columns_, data_, c, found.threshold);
    ASSERT_EQ(found.metrics.size(), expected.size());
    for (size_t m = 0; m < expected.size(); ++m) {
      // Scores of one bin count as ties in the ROC curve.
      const bool binned =
          !results.exact_thresholds && expected[m].first == "roc_auc_score";
      EXPECT_NEAR(found.metrics[m].second, expected[m].second,
                  binned ? 1e-3 : 1e-13 * (1 + expected[m].second))
          << expected[m].first;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Cases, MergeTest,
    testing::Values(
        // Exact; all in the sample, or only some.
        MergeCase{PredictorType::kBinaryClassifier, LossType::kLogistic, 1,
                  false, 5000, 10000},
        MergeCase{PredictorType::kBinaryClassifier, LossType::kHinge, 1, true,
                  5000, 10000},
        MergeCase{PredictorType::kBinaryClassifier, LossType::kLogistic, 1,
                  true, 5000, 300},
        // In bins; all in the sample, or only some.
        MergeCase{PredictorType::kBinaryClassifier, LossType::kLogistic, 1,
                  false, 500, 10000},
        MergeCase{PredictorType::kBinaryClassifier, LossType::kHinge, 1, true,
                  999, 10000},
        MergeCase{PredictorType::kBinaryClassifier, LossType::kLogistic, 1,
                  true, 500, 300},
        MergeCase{PredictorType::kBinaryClassifier, LossType::kHinge, 1, false,
                  500, 500},
        MergeCase{PredictorType::kMulticlassClassifier, LossType::kSoftmax, 4,
                  true, 500, 300},
        MergeCase{PredictorType::kRegressor, LossType::kHuber, 1, true, 500,
                  300}));

TEST(LineupEvaluationTest, BinsComeCloseToTheBestThreshold) {
  EvaluationSettings settings =
      Settings(PredictorType::kBinaryClassifier, LossType::kLogistic);
  const LineupColumns columns = Columns(2);
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
  const LineupColumns columns = Columns(2);
  for (const LossType loss : {LossType::kLogistic, LossType::kHinge}) {
    EvaluationSettings settings =
        Settings(PredictorType::kBinaryClassifier, loss);
    for (const uint64_t calibrated : {100u, 10000u}) {
      settings.num_calibration_samples = calibrated;
      const Scored data = Clear(columns, 400, 41);
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
      Settings(PredictorType::kBinaryClassifier, LossType::kLogistic);
  settings.exact_examples = 10;
  const LineupColumns columns = Columns(1);
  const Scored data = Clear(columns, 400, 43);
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
      Settings(PredictorType::kBinaryClassifier, LossType::kLogistic);
  const LineupColumns columns = Columns(11);
  LineupEvaluation evaluation(settings, columns);
  AddRange(Clear(columns, 300, 47), columns.width(), 0, 300, &evaluation);
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

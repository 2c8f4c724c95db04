#include "common/linear/lineup_evaluation_testing.h"

#include <cmath>
#include <vector>

#include "common/base/random.h"
#include "gtest/gtest.h"

namespace lineup {

LineupColumns MixedColumns(size_t num_candidates, size_t outputs) {
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

Scored RandomScores(const EvaluationSettings& settings,
                    const LineupColumns& columns, size_t n, bool weighted,
                    uint64_t seed) {
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

Scored ClearScores(const LineupColumns& columns, size_t n, uint64_t seed) {
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

EvaluationSettings SettingsFor(PredictorType type, LossType loss) {
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

}  // namespace lineup

#include "common/linear/metrics.h"

#include <cmath>

#include "gtest/gtest.h"

namespace lineup {
namespace {

void ExpectSame(const MetricValues& a, const MetricValues& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].first, b[i].first);
    EXPECT_NEAR(a[i].second, b[i].second, 1e-12) << a[i].first;
  }
}

// Labels 1 1 1 0 0 0 0 1, threshold 0.5: TP 2, FN 2, FP 1, TN 3.
BinaryMetrics SmallBinary(double beta) {
  const float scores[] = {0.9f, 0.8f, 0.3f, 0.2f, 0.6f, 0.1f, 0.4f, 0.45f};
  const int labels[] = {1, 1, 1, 0, 0, 0, 0, 1};
  BinaryMetrics metrics(beta);
  for (int i = 0; i < 8; ++i) {
    metrics.Add(scores[i], scores[i] >= 0.5f, labels[i] == 1, 0.25 * i);
  }
  return metrics;
}

TEST(MetricsTest, BinaryByHand) {
  const MetricValues values = SmallBinary(1).Values();
  EXPECT_DOUBLE_EQ(MetricValue(values, "objective_loss"), 0.25 * 28 / 8);
  EXPECT_DOUBLE_EQ(MetricValue(values, "binary_classification_accuracy"),
                   5.0 / 8);
  EXPECT_DOUBLE_EQ(MetricValue(values, "precision"), 2.0 / 3);
  EXPECT_DOUBLE_EQ(MetricValue(values, "recall"), 0.5);
  EXPECT_DOUBLE_EQ(MetricValue(values, "binary_f_beta"), 4.0 / 7);
  // Of 16 pairs, .6 beats .3 and .45, .4 beats .3: 13 in order.
  EXPECT_DOUBLE_EQ(MetricValue(values, "roc_auc_score"), 13.0 / 16);
}

TEST(MetricsTest, FBetaWeighsRecall) {
  // (1 + 4) 2 / (10 + 4 * 2 + 1)
  EXPECT_DOUBLE_EQ(MetricValue(SmallBinary(2).Values(), "binary_f_beta"),
                   10.0 / 19);
}

TEST(MetricsTest, RatiosOfNothingAreZero) {
  BinaryMetrics metrics(1);
  metrics.Add(0.1f, false, false, 0.0);
  const MetricValues values = metrics.Values();
  EXPECT_EQ(MetricValue(values, "precision"), 0);
  EXPECT_EQ(MetricValue(values, "recall"), 0);
  EXPECT_EQ(MetricValue(values, "binary_f_beta"), 0);
  EXPECT_EQ(MetricValue(values, "binary_classification_accuracy"), 1);
  EXPECT_TRUE(std::isnan(MetricValue(values, "roc_auc_score")));
  EXPECT_TRUE(std::isnan(MetricValue(values, "no such metric")));
}

TEST(MetricsTest, BinaryWeightsCountAsRepetitions) {
  BinaryMetrics weighted(1);
  weighted.Add(0.9f, true, true, 0.5, 3);
  weighted.Add(0.7f, true, false, 1.5, 2);
  BinaryMetrics repeated(1);
  for (int i = 0; i < 3; ++i) repeated.Add(0.9f, true, true, 0.5);
  for (int i = 0; i < 2; ++i) repeated.Add(0.7f, true, false, 1.5);
  ExpectSame(weighted.Values(), repeated.Values());
}

// Labels and best classes: 0/0, 1/2, 2/2, 2/1, 0/0; class 3 never occurs.
MulticlassMetrics SmallMulticlass(int begin, int end) {
  const std::vector<double> scores[] = {{.6, .2, .1, .1},
                                        {.1, .3, .4, .2},
                                        {.0, .1, .9, .0},
                                        {.3, .4, .2, .1},
                                        {.4, .4, .1, .1}};
  const uint32_t labels[] = {0, 1, 2, 2, 0};
  MulticlassMetrics metrics(4, 2, 1);
  for (int i = begin; i < end; ++i) {
    metrics.Add(scores[i], labels[i], 0.5 * i);
  }
  return metrics;
}

TEST(MetricsTest, MulticlassByHand) {
  const MetricValues values = SmallMulticlass(0, 5).Values();
  EXPECT_DOUBLE_EQ(MetricValue(values, "objective_loss"), 1.0);
  EXPECT_DOUBLE_EQ(MetricValue(values, "multiclass_accuracy"), 0.6);
  // Ranks 1, 2, 1, 3, 1 (the tie goes to the lower class).
  EXPECT_DOUBLE_EQ(MetricValue(values, "multiclass_top_k_accuracy"), 0.8);
  EXPECT_DOUBLE_EQ(MetricValue(values, "dcg"),
                   (3 + 1 / std::log2(3.0) + 0.5) / 5);
  // As scikit-learn's macro averages: class 0 1/1/1, 1 0/0/0, 2 .5/.5/.5.
  EXPECT_DOUBLE_EQ(MetricValue(values, "macro_precision"), 0.5);
  EXPECT_DOUBLE_EQ(MetricValue(values, "macro_recall"), 0.5);
  EXPECT_DOUBLE_EQ(MetricValue(values, "macro_f_beta"), 0.5);
}

TEST(MetricsTest, RegressionByHand) {
  RegressionMetrics metrics;
  metrics.Add(3.0, 1.0, 4.0);
  metrics.Add(0.0, 1.0, 1.0);
  metrics.Add(5.0, 4.0, 7.0, 2);
  const MetricValues values = metrics.Values();
  EXPECT_DOUBLE_EQ(MetricValue(values, "objective_loss"), 19.0 / 4);
  EXPECT_DOUBLE_EQ(MetricValue(values, "mse"), 7.0 / 4);
  EXPECT_DOUBLE_EQ(MetricValue(values, "rmse"), std::sqrt(7.0 / 4));
  EXPECT_DOUBLE_EQ(MetricValue(values, "absolute_loss"), 5.0 / 4);
}

TEST(MetricsTest, MergedPartsGiveTheWhole) {
  for (int cut = 0; cut <= 5; ++cut) {
    MulticlassMetrics merged = SmallMulticlass(0, cut);
    merged.Merge(SmallMulticlass(cut, 5));
    ExpectSame(merged.Values(), SmallMulticlass(0, 5).Values());
  }
  BinaryMetrics twice = SmallBinary(1);
  twice.Merge(SmallBinary(1));
  ExpectSame(twice.Values(), SmallBinary(1).Values());
  RegressionMetrics a;
  a.Add(1, 2, 3);
  RegressionMetrics b;
  b.Add(4, 6, 8);
  a.Merge(b);
  EXPECT_DOUBLE_EQ(MetricValue(a.Values(), "mse"), 2.5);
}

TEST(MetricsTest, SortingRestoresTheReportedOrder) {
  MulticlassMetrics multiclass(3, 1, 1);
  for (const MetricValues& values :
       {SmallBinary(1).Values(), multiclass.Values(),
        RegressionMetrics().Values()}) {
    MetricValues shuffled(values.rbegin(), values.rend());
    shuffled.insert(shuffled.begin(), {"something_else", 1.0});
    SortMetrics(&shuffled);
    ASSERT_EQ(shuffled.size(), values.size() + 1);
    for (size_t i = 0; i < values.size(); ++i) {
      EXPECT_EQ(shuffled[i].first, values[i].first);
    }
    EXPECT_EQ(shuffled.back().first, "something_else");
  }
}

}  // namespace
}  // namespace lineup

#include "common/linear/metrics.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

namespace lineup {
namespace {

constexpr absl::string_view kOrder[] = {
    "objective_loss",
    "binary_classification_accuracy",
    "binary_f_beta",
    "precision",
    "recall",
    "roc_auc_score",
    "multiclass_accuracy",
    "multiclass_top_k_accuracy",
    "dcg",
    "macro_recall",
    "macro_precision",
    "macro_f_beta",
    "mse",
    "rmse",
    "absolute_loss",
};

}  // namespace

double MetricValue(const MetricValues& metrics, absl::string_view name) {
  for (const auto& [metric, value] : metrics) {
    if (metric == name) return value;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

void SortMetrics(MetricValues* metrics) {
  const auto place = [](const std::pair<std::string, double>& metric) {
    return std::find(std::begin(kOrder), std::end(kOrder), metric.first);
  };
  std::stable_sort(
      metrics->begin(), metrics->end(),
      [&](const auto& a, const auto& b) { return place(a) < place(b); });
}

void ConfusionMatrix::Add(bool predicted, bool label, double weight) {
  double& cell = label ? (predicted ? true_positives : false_negatives)
                       : (predicted ? false_positives : true_negatives);
  cell += weight;
}

void ConfusionMatrix::Merge(const ConfusionMatrix& other) {
  true_positives += other.true_positives;
  false_positives += other.false_positives;
  true_negatives += other.true_negatives;
  false_negatives += other.false_negatives;
}

MetricValues BinaryMetricValues(const ConfusionMatrix& confusion, double f_beta,
                                double objective_loss, double roc_auc) {
  return {
      {"objective_loss", objective_loss},
      {"binary_classification_accuracy", confusion.Accuracy()},
      {"binary_f_beta", confusion.FBeta(f_beta)},
      {"precision", confusion.Precision()},
      {"recall", confusion.Recall()},
      {"roc_auc_score", roc_auc},
  };
}

void BinaryMetrics::Add(float score, bool predicted, bool label, double loss,
                        double weight) {
  confusion_.Add(predicted, label, weight);
  loss_.Add(loss, weight);
  roc_auc_.Add(score, label, static_cast<float>(weight));
}

void BinaryMetrics::Merge(const BinaryMetrics& other) {
  confusion_.Merge(other.confusion_);
  loss_.Merge(other.loss_);
  roc_auc_.Merge(other.roc_auc_);
}

MetricValues BinaryMetrics::Values() const {
  return BinaryMetricValues(confusion_, f_beta_, loss_.Value(),
                            roc_auc_.Value());
}

void MulticlassMetrics::Add(absl::Span<const double> scores, uint32_t label,
                            double loss, double weight) {
  Sums sums{};
  Count(scores, label, loss, weight, &sums);
  AddSums(sums, weight);
}

void MulticlassMetrics::Count(absl::Span<const double> scores, uint32_t label,
                              double loss, double weight, Sums* sums) {
  uint32_t rank = 1;
  uint32_t best = 0;
  for (uint32_t c = 0; c < scores.size(); ++c) {
    if (scores[c] > scores[best]) best = c;
    rank +=
        scores[c] > scores[label] || (scores[c] == scores[label] && c < label);
  }
  classes_[label].labelled += weight;
  classes_[best].predicted += weight;
  if (best == label) classes_[label].met += weight;
  (*sums)[kLoss] += loss * weight;
  (*sums)[kAccuracy] += best == label ? weight : 0;
  (*sums)[kTopKAccuracy] += rank <= top_k_ ? weight : 0;
  (*sums)[kDcg] += rank == 1 ? weight : weight / std::log2(1.0 + rank);
}

void MulticlassMetrics::AddSums(const Sums& sums, double weight) {
  for (size_t m = 0; m < means_.size(); ++m) means_[m].AddSums(sums[m], weight);
}

void MulticlassMetrics::Merge(const MulticlassMetrics& other) {
  for (size_t c = 0; c < classes_.size(); ++c) {
    classes_[c].met += other.classes_[c].met;
    classes_[c].labelled += other.classes_[c].labelled;
    classes_[c].predicted += other.classes_[c].predicted;
  }
  for (size_t m = 0; m < means_.size(); ++m) means_[m].Merge(other.means_[m]);
}

MetricValues MulticlassMetrics::Values() const {
  WeightedMean precision;
  WeightedMean recall;
  WeightedMean f_beta;
  for (const ClassCounts& c : classes_) {
    if (c.labelled == 0 && c.predicted == 0) continue;
    // The class against all others.
    ConfusionMatrix one;
    one.true_positives = c.met;
    one.false_positives = c.predicted - c.met;
    one.false_negatives = c.labelled - c.met;
    precision.Add(one.Precision(), 1);
    recall.Add(one.Recall(), 1);
    f_beta.Add(one.FBeta(f_beta_), 1);
  }
  return {
      {"objective_loss", means_[kLoss].Value()},
      {"multiclass_accuracy", means_[kAccuracy].Value()},
      {"multiclass_top_k_accuracy", means_[kTopKAccuracy].Value()},
      {"dcg", means_[kDcg].Value()},
      {"macro_recall", recall.Value()},
      {"macro_precision", precision.Value()},
      {"macro_f_beta", f_beta.Value()},
  };
}

void RegressionMetrics::Add(double score, double label, double loss,
                            double weight) {
  const double error = score - label;
  AddSums(loss * weight, error * error * weight, std::abs(error) * weight,
          weight);
}

void RegressionMetrics::AddSums(double loss, double squared_error,
                                double absolute_error, double weight) {
  means_[kLoss].AddSums(loss, weight);
  means_[kSquaredError].AddSums(squared_error, weight);
  means_[kAbsoluteError].AddSums(absolute_error, weight);
}

void RegressionMetrics::Merge(const RegressionMetrics& other) {
  for (size_t m = 0; m < means_.size(); ++m) means_[m].Merge(other.means_[m]);
}

MetricValues RegressionMetrics::Values() const {
  return {
      {"objective_loss", means_[kLoss].Value()},
      {"mse", means_[kSquaredError].Value()},
      {"rmse", std::sqrt(means_[kSquaredError].Value())},
      {"absolute_loss", means_[kAbsoluteError].Value()},
  };
}

}  // namespace lineup

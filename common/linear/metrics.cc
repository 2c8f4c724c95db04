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

double Ratio(double numerator, double denominator) {
  return denominator == 0 ? 0 : numerator / denominator;
}

double FBeta(double beta, double true_positives, double false_positives,
             double false_negatives) {
  const double square = beta * beta;
  const double hits = (1 + square) * true_positives;
  return Ratio(hits, hits + square * false_negatives + false_positives);
}

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

double ConfusionMatrix::Accuracy() const {
  const double met = true_positives + true_negatives;
  return Ratio(met, met + (false_positives + false_negatives));
}

double ConfusionMatrix::Precision() const {
  return Ratio(true_positives, true_positives + false_positives);
}

double ConfusionMatrix::Recall() const {
  return Ratio(true_positives, true_positives + false_negatives);
}

double ConfusionMatrix::FBeta(double beta) const {
  return lineup::FBeta(beta, true_positives, false_positives, false_negatives);
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
  uint32_t rank = 1;
  uint32_t best = 0;
  for (uint32_t c = 0; c < scores.size(); ++c) {
    if (scores[c] > scores[best]) best = c;
    const bool before =
        scores[c] > scores[label] || (scores[c] == scores[label] && c < label);
    rank += before;
  }
  classes_[label].labelled += weight;
  classes_[best].predicted += weight;
  if (best == label) classes_[label].met += weight;
  loss_.Add(loss, weight);
  accuracy_.Add(best == label, weight);
  top_k_accuracy_.Add(rank <= top_k_, weight);
  dcg_.Add(1 / std::log2(1.0 + rank), weight);
}

void MulticlassMetrics::Merge(const MulticlassMetrics& other) {
  for (size_t c = 0; c < classes_.size(); ++c) {
    classes_[c].met += other.classes_[c].met;
    classes_[c].labelled += other.classes_[c].labelled;
    classes_[c].predicted += other.classes_[c].predicted;
  }
  loss_.Merge(other.loss_);
  accuracy_.Merge(other.accuracy_);
  top_k_accuracy_.Merge(other.top_k_accuracy_);
  dcg_.Merge(other.dcg_);
}

MetricValues MulticlassMetrics::Values() const {
  WeightedMean precision;
  WeightedMean recall;
  WeightedMean f_beta;
  for (const ClassCounts& c : classes_) {
    if (c.labelled == 0 && c.predicted == 0) continue;
    precision.Add(Ratio(c.met, c.predicted), 1);
    recall.Add(Ratio(c.met, c.labelled), 1);
    f_beta.Add(FBeta(f_beta_, c.met, c.predicted - c.met, c.labelled - c.met),
               1);
  }
  return {
      {"objective_loss", loss_.Value()},
      {"multiclass_accuracy", accuracy_.Value()},
      {"multiclass_top_k_accuracy", top_k_accuracy_.Value()},
      {"dcg", dcg_.Value()},
      {"macro_recall", recall.Value()},
      {"macro_precision", precision.Value()},
      {"macro_f_beta", f_beta.Value()},
  };
}

void RegressionMetrics::Add(double score, double label, double loss,
                            double weight) {
  const double error = score - label;
  loss_.Add(loss, weight);
  squared_error_.Add(error * error, weight);
  absolute_error_.Add(std::abs(error), weight);
}

void RegressionMetrics::Merge(const RegressionMetrics& other) {
  loss_.Merge(other.loss_);
  squared_error_.Merge(other.squared_error_);
  absolute_error_.Merge(other.absolute_error_);
}

MetricValues RegressionMetrics::Values() const {
  return {
      {"objective_loss", loss_.Value()},
      {"mse", squared_error_.Value()},
      {"rmse", std::sqrt(squared_error_.Value())},
      {"absolute_loss", absolute_error_.Value()},
  };
}

}  // namespace lineup

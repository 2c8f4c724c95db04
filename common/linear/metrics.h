// The Linear Learner's evaluation metrics (Amazon SageMaker developer guide,
// "Tune a linear learner model"), gathered over a stream of scored examples.
//
// With example weights every count and mean is weighted. Definitions:
//   objective_loss                   mean of the training loss
//   binary_classification_accuracy   part of examples whose label is met
//   precision, recall                TP / (TP + FP), TP / (TP + FN)
//   binary_f_beta                    (1 + b²) TP / ((1 + b²) TP + b² FN + FP)
//   roc_auc_score                    roc_auc.h; NaN if a class is missing
//   multiclass_accuracy              part of examples whose label is met
//   multiclass_top_k_accuracy        ... whose label is among the k best scores
//   dcg                              mean of 1 / log2(1 + rank of the label)
//   macro_precision, macro_recall, macro_f_beta
//                                    mean over the classes that occur as label
//                                    or as prediction
//   mse, rmse, absolute_loss         mean of e², its root, mean of |e|
// A ratio whose denominator is 0 is 0, as in scikit-learn. Among equal scores
// the lower class ranks first.
//
// Means are exact until they are rounded once, so they do not depend on the
// order of the examples; counts are sums of weights in double, which are exact
// too unless weights of very different sizes meet.
//
// Thread safety: plain values; fill one for each thread and Merge them.

#ifndef LINEUP_COMMON_LINEAR_METRICS_H_
#define LINEUP_COMMON_LINEAR_METRICS_H_

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/linear/exact_sum.h"
#include "common/linear/roc_auc.h"

namespace lineup {

// Names and values, in the order in which they are reported.
using MetricValues = std::vector<std::pair<std::string, double>>;

// The value of a metric; NaN if it is not among them.
double MetricValue(const MetricValues& metrics, absl::string_view name);

// Puts them into the order in which they are reported; names that are not
// among the above come last.
void SortMetrics(MetricValues* metrics);

// A mean of weighted values.
class WeightedMean {
 public:
  void Add(double value, double weight) { AddSums(value * weight, weight); }
  // Of several values at once: the sum of value * weight, and of the weights.
  void AddSums(double sum, double weight) {
    sum_.Add(sum);
    weight_.Add(weight);
  }
  void Merge(const WeightedMean& other) {
    sum_.Merge(other.sum_);
    weight_.Merge(other.weight_);
  }
  double Value() const {
    const double weight = weight_.Value();
    return weight == 0 ? 0 : sum_.Value() / weight;
  }

  const ExactSum& sum() const { return sum_; }
  const ExactSum& weight() const { return weight_; }

 private:
  ExactSum sum_;
  ExactSum weight_;
};

// A ratio of counts; 0 if there are none.
inline double Ratio(double numerator, double denominator) {
  return denominator == 0 ? 0 : numerator / denominator;
}

// The examples of a binary classifier by predicted and true label, weighted.
struct ConfusionMatrix {
  double true_positives = 0;
  double false_positives = 0;
  double true_negatives = 0;
  double false_negatives = 0;

  void Add(bool predicted, bool label, double weight);
  void Merge(const ConfusionMatrix& other);

  double Accuracy() const {
    const double met = true_positives + true_negatives;
    return Ratio(met, met + (false_positives + false_negatives));
  }
  double Precision() const {
    return Ratio(true_positives, true_positives + false_positives);
  }
  double Recall() const {
    return Ratio(true_positives, true_positives + false_negatives);
  }
  double FBeta(double beta) const {
    const double square = beta * beta;
    const double hits = (1 + square) * true_positives;
    return Ratio(hits, hits + square * false_negatives + false_positives);
  }
};

// All metrics of a binary classifier.
MetricValues BinaryMetricValues(const ConfusionMatrix& confusion, double f_beta,
                                double objective_loss, double roc_auc);

class BinaryMetrics {
 public:
  explicit BinaryMetrics(double f_beta) : f_beta_(f_beta) {}

  void Add(float score, bool predicted, bool label, double loss,
           double weight = 1);
  void Merge(const BinaryMetrics& other);
  MetricValues Values() const;

 private:
  double f_beta_;
  ConfusionMatrix confusion_;
  WeightedMean loss_;
  RocAuc roc_auc_;
};

class MulticlassMetrics {
 public:
  // The weights of a class's examples.
  struct ClassCounts {
    double met = 0;        // it is label and prediction
    double labelled = 0;   // it is the label
    double predicted = 0;  // it is the prediction
  };
  enum Mean { kLoss, kAccuracy, kTopKAccuracy, kDcg, kNumMeans };
  using Sums = std::array<double, kNumMeans>;

  MulticlassMetrics(uint32_t num_classes, uint32_t top_k, double f_beta)
      : top_k_(top_k), f_beta_(f_beta), classes_(num_classes) {}

  // One linear value a class, or anything else that ranks the classes;
  // `label` is one of them.
  void Add(absl::Span<const double> scores, uint32_t label, double loss,
           double weight = 1);
  // The same in two steps, so that many examples' sums are added at once: this
  // counts one example, adds what it contributes to the means to `sums`, ...
  void Count(absl::Span<const double> scores, uint32_t label, double loss,
             double weight, Sums* sums);
  // ... and this adds the sums of examples of so much weight.
  void AddSums(const Sums& sums, double weight);
  void Merge(const MulticlassMetrics& other);
  MetricValues Values() const;

  // All that it has gathered, to be sent.
  absl::Span<ClassCounts> classes() { return absl::MakeSpan(classes_); }
  absl::Span<const ClassCounts> classes() const { return classes_; }
  absl::Span<WeightedMean> means() { return absl::MakeSpan(means_); }
  absl::Span<const WeightedMean> means() const { return means_; }

 private:
  uint32_t top_k_;
  double f_beta_;
  std::vector<ClassCounts> classes_;
  std::array<WeightedMean, kNumMeans> means_;
};

class RegressionMetrics {
 public:
  enum Mean { kLoss, kSquaredError, kAbsoluteError, kNumMeans };

  void Add(double score, double label, double loss, double weight = 1);
  // Of several examples at once: the sums of weight times loss, squared error
  // and absolute error, and of the weights.
  void AddSums(double loss, double squared_error, double absolute_error,
               double weight);
  void Merge(const RegressionMetrics& other);
  MetricValues Values() const;

  // All that it has gathered, to be sent.
  absl::Span<WeightedMean> means() { return absl::MakeSpan(means_); }
  absl::Span<const WeightedMean> means() const { return means_; }

 private:
  std::array<WeightedMean, kNumMeans> means_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_METRICS_H_

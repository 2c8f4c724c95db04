// Measures a model on labelled examples: the metrics of common/linear/metrics.h
// for its kind of predictor, gathered block by block.
//
// Thread safety: one thread at a time; give each thread its own, made from the
// same Predictor (which must outlive it), and Merge them.

#ifndef LINEUP_COMMON_MODEL_EVALUATOR_H_
#define LINEUP_COMMON_MODEL_EVALUATOR_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/variant.h"
#include "common/data/examples.h"
#include "common/linear/metrics.h"
#include "common/model/predictor.h"

namespace lineup {

class Evaluator {
 public:
  explicit Evaluator(const Predictor& predictor);

  // INVALID_ARGUMENT if the examples do not fit the model, have no labels, or
  // have one that the model cannot answer. Labels of a binary classifier are 1
  // against 0 or -1.
  absl::Status Add(const Examples& examples);

  void Merge(const Evaluator& other);

  MetricValues Values() const;
  uint64_t num_examples() const { return num_examples_; }

 private:
  absl::Status AddBinary(const Predictions& predictions, size_t row,
                         float label, double weight);
  absl::Status AddMulticlass(const Predictions& predictions, size_t row,
                             float label, double weight);
  absl::Status AddOne(const Predictions& predictions, size_t row, float label,
                      double weight);

  const Predictor& predictor_;
  uint64_t num_examples_ = 0;
  absl::variant<BinaryMetrics, MulticlassMetrics, RegressionMetrics> metrics_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_MODEL_EVALUATOR_H_

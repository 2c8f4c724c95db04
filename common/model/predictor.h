// Scores examples with a trained model.
//
//   predictor_type         score                                predicted label
//   binary, logistic       probability of class 1               score >=
//   threshold binary, hinge_loss     the linear value itself              score
//   >= threshold multiclass, softmax    a probability for each class the
//   likeliest class regressor              the value in the label's own units
//   none
//
// The linear value x · w + b is summed in double; scores are float32, as the
// Linear Learner's container answers them. Equally likely classes: the first.
//
// Immutable after construction; Predict may run on many threads at once.

#ifndef LINEUP_COMMON_MODEL_PREDICTOR_H_
#define LINEUP_COMMON_MODEL_PREDICTOR_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/data/examples.h"
#include "common/model/linear_model.h"

namespace lineup {

// The answers for a block of examples, in their order.
struct Predictions {
  uint32_t num_outputs = 1;
  std::vector<double> linear_values;  // size() x num_outputs: x · w + b
  std::vector<float> scores;          // size() x num_outputs
  std::vector<uint32_t> labels;       // size(); empty for a regressor

  size_t size() const { return scores.size() / num_outputs; }
};

class Predictor {
 public:
  // INVALID_ARGUMENT if the model contradicts itself (CheckConsistent).
  static absl::StatusOr<Predictor> Create(LinearModel model);

  // INVALID_ARGUMENT if dense examples have another number of features than
  // the model, or a sparse one has an id that the model has no weight for.
  absl::StatusOr<Predictions> Predict(const Examples& examples) const;

  const LinearModel& model() const { return model_; }

 private:
  explicit Predictor(LinearModel model);

  absl::Status CheckFeatures(const Examples& examples) const;
  void AddDense(const Examples& examples, std::vector<double>* values) const;
  void AddSparse(const Examples& examples, std::vector<double>* values) const;
  void FillScores(Predictions* predictions) const;

  LinearModel model_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_MODEL_PREDICTOR_H_

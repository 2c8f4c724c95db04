#include "common/model/predictor.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/linear/example_loss.h"

namespace lineup {
namespace {

// Several partial sums let the compiler use vector instructions, which it may
// not for a single one: the order of the additions would change.
constexpr size_t kPartialSums = 8;

double Dot(const float* a, const float* b, size_t size) {
  double sums[kPartialSums] = {};
  size_t i = 0;
  for (; i + kPartialSums <= size; i += kPartialSums) {
    for (size_t j = 0; j < kPartialSums; ++j) {
      sums[j] += static_cast<double>(a[i + j]) * b[i + j];
    }
  }
  for (; i < size; ++i) sums[0] += static_cast<double>(a[i]) * b[i];
  double total = 0;
  for (const double sum : sums) total += sum;
  return total;
}

void AddScaled(double scale, const float* weights, uint32_t outputs,
               double* values) {
  for (uint32_t c = 0; c < outputs; ++c) values[c] += scale * weights[c];
}

void Softmax(const double* values, uint32_t outputs, float* scores) {
  const double largest = *std::max_element(values, values + outputs);
  double total = 0;
  for (uint32_t c = 0; c < outputs; ++c) total += std::exp(values[c] - largest);
  for (uint32_t c = 0; c < outputs; ++c) {
    scores[c] = static_cast<float>(std::exp(values[c] - largest) / total);
  }
}

}  // namespace

Predictor::Predictor(LinearModel model) : model_(std::move(model)) {}

absl::StatusOr<Predictor> Predictor::Create(LinearModel model) {
  LINEUP_RETURN_IF_ERROR(CheckConsistent(model));
  return Predictor(std::move(model));
}

absl::Status Predictor::CheckFeatures(const Examples& examples) const {
  if (!examples.sparse) {
    if (examples.num_features == model_.num_features) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrCat(
        "the input has ", examples.num_features,
        " features, but the model was trained with ", model_.num_features,
        "; give the same feature columns in the same order (and say with "
        "--label whether there is a label column)"));
  }
  const auto highest = std::max_element(examples.feature_ids.begin(),
                                        examples.feature_ids.end());
  if (highest == examples.feature_ids.end() || *highest < model_.num_features) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "the input has a feature number ", *highest,
      " (counted from 0), but the model was trained with ", model_.num_features,
      " features, numbers 0 to ", static_cast<int64_t>(model_.num_features) - 1,
      "; check that the ids are counted from the same first id as in "
      "training"));
}

void Predictor::AddDense(const Examples& examples,
                         std::vector<double>* values) const {
  const size_t features = model_.num_features;
  const uint32_t outputs = model_.num_classes;
  const float* row = examples.values.data();
  for (size_t i = 0; i < examples.size(); ++i, row += features) {
    double* out = values->data() + i * outputs;
    if (outputs == 1) {
      *out += Dot(row, model_.weights.data(), features);
      continue;
    }
    for (size_t f = 0; f < features; ++f) {
      if (row[f] == 0) continue;
      AddScaled(row[f], model_.weights.data() + f * outputs, outputs, out);
    }
  }
}

void Predictor::AddSparse(const Examples& examples,
                          std::vector<double>* values) const {
  const uint32_t outputs = model_.num_classes;
  for (size_t i = 0; i < examples.size(); ++i) {
    double* out = values->data() + i * outputs;
    const uint64_t end = examples.row_starts[i + 1];
    for (uint64_t k = examples.row_starts[i]; k < end; ++k) {
      AddScaled(
          examples.values[k],
          model_.weights.data() + size_t{examples.feature_ids[k]} * outputs,
          outputs, out);
    }
  }
}

void Predictor::FillScores(Predictions* predictions) const {
  const uint32_t outputs = model_.num_classes;
  const std::vector<double>& values = predictions->linear_values;
  predictions->scores.resize(values.size());
  std::vector<float>& scores = predictions->scores;
  if (model_.loss == LossType::kSoftmax) {
    for (size_t i = 0; i < values.size(); i += outputs) {
      Softmax(&values[i], outputs, &scores[i]);
      const auto likeliest =
          std::max_element(values.begin() + i, values.begin() + i + outputs);
      predictions->labels.push_back(
          static_cast<uint32_t>(likeliest - (values.begin() + i)));
    }
    return;
  }
  const bool logistic = model_.loss == LossType::kLogistic;
  for (size_t i = 0; i < values.size(); ++i) {
    scores[i] = static_cast<float>(logistic ? Sigmoid(values[i]) : values[i]);
  }
  if (model_.predictor_type != PredictorType::kBinaryClassifier) return;
  for (const float score : scores) {
    predictions->labels.push_back(score >= model_.threshold ? 1 : 0);
  }
}

absl::StatusOr<Predictions> Predictor::Predict(const Examples& examples) const {
  LINEUP_RETURN_IF_ERROR(CheckFeatures(examples));
  Predictions predictions;
  predictions.num_outputs = model_.num_classes;
  std::vector<double>& values = predictions.linear_values;
  values.reserve(examples.size() * model_.num_classes);
  for (size_t i = 0; i < examples.size(); ++i) {
    values.insert(values.end(), model_.bias.begin(), model_.bias.end());
  }
  if (examples.sparse) {
    AddSparse(examples, &values);
  } else {
    AddDense(examples, &values);
  }
  FillScores(&predictions);
  return predictions;
}

}  // namespace lineup

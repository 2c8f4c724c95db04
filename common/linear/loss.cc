#include "common/linear/loss.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "Eigen/Core"
#include "common/linear/aligned.h"

namespace lineup {
namespace {

using Row = Eigen::Array<float, Eigen::Dynamic, 1>;
using ConstRowMap = Eigen::Map<const Row>;

double ParameterOf(LossType type, const Candidate& candidate) {
  switch (type) {
    case LossType::kHinge:
      return candidate.margin;
    case LossType::kQuantile:
      return candidate.quantile;
    case LossType::kHuber:
      return candidate.huber_delta;
    case LossType::kEpsInsensitiveSquared:
    case LossType::kEpsInsensitiveAbsolute:
      return candidate.loss_insensitivity;
    default:
      return 0;
  }
}

// What one row's losses and derivatives are computed from and into.
struct RowWork {
  ConstRowMap parameter;
  Eigen::Map<Row> score;  // in: scores, out: derivatives
  Row& loss;
  Row& scratch;
};

void Logistic(float y, RowWork& w) {
  // log(1 + exp(f)) - y f = log1p(exp(-|f|)) + max(f, 0) - y f.
  w.scratch = (-w.score.abs()).exp();
  w.loss = w.scratch.log1p() + w.score.max(0.0f) - y * w.score;
  // sigmoid(f) = (f >= 0 ? 1 : e) / (1 + e) with e = exp(-|f|).
  w.score = (w.score >= 0.0f).select(1.0f, w.scratch) / (1.0f + w.scratch) - y;
}

void Hinge(float y, RowWork& w) {
  const float sign = 1.0f - 2.0f * y;  // of the derivative
  // (m + 1) / 2 - f for positives, (m - 1) / 2 + f for negatives.
  w.loss =
      ((w.parameter + (2.0f * y - 1.0f)) * 0.5f + sign * w.score).max(0.0f);
  w.score = (w.loss > 0.0f).select(Row::Constant(w.loss.size(), sign), 0.0f);
}

// Regression: w.score holds the residual e = f - y.
void Residual(LossType type, RowWork& w) {
  auto& e = w.score;
  const auto sign = e.sign();
  switch (type) {
    case LossType::kSquared:
      w.loss = e.square();
      e = 2.0f * e;
      return;
    case LossType::kAbsolute:
      w.loss = e.abs();
      e = sign.eval();
      return;
    case LossType::kEpsInsensitiveSquared:
      w.loss = (e.square() - w.parameter.square()).max(0.0f);
      e = (w.loss > 0.0f).select(2.0f * e, 0.0f).eval();
      return;
    case LossType::kEpsInsensitiveAbsolute:
      w.loss = (e.abs() - w.parameter).max(0.0f);
      e = (w.loss > 0.0f).select(sign, 0.0f).eval();
      return;
    case LossType::kQuantile:
      w.loss = (e > 0.0f).select((1.0f - w.parameter) * e, -w.parameter * e);
      e = (0.5f * (sign + 1.0f) - w.parameter).eval();
      return;
    case LossType::kHuber:
      w.scratch = e.abs();
      w.loss = (w.scratch < w.parameter)
                   .select(0.5f * e.square(),
                           w.parameter * (w.scratch - 0.5f * w.parameter));
      e = e.max(-w.parameter).min(w.parameter).eval();
      return;
    default:
      return;
  }
}

bool IsClassification(LossType type) {
  return type == LossType::kLogistic || type == LossType::kHinge;
}

}  // namespace

LossFunction::LossFunction(LossType type, const LineupColumns& columns,
                           std::vector<float> class_weights)
    : type_(type),
      width_(columns.width()),
      outputs_(columns.outputs()),
      scale_(columns.width(), 0.0f),
      positive_scale_(columns.width(), 0.0f),
      parameter_(columns.width(), 0.0f),
      class_weights_(std::move(class_weights)) {
  for (size_t c = 0; c < columns.num_candidates(); ++c) {
    first_column_.push_back(columns.first_column(c));
  }
  for (size_t k = 0; k < width_; ++k) {
    const int at = columns.candidate_of_column(k);
    if (at < 0) continue;
    const Candidate& candidate = columns.candidates()[at];
    scale_[k] = 1.0f;
    positive_scale_[k] =
        IsClassification(type) ? candidate.positive_example_weight_mult : 1.0;
    parameter_[k] = ParameterOf(type, candidate);
  }
}

void LossFunction::Derivative(size_t n, const float* labels,
                              const float* weights, float* scores,
                              double* loss_sums) const {
  if (type_ == LossType::kSoftmax) {
    for (size_t i = 0; i < n; ++i) {
      Softmax(labels[i], weights == nullptr ? 1.0f : weights[i],
              scores + i * width_, loss_sums);
    }
    return;
  }
  Row loss(width_), scratch(width_);
  // Single precision within a few examples, double precision across them.
  constexpr size_t kExamplesPerSum = 16;
  Row sums(width_);
  for (size_t begin = 0; begin < n; begin += kExamplesPerSum) {
    const size_t end = std::min(n, begin + kExamplesPerSum);
    sums.setZero();
    for (size_t i = begin; i < end; ++i) {
      RowWork work{ConstRowMap(parameter_.data(), width_),
                   Eigen::Map<Row>(scores + i * width_, width_), loss, scratch};
      if (type_ == LossType::kLogistic) {
        Logistic(labels[i], work);
      } else if (type_ == LossType::kHinge) {
        Hinge(labels[i], work);
      } else {
        work.score -= labels[i];
        Residual(type_, work);
      }
      const AlignedFloats& scale = labels[i] == 1.0f ? positive_scale_ : scale_;
      scratch = ConstRowMap(scale.data(), width_) *
                (weights == nullptr ? 1.0f : weights[i]);
      work.score *= scratch;
      sums += loss * scratch;
    }
    for (size_t c = 0; c < first_column_.size(); ++c) {
      loss_sums[c] += sums[first_column_[c]];
    }
  }
}

void LossFunction::Softmax(float label, float weight, float* scores,
                           double* loss_sums) const {
  const size_t y = static_cast<size_t>(label);
  if (!class_weights_.empty()) weight *= class_weights_[y];
  for (size_t c = 0; c < first_column_.size(); ++c) {
    Eigen::Map<Row> f(scores + first_column_[c], outputs_);
    f -= f.maxCoeff();
    const float own = f[y];
    f = f.exp();
    const float sum = f.sum();
    loss_sums[c] += static_cast<double>(weight) * (std::log(sum) - own);
    f *= weight / sum;
    f[y] -= weight;
  }
  // Padding columns carry scores of zero weights: zero already, kept so.
  if (first_column_.size() * outputs_ == width_) return;
  for (size_t k = 0; k < width_; ++k) scores[k] *= scale_[k];
}

}  // namespace lineup

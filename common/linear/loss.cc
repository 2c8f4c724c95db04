#include "common/linear/loss.h"

#include <algorithm>
#include <utility>

#include "common/linear/aligned.h"
#include "common/linear/softmax.h"
#include "common/linear/vector_math.h"
#include "glog/logging.h"

namespace lineup {
namespace {

// Single precision within so many examples, double precision across them.
constexpr size_t kExamplesPerSum = 16;

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

bool IsClassification(LossType type) {
  return type == LossType::kLogistic || type == LossType::kHinge;
}

struct LossTerm {
  Float8 loss;
  Float8 derivative;
};

// -1, 0 or 1.
Float8 Sign8(Float8 x) {
  return Where8(x > Zero8(), Broadcast8(1.0f)) -
         Where8(x < Zero8(), Broadcast8(1.0f));
}

// The terms below take scores f, one label y for all columns, and the columns'
// parameters.

struct LogisticTerm {
  LossTerm operator()(Float8 f, float y, Float8) const {
    // With g = -f for positive examples: log(1 + exp(g)), whose derivative is
    // 1 / (1 + exp(-g)).
    const float sign = y == 1.0f ? -1.0f : 1.0f;
    const Float8 g = f * sign;
    const Float8 exp = ExpOfNegative8(-Abs8(f));
    const Float8 sigmoid =
        Select8(g < Zero8(), exp, Broadcast8(1.0f)) / (1.0f + exp);
    return {Max8(Zero8(), g) + Log1pOfFraction8(exp), sigmoid * sign};
  }
};

struct HingeTerm {
  LossTerm operator()(Float8 f, float y, Float8 margin) const {
    const float sign = y == 1.0f ? -1.0f : 1.0f;  // of the derivative
    // (m + 1) / 2 - f for positives, (m - 1) / 2 + f for negatives.
    const Float8 loss = Max8(Zero8(), (margin - sign) * 0.5f + sign * f);
    return {loss, Where8(loss > Zero8(), Broadcast8(sign))};
  }
};

struct SquaredTerm {
  LossTerm operator()(Float8 f, float y, Float8) const {
    const Float8 e = f - y;
    return {e * e, 2.0f * e};
  }
};

struct AbsoluteTerm {
  LossTerm operator()(Float8 f, float y, Float8) const {
    const Float8 e = f - y;
    return {Abs8(e), Sign8(e)};
  }
};

struct EpsInsensitiveSquaredTerm {
  LossTerm operator()(Float8 f, float y, Float8 epsilon) const {
    const Float8 e = f - y;
    const Float8 excess = Max8(Zero8(), Abs8(e) - epsilon);
    return {excess * (Abs8(e) + epsilon), Where8(excess > Zero8(), 2.0f * e)};
  }
};

struct EpsInsensitiveAbsoluteTerm {
  LossTerm operator()(Float8 f, float y, Float8 epsilon) const {
    const Float8 e = f - y;
    const Float8 loss = Max8(Zero8(), Abs8(e) - epsilon);
    return {loss, Where8(loss > Zero8(), Sign8(e))};
  }
};

struct QuantileTerm {
  LossTerm operator()(Float8 f, float y, Float8 quantile) const {
    const Float8 e = f - y;
    return {Max8(e * (1.0f - quantile), -e * quantile),
            0.5f * (Sign8(e) + 1.0f) - quantile};
  }
};

struct HuberTerm {
  LossTerm operator()(Float8 f, float y, Float8 delta) const {
    const Float8 e = f - y;
    const Float8 size = Abs8(e);
    return {
        Select8(size < delta, 0.5f * (e * e), delta * (size - 0.5f * delta)),
        Clamp8(e, -delta, delta)};
  }
};

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
  const auto elementwise = [&](auto term) {
    Elementwise<decltype(term)>(n, labels, weights, scores, loss_sums);
  };
  switch (type_) {
    case LossType::kSoftmax:
      return Softmax(n, labels, weights, scores, loss_sums);
    case LossType::kLogistic:
      return elementwise(LogisticTerm());
    case LossType::kHinge:
      return elementwise(HingeTerm());
    case LossType::kSquared:
      return elementwise(SquaredTerm());
    case LossType::kAbsolute:
      return elementwise(AbsoluteTerm());
    case LossType::kEpsInsensitiveSquared:
      return elementwise(EpsInsensitiveSquaredTerm());
    case LossType::kEpsInsensitiveAbsolute:
      return elementwise(EpsInsensitiveAbsoluteTerm());
    case LossType::kQuantile:
      return elementwise(QuantileTerm());
    case LossType::kHuber:
      return elementwise(HuberTerm());
  }
}

template <typename Term>
void LossFunction::Elementwise(size_t n, const float* labels,
                               const float* weights, float* scores,
                               double* loss_sums) const {
  const Term term;
  AlignedDoubles column_sums(width_, 0.0);
  for (size_t begin = 0; begin < n; begin += kExamplesPerSum) {
    const size_t end = std::min(n, begin + kExamplesPerSum);
    for (size_t k = 0; k < width_; k += kBlockColumns) {
      const Float8 parameter = Load8(&parameter_[k]);
      Float8 sum = Zero8();
      for (size_t i = begin; i < end; ++i) {
        float* const at = scores + i * width_ + k;
        const LossTerm value = term(Load8(at), labels[i], parameter);
        const AlignedFloats& scales =
            labels[i] == 1.0f ? positive_scale_ : scale_;
        const Float8 scale =
            Load8(&scales[k]) * (weights == nullptr ? 1.0f : weights[i]);
        Store8(at, value.derivative * scale);
        sum += value.loss * scale;
      }
      AddToDoubles8(sum, &column_sums[k]);
    }
  }
  for (size_t c = 0; c < first_column_.size(); ++c) {
    loss_sums[c] += column_sums[first_column_[c]];
  }
}

void LossFunction::Softmax(size_t n, const float* labels, const float* weights,
                           float* scores, double* loss_sums) const {
  const size_t candidates = first_column_.size();
  const size_t padded = (candidates + 7) / 8 * 8;
  AlignedFloats excess(padded, 0.0f);
  AlignedFloats gap(padded, 0.0f);
  AlignedDoubles sums(padded, 0.0);
  for (size_t i = 0; i < n; ++i) {
    const size_t label = static_cast<size_t>(labels[i]);
    DCHECK_LT(label, outputs_);
    float weight = weights == nullptr ? 1.0f : weights[i];
    if (!class_weights_.empty()) weight *= class_weights_[label];
    float* const row = scores + i * width_;
    for (size_t c = 0; c < candidates; ++c) {
      const SoftmaxLoss loss =
          SoftmaxDerivative(outputs_, label, weight, row + first_column_[c]);
      excess[c] = loss.excess;
      gap[c] = loss.gap;
    }
    for (size_t c = 0; c < padded; c += 8) {
      AddToDoubles8((Log1p8(Load8(&excess[c])) + Load8(&gap[c])) * weight,
                    &sums[c]);
    }
    if (candidates * outputs_ == width_) continue;
    for (size_t k = 0; k < width_; ++k) {
      if (scale_[k] == 0.0f) row[k] = 0.0f;
    }
  }
  for (size_t c = 0; c < candidates; ++c) loss_sums[c] += sums[c];
}

}  // namespace lineup

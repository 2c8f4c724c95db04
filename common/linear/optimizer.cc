#include "common/linear/optimizer.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace lineup {
namespace {

size_t StateVectors(const Candidate& candidate) {
  switch (candidate.optimizer) {
    case OptimizerType::kSgd:
      return candidate.momentum > 0 ? 1 : 0;
    case OptimizerType::kAdagrad:
    case OptimizerType::kRmsprop:
      return 1;
    case OptimizerType::kAdam:
    case OptimizerType::kFtrl:
      return 2;
  }
  return 2;
}

// The eight-column pieces of a row that a block's kernel works on.
struct Block {
  Float8 weight;
  Float8 gradient;  // L2 included, except for ftrl
  Float8 rate;
};

Float8 SgdStep(const Block& b, Float8 momentum, float* velocity) {
  if (velocity == nullptr) return b.weight - b.rate * b.gradient;
  const Float8 u = momentum * Load8(velocity) - b.rate * b.gradient;
  Store8(velocity, u);
  return b.weight + u;
}

Float8 FtrlStep(const Block& b, Float8 beta, Float8 l1, Float8 l2, float* z_at,
                float* n_at) {
  const Float8 n_old = Load8(n_at);
  const Float8 n = n_old + b.gradient * b.gradient;
  const Float8 root = Sqrt8(n);
  const Float8 sigma = (root - Sqrt8(n_old)) / b.rate;
  const Float8 z = Load8(z_at) + b.gradient - sigma * b.weight;
  Store8(z_at, z);
  Store8(n_at, n);
  return -SoftThreshold8(z, l1) / ((beta + root) / b.rate + l2);
}

}  // namespace

LineupOptimizer::LineupOptimizer(LineupColumns columns)
    : columns_(std::move(columns)), rate_sums_(columns_.width()) {
  const size_t width = columns_.width();
  for (KindRates* kind : {&feature_, &bias_}) {
    kind->rate.assign(width, 0.0f);
    kind->wd.assign(width, 0.0f);
    kind->l1.assign(width, 0.0f);
  }
  for (AlignedFloats* a : {&beta_1_, &beta_2_, &momentum_}) a->assign(width, 0);
  // Padding columns: nothing divides by zero.
  epsilon_.assign(width, 1.0f);
  metric_scale_.assign(width, 1.0f);
  rate_of_step_.assign(width, 0.0f);
  for (size_t k = 0; k < width; ++k) {
    const int at = columns_.candidate_of_column(k);
    if (at < 0) continue;
    const Candidate& c = columns_.candidates()[at];
    num_state_vectors_ = std::max(num_state_vectors_, StateVectors(c));
    beta_1_[k] = c.beta_1;
    beta_2_[k] =
        c.optimizer == OptimizerType::kRmsprop ? c.rmsprop_decay : c.beta_2;
    epsilon_[k] = c.optimizer == OptimizerType::kFtrl ? c.ftrl_beta : c.epsilon;
    momentum_[k] = c.momentum;
    if (c.optimizer == OptimizerType::kSgd) {
      metric_scale_[k] = 1.0 / (1.0 - c.momentum);
    }
    feature_.wd[k] = c.wd;
    feature_.l1[k] = c.l1;
    bias_.wd[k] = c.wd * c.bias_wd_mult;
    trains_bias_ |= c.bias_lr_mult > 0;
    feature_.any_l1 |= c.l1 > 0;
    needs_catch_up_ |=
        c.optimizer != OptimizerType::kFtrl && (c.l1 > 0 || c.wd > 0);
  }
  for (size_t k = 0; k < width; ++k) {  // padding under ftrl: no 0 / 0
    if (columns_.candidate_of_column(k) < 0) {
      feature_.rate[k] = bias_.rate[k] = 1.0f;
    }
  }
}

double LineupOptimizer::learning_rate(size_t column) const {
  const Candidate& c =
      columns_.candidates()[columns_.candidate_of_column(column)];
  return c.schedule.At(std::max<uint32_t>(num_updates_, 1));
}

void LineupOptimizer::BeginUpdate() {
  ++num_updates_;
  for (size_t k = 0; k < width(); ++k) {
    const int at = columns_.candidate_of_column(k);
    if (at < 0) continue;
    const Candidate& c = columns_.candidates()[at];
    double rate = c.schedule.At(num_updates_);
    if (c.optimizer == OptimizerType::kAdam) {
      rate *= std::sqrt(1.0 - std::pow(c.beta_2, num_updates_)) /
              (1.0 - std::pow(c.beta_1, num_updates_));
    } else if (c.optimizer == OptimizerType::kFtrl) {
      rate = c.learning_rate;  // its own sums lower the rate
    }
    feature_.rate[k] = static_cast<float>(rate);
    bias_.rate[k] = static_cast<float>(rate * c.bias_lr_mult);
    rate_of_step_[k] = static_cast<float>(rate * metric_scale_[k]);
  }
  if (needs_catch_up_) rate_sums_.Add(rate_of_step_.data());
}

void LineupOptimizer::Update(RowKind kind, const float* gradient_sum,
                             float inverse_count, float* row) const {
  if (kind == RowKind::kBias && !trains_bias_) return;
  const KindRates& rates = this->rates(kind);
  const size_t width = this->width();
  float* const first = num_state_vectors_ > 0 ? row + width : nullptr;
  float* const second = num_state_vectors_ > 1 ? row + 2 * width : nullptr;
  const Float8 one = Broadcast8(1.0f);
  const Float8 inverse = Broadcast8(inverse_count);
  for (size_t k = 0; k < width; k += kBlockColumns) {
    Block b{Load8(row + k), Load8(gradient_sum + k) * inverse,
            Load8(&rates.rate[k])};
    const Float8 l2 = Load8(&rates.wd[k]);
    const Float8 epsilon = Load8(&epsilon_[k]);
    const OptimizerType optimizer =
        columns_.optimizer_of_block(k / kBlockColumns);
    if (optimizer == OptimizerType::kFtrl) {
      Store8(row + k, FtrlStep(b, epsilon, Load8(&rates.l1[k]), l2, first + k,
                               second + k));
      continue;
    }
    b.gradient += l2 * b.weight;
    Float8 metric = b.rate * Load8(&metric_scale_[k]);
    Float8 weight = b.weight;
    switch (optimizer) {
      case OptimizerType::kSgd:
        weight = SgdStep(b, Load8(&momentum_[k]),
                         first == nullptr ? nullptr : first + k);
        break;
      case OptimizerType::kAdam: {
        const Float8 b1 = Load8(&beta_1_[k]);
        const Float8 b2 = Load8(&beta_2_[k]);
        const Float8 m = b1 * Load8(first + k) + (one - b1) * b.gradient;
        const Float8 v =
            b2 * Load8(second + k) + (one - b2) * b.gradient * b.gradient;
        Store8(first + k, m);
        Store8(second + k, v);
        metric = b.rate / (Sqrt8(v) + epsilon);
        weight -= metric * m;
        break;
      }
      case OptimizerType::kAdagrad: {
        const Float8 n = Load8(first + k) + b.gradient * b.gradient;
        Store8(first + k, n);
        metric = b.rate / (Sqrt8(n) + epsilon);
        weight -= metric * b.gradient;
        break;
      }
      case OptimizerType::kRmsprop: {
        const Float8 b2 = Load8(&beta_2_[k]);
        const Float8 n =
            b2 * Load8(first + k) + (one - b2) * b.gradient * b.gradient;
        Store8(first + k, n);
        metric = b.rate / (Sqrt8(n) + epsilon);
        weight -= metric * b.gradient;
        break;
      }
      case OptimizerType::kFtrl:
        break;
    }
    if (rates.any_l1) {
      weight = SoftThreshold8(weight, Load8(&rates.l1[k]) * metric);
    }
    Store8(row + k, weight);
  }
}

void LineupOptimizer::CatchUp(uint32_t last_update, uint32_t to_update,
                              float* row) const {
  if (!needs_catch_up_ || last_update >= to_update) return;
  const size_t width = this->width();
  const float* const sums = rate_sums_.At(last_update);
  const float* const sums_to = rate_sums_.At(to_update);
  for (size_t k = 0; k < width; k += kBlockColumns) {
    const OptimizerType optimizer =
        columns_.optimizer_of_block(k / kBlockColumns);
    if (optimizer == OptimizerType::kFtrl) continue;
    const Float8 rate = Load8(sums_to + k) - Load8(sums + k);
    Float8 denominator = Broadcast8(1.0f);
    if (optimizer != OptimizerType::kSgd) {
      const size_t state = optimizer == OptimizerType::kAdam ? 2 : 1;
      denominator = Sqrt8(Load8(row + state * width + k)) + Load8(&epsilon_[k]);
    }
    Float8 weight = Load8(row + k);
    if (feature_.any_l1) {
      weight =
          SoftThreshold8(weight, Load8(&feature_.l1[k]) * rate / denominator);
    }
    weight *= denominator / (denominator + Load8(&feature_.wd[k]) * rate);
    Store8(row + k, weight);
  }
}

}  // namespace lineup

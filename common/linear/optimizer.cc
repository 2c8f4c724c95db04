#include "common/linear/optimizer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "glog/logging.h"

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

// The vector of a row whose root is what rates are divided by; 0: none.
size_t DenominatorVector(OptimizerType optimizer) {
  switch (optimizer) {
    case OptimizerType::kAdam:
      return 2;
    case OptimizerType::kAdagrad:
    case OptimizerType::kRmsprop:
      return 1;
    case OptimizerType::kSgd:
    case OptimizerType::kFtrl:
      break;
  }
  return 0;
}

using FloatLimits = std::numeric_limits<float>;

// A decay or momentum, below 1 also in single precision.
float BelowOne(double decay) {
  return std::min(static_cast<float>(decay), 1 - FloatLimits::epsilon() / 2);
}

// A summand of denominators, above 0 also in single precision.
float AboveZero(double x) {
  return std::max(static_cast<float>(x), FloatLimits::min());
}

// 1 - beta^t, exact also where beta^t is nearly 1 or nothing.
double OneMinusPower(float beta, uint32_t t) {
  return -std::expm1(t * std::log(double{beta}));
}

// decay * mean + (1 - decay) * value.
Float8 MovingMean(Float8 decay, Float8 mean, Float8 value) {
  return MultiplyAdd8(decay, mean, (1.0f - decay) * value);
}

// Whether both always have the same rates, as rates are summed up.
bool SameRates(const Candidate& a, const Candidate& b) {
  return a.optimizer == b.optimizer && a.schedule == b.schedule &&
         a.momentum == b.momentum && a.beta_1 == b.beta_1 &&
         a.beta_2 == b.beta_2;
}

}  // namespace

LineupOptimizer::LineupOptimizer(LineupColumns columns)
    : columns_(std::move(columns)), rate_sums_(0) {
  const size_t width = columns_.width();
  for (KindRates* kind : {&feature_, &bias_}) {
    for (AlignedFloats* a :
         {&kind->rate, &kind->inverse_alpha, &kind->wd, &kind->l1}) {
      a->assign(width, 0.0f);
    }
  }
  for (AlignedFloats* a : {&beta_1_, &beta_2_, &momentum_, &rate_of_step_}) {
    a->assign(width, 0.0f);
  }
  // In padding columns, too, nothing is divided by zero.
  epsilon_.assign(width, 1.0f);
  metric_scale_.assign(width, 1.0f);
  for (size_t k = 0; k < width; ++k) {
    const int at = columns_.candidate_of_column(k);
    if (at >= 0) SetColumn(k, columns_.candidates()[at]);
  }
  FindRateSeries();
}

void LineupOptimizer::FindRateSeries() {
  const std::vector<Candidate>& candidates = columns_.candidates();
  std::vector<size_t> series;  // the candidate that stands for each
  std::vector<int32_t> series_of_candidate;
  for (size_t c = 0; c < candidates.size(); ++c) {
    const auto same = std::find_if(series.begin(), series.end(), [&](size_t s) {
      return SameRates(candidates[s], candidates[c]);
    });
    series_of_candidate.push_back(same - series.begin());
    if (same != series.end()) continue;
    series.push_back(c);
    if (series.size() > kBlockColumns) break;
  }
  few_series_ = series.size() <= kBlockColumns;
  series_of_column_.assign(width(), 0);
  first_of_series_.clear();
  if (few_series_) {
    for (const size_t c : series) {
      first_of_series_.push_back(columns_.first_column(c));
    }
    for (size_t k = 0; k < width(); ++k) {
      const int c = columns_.candidate_of_column(k);
      if (c >= 0) series_of_column_[k] = series_of_candidate[c];
    }
  } else {
    for (size_t k = 0; k < width(); ++k) {
      first_of_series_.push_back(k);
      series_of_column_[k] = static_cast<int32_t>(k);
    }
  }
  rate_of_series_.assign(few_series_ ? kBlockColumns : width(), 0.0f);
  rate_sums_ = RateSums(rate_of_series_.size());
}

void LineupOptimizer::SetColumn(size_t k, const Candidate& c) {
  num_state_vectors_ = std::max(num_state_vectors_, StateVectors(c));
  is_denominator_[DenominatorVector(c.optimizer)] = true;
  const bool is_rmsprop = c.optimizer == OptimizerType::kRmsprop;
  const bool is_ftrl = c.optimizer == OptimizerType::kFtrl;
  beta_1_[k] = BelowOne(c.beta_1);
  beta_2_[k] = BelowOne(is_rmsprop ? c.rmsprop_decay : c.beta_2);
  epsilon_[k] = AboveZero(is_ftrl ? c.ftrl_beta : c.epsilon);
  momentum_[k] = BelowOne(c.momentum);
  if (c.optimizer == OptimizerType::kSgd) {
    metric_scale_[k] = 1.0f / (1.0f - momentum_[k]);
  }
  feature_.wd[k] = c.wd;
  feature_.l1[k] = c.l1;
  feature_.inverse_alpha[k] = 1.0 / c.learning_rate;
  feature_.any_l1 |= c.l1 > 0;
  bias_.wd[k] = c.wd * c.bias_wd_mult;
  if (c.bias_lr_mult > 0) {
    bias_.inverse_alpha[k] = 1.0 / (c.learning_rate * c.bias_lr_mult);
    trains_bias_ = true;
  }
  needs_catch_up_ |=
      c.optimizer != OptimizerType::kFtrl && (c.l1 > 0 || c.wd > 0);
}

LineupOptimizer LineupOptimizer::GoOn(LineupColumns columns,
                                      absl::Span<const size_t> sources) const {
  LineupOptimizer next(std::move(columns));
  next.num_updates_ = num_updates_;
  if (next.needs_catch_up_) {
    std::vector<ColumnRun> series;
    for (const ColumnRun& run : ColumnRuns(columns_, next.columns_, sources)) {
      for (size_t i = 0; i < run.size; ++i) {
        series.push_back(
            {static_cast<size_t>(series_of_column_[run.from + i]),
             static_cast<size_t>(next.series_of_column_[run.to + i]), 1});
      }
    }
    next.rate_sums_ = rate_sums_.Keep(series, next.rate_of_series_.size());
  }
  return next;
}

double LineupOptimizer::learning_rate(size_t column) const {
  const Candidate& c =
      columns_.candidates()[columns_.candidate_of_column(column)];
  return c.schedule.At(std::max<uint32_t>(num_updates_, 1));
}

void LineupOptimizer::InitializeState(RowKind kind, float* row) const {
  const KindRates& rates = this->rates(kind);
  const size_t width = this->width();
  std::fill(row + width, row + row_floats(), 0.0f);
  for (size_t k = 0; k < width; k += kBlockColumns) {
    if (columns_.optimizer_of_block(k / kBlockColumns) !=
        OptimizerType::kFtrl) {
      continue;
    }
    const Float8 weight = Load8(row + k);
    const Float8 l1 = Load8(&rates.l1[k]);
    // The closed form solved for z, with n = 0.
    const Float8 shrunk = -weight * MultiplyAdd8(Load8(&epsilon_[k]),
                                                 Load8(&rates.inverse_alpha[k]),
                                                 Load8(&rates.wd[k]));
    const Float8 z = Select8(shrunk > Zero8(), shrunk + l1, shrunk - l1);
    Store8(row + width + k, Where8(weight != Zero8(), z));
  }
}

void LineupOptimizer::FastForward(uint32_t num_updates) {
  CHECK_EQ(num_updates_, 0u);
  // What came before the last update shows in the sums of the rates only.
  if (!needs_catch_up_ && num_updates > 0) num_updates_ = num_updates - 1;
  while (num_updates_ < num_updates) BeginUpdate();
}

void LineupOptimizer::BeginUpdate(double damping) {
  CHECK_LT(num_updates_, std::numeric_limits<uint32_t>::max())
      << "too many updates to count";
  ++num_updates_;
  for (size_t i = 0; i < columns_.num_candidates(); ++i) {
    const Candidate& c = columns_.candidates()[i];
    const size_t first = columns_.first_column(i);
    double rate = c.schedule.At(num_updates_);
    if (c.optimizer != OptimizerType::kAdagrad) rate *= damping;
    if (c.optimizer == OptimizerType::kAdam) {
      rate *= std::sqrt(OneMinusPower(beta_2_[first], num_updates_)) /
              OneMinusPower(beta_1_[first], num_updates_);
    }
    for (size_t k = first; k < first + columns_.outputs(); ++k) {
      feature_.rate[k] = static_cast<float>(rate);
      bias_.rate[k] = static_cast<float>(rate * c.bias_lr_mult);
      rate_of_step_[k] = static_cast<float>(rate * metric_scale_[k]);
    }
  }
  if (!needs_catch_up_) return;
  for (size_t s = 0; s < first_of_series_.size(); ++s) {
    rate_of_series_[s] = rate_of_step_[first_of_series_[s]];
  }
  rate_sums_.Add(rate_of_series_.data());
}

void LineupOptimizer::UpdateFtrl(const KindRates& rates, size_t k,
                                 Float8 gradient, float* row) const {
  float* const z_at = row + width() + k;
  float* const n_at = z_at + width();
  const Float8 inverse_alpha = Load8(&rates.inverse_alpha[k]);
  const Float8 weight = Load8(row + k);
  const Float8 n_before = Load8(n_at);
  const Float8 n = n_before + gradient * gradient;
  const Float8 root = Sqrt8(n);
  const Float8 sigma = (root - Sqrt8(n_before)) * inverse_alpha;
  const Float8 z = Load8(z_at) + gradient - sigma * weight;
  const Float8 denominator =
      (Load8(&epsilon_[k]) + root) * inverse_alpha + Load8(&rates.wd[k]);
  // From zero, so that no weight is -0.
  const Float8 updated =
      (Zero8() - SoftThreshold8(z, Load8(&rates.l1[k]))) / denominator;
  // Where the rate is 0 (a bias that is not trained, padding) nothing moves.
  const Mask8 moves = inverse_alpha > Zero8();
  Store8(row + k, Select8(moves, updated, weight));
  Store8(z_at, Where8(moves, z));
  Store8(n_at, Where8(moves, n));
}

void LineupOptimizer::Update(RowKind kind, const float* gradient_sum,
                             float inverse_count, float* row) const {
  if (kind == RowKind::kBias && !trains_bias_) return;
  const KindRates& rates = this->rates(kind);
  const size_t width = this->width();
  for (size_t k = 0; k < width; k += kBlockColumns) {
    const OptimizerType optimizer =
        columns_.optimizer_of_block(k / kBlockColumns);
    Float8 gradient = Load8(gradient_sum + k) * inverse_count;
    if (optimizer == OptimizerType::kFtrl) {
      UpdateFtrl(rates, k, gradient, row);
      continue;
    }
    Float8 weight = Load8(row + k);
    gradient = MultiplyAdd8(Load8(&rates.wd[k]), weight, gradient);
    const Step step =
        StepOf(optimizer, k, gradient, Load8(&rates.rate[k]), row);
    weight -= step.change;
    if (rates.any_l1) {
      weight = SoftThreshold8(weight, Load8(&rates.l1[k]) * step.metric);
    }
    Store8(row + k, weight);
  }
}

LineupOptimizer::Step LineupOptimizer::StepOf(OptimizerType optimizer, size_t k,
                                              Float8 gradient, Float8 rate,
                                              float* row) const {
  float* const first = row + width() + k;
  float* const second = first + width();
  switch (optimizer) {
    case OptimizerType::kSgd: {
      const Float8 metric = rate * Load8(&metric_scale_[k]);
      if (num_state_vectors_ == 0) return {rate * gradient, metric};
      // -u: what is subtracted from the weight.
      const Float8 change =
          MultiplyAdd8(Load8(&momentum_[k]), Load8(first), rate * gradient);
      Store8(first, change);
      return {change, metric};
    }
    case OptimizerType::kAdam: {
      const Float8 m = MovingMean(Load8(&beta_1_[k]), Load8(first), gradient);
      const Float8 v =
          MovingMean(Load8(&beta_2_[k]), Load8(second), gradient * gradient);
      Store8(first, m);
      Store8(second, v);
      const Float8 metric = rate / (Sqrt8(v) + Load8(&epsilon_[k]));
      return {metric * m, metric};
    }
    case OptimizerType::kAdagrad:
    case OptimizerType::kRmsprop: {
      const Float8 square = gradient * gradient;
      const Float8 n =
          optimizer == OptimizerType::kAdagrad
              ? Load8(first) + square
              : MovingMean(Load8(&beta_2_[k]), Load8(first), square);
      Store8(first, n);
      const Float8 metric = rate / (Sqrt8(n) + Load8(&epsilon_[k]));
      return {metric * gradient, metric};
    }
    case OptimizerType::kFtrl:
      break;
  }
  return {Zero8(), Zero8()};
}

Float8 LineupOptimizer::Denominator(OptimizerType optimizer, size_t k,
                                    const float* row) const {
  const size_t vector = DenominatorVector(optimizer);
  if (vector == 0) return Broadcast8(1.0f);
  return Sqrt8(Load8(row + vector * width() + k)) + Load8(&epsilon_[k]);
}

template <typename Store>
void LineupOptimizer::ForCaughtUpBlocks(uint32_t last_update,
                                        uint32_t to_update, const float* row,
                                        ColumnRange columns,
                                        Store store) const {
  const RateSums::Sums from = rate_sums_.UpTo(last_update);
  const RateSums::Sums to = rate_sums_.UpTo(to_update);
  const Float8 of_series = RateSums::Difference(from, to, 0);
  const size_t end = columns.first + columns.size;
  for (size_t k = columns.first / kBlockColumns * kBlockColumns; k < end;
       k += kBlockColumns) {
    const OptimizerType optimizer =
        columns_.optimizer_of_block(k / kBlockColumns);
    Float8 weight = Load8(row + k);
    if (optimizer != OptimizerType::kFtrl) {
      const Float8 rate = few_series_
                              ? Permute8(of_series, &series_of_column_[k])
                              : RateSums::Difference(from, to, k);
      const Float8 denominator = Denominator(optimizer, k, row);
      if (feature_.any_l1) {
        weight =
            SoftThreshold8(weight, Load8(&feature_.l1[k]) * rate / denominator);
      }
      weight *=
          denominator / MultiplyAdd8(Load8(&feature_.wd[k]), rate, denominator);
    }
    store(k, weight);
  }
}

void LineupOptimizer::CatchUpTo(uint32_t last_update, uint32_t to_update,
                                float* row, float* copy) const {
  ForCaughtUpBlocks(last_update, to_update, row, {0, width()},
                    [&](size_t k, Float8 weights) {
                      Store8(row + k, weights);
                      StoreUnaligned8(copy + k, weights);
                    });
}

void LineupOptimizer::CatchUpAndCopy(uint32_t last_update, uint32_t to_update,
                                     float* row, float* copy) const {
  if (NeedsCatchUp(last_update, to_update)) {
    CatchUpTo(last_update, to_update, row, copy);
  } else {
    std::copy_n(row, width(), copy);
  }
}

void LineupOptimizer::CaughtUp(uint32_t last_update, uint32_t to_update,
                               const float* row, ColumnRange columns,
                               float* weights) const {
  if (!NeedsCatchUp(last_update, to_update)) {
    std::copy_n(row + columns.first, columns.size, weights);
    return;
  }
  const size_t end = columns.first + columns.size;
  ForCaughtUpBlocks(
      last_update, to_update, row, columns, [&](size_t k, Float8 caught_up) {
        if (k >= columns.first && k + kBlockColumns <= end) {
          StoreUnaligned8(weights + (k - columns.first), caught_up);
          return;
        }
        alignas(Float8) float block[kBlockColumns];
        Store8(block, caught_up);
        const size_t from = std::max(k, columns.first);
        std::copy(block + (from - k),
                  block + (std::min(end, k + kBlockColumns) - k),
                  weights + (from - columns.first));
      });
}

}  // namespace lineup

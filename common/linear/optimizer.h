// The optimizers of all candidates, applied to one row of the weight matrix at
// a time: sgd with momentum, adam, adagrad, rmsprop and ftrl, each column with
// its own settings.
//
// A row is `row_floats()` floats: the weights of all columns, then the
// optimizer's state vectors, each `width()` long. With the rate lr of this
// update and g = gradient / count + wd * w (L2 inside the gradient, as MXNet
// and the Linear Learner have it), the weights change so:
//
//   sgd      u = momentum * u - lr * g
//            w += u
//   adam     m = b1 m + (1 - b1) g
//            v = b2 v + (1 - b2) g^2
//            w -= lr sqrt(1 - b2^t) / (1 - b1^t) * m / (sqrt(v) + epsilon)
//   adagrad  n += g^2
//            w -= lr * g / (sqrt(n) + epsilon)
//   rmsprop  n = d n + (1 - d) g^2
//            w -= lr * g / (sqrt(n) + epsilon)
//
// (Adam: MXNet 1.9, optimizer_op-inl.h, and Kingma & Ba 2015, section 2's last
// paragraph; Duchi et al. 2011; Tieleman & Hinton 2012.) Then L1 is a proximal
// step in the metric of the optimizer, so that weights become exactly zero:
// w = soft_threshold(w, l1 * h), where h is what the gradient was multiplied
// by: lr (with adam's correction) over the denominator, for sgd lr / (1 -
// momentum).
//
//   ftrl     McMahan et al. 2013, algorithm 1, with lambda1 = l1, lambda2 =
//            wd, alpha = the initial learning rate and beta, in closed form of
//            its state z, n; g without wd * w:
//            s = (sqrt(n + g^2) - sqrt(n)) / alpha
//            z += g - s * w; n += g^2
//            w = -soft_threshold(z, l1) / ((beta + sqrt(n)) / alpha + wd)
//
// The bias row has its own rate (lr * bias_lr_mult) and L2 (wd *
// bias_wd_mult), and no L1; where bias_lr_mult is 0 it stands still.
//
// Sparse data: a row that some updates did not touch is brought up to date by
// CatchUp with one elastic-net proximal step over the missed learning rates,
// the denominator frozen: w = soft_threshold(w, l1 * H) / (1 + wd * H), with H
// the sum of the h of these updates. The moments of a row move only when it is
// touched (as TensorFlow's LazyAdam). ftrl needs no catching up.
//
// Columns do not see each other: one that has diverged stays alone with its
// NaN. Whoever calls the row functions opens a ScopedFlushDenormals first.
//
// Thread safety: BeginUpdate alone changes the object; the row functions are
// const and may run in parallel on different rows.

#ifndef LINEUP_COMMON_LINEAR_OPTIMIZER_H_
#define LINEUP_COMMON_LINEAR_OPTIMIZER_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "common/base/prefetch.h"
#include "common/linear/aligned.h"
#include "common/linear/lineup_columns.h"
#include "common/linear/rate_sums.h"

namespace lineup {

enum class RowKind { kFeature, kBias };

class LineupOptimizer {
 public:
  explicit LineupOptimizer(LineupColumns columns);

  size_t width() const { return columns_.width(); }
  size_t num_state_vectors() const { return num_state_vectors_; }
  size_t row_floats() const { return width() * (1 + num_state_vectors_); }
  // Updates begun so far; CatchUp brings rows to the end of this one.
  uint32_t num_updates() const { return num_updates_; }
  // Whether any candidate's penalty moves weights that no gradient touches.
  bool needs_catch_up() const { return needs_catch_up_; }

  // Makes the state of a row of given weights what it is before the first
  // update: zero, except that ftrl's z is such that it gives these weights.
  void InitializeState(RowKind kind, float* row) const;

  const LineupColumns& columns() const { return columns_; }

  // The optimizer of other columns, between two updates: the candidate at
  // position c goes on as the one at position sources[c] would here, for rows
  // whose state is the first num_state_vectors() of the vectors here. Both must
  // have had the same rates so far.
  LineupOptimizer GoOn(LineupColumns columns,
                       absl::Span<const size_t> sources) const;

  // Makes a new optimizer one that has begun so many updates,
  // none of them damped.
  void FastForward(uint32_t num_updates);

  // Starts update number num_updates() + 1: fixes its learning rates. Those of
  // sgd, adam and rmsprop are multiplied by `damping`, for gradients that are
  // not of the current weights; adagrad and ftrl lower theirs by themselves.
  void BeginUpdate(double damping = 1.0);

  // Applies the current update to a row that is up to date with the one
  // before. `gradient_sum` (width() floats) is the sum over examples of the
  // loss gradient; it is multiplied by `inverse_count`.
  void Update(RowKind kind, const float* gradient_sum, float inverse_count,
              float* row) const;

  // Brings a feature row from the end of update `last_update` to the end of
  // `to_update` (at most num_updates()), none of which had a gradient for it.
  void CatchUp(uint32_t last_update, uint32_t to_update, float* row) const {
    if (NeedsCatchUp(last_update, to_update)) {
      CatchUpTo(last_update, to_update, row, row);
    }
  }
  // The same, and copies its weights (width() floats) to `copy`.
  void CatchUpAndCopy(uint32_t last_update, uint32_t to_update, float* row,
                      float* copy) const;
  // The same for some columns of a row that stays as it is: their caught-up
  // weights (columns.size floats) go to `weights`, which need not be aligned.
  void CaughtUp(uint32_t last_update, uint32_t to_update, const float* row,
                ColumnRange columns, float* weights) const;

  // Asks for the memory that a CatchUp from `last_update` on will read: of a
  // row that is read now and updated later, that is not all. Rows begin with a
  // cache line.
  void PrefetchCatchUp(uint32_t last_update, const float* row) const {
    PrefetchCatchUp(last_update, row, {0, width()}, {0, rate_sums_.width()});
  }
  // The same for a CaughtUp of some columns.
  void PrefetchCaughtUp(uint32_t last_update, const float* row,
                        ColumnRange columns) const {
    PrefetchCatchUp(last_update, row, columns,
                    few_series_ ? ColumnRange{0, rate_sums_.width()} : columns);
  }
  // Asks for the memory of a row.
  void PrefetchRow(const float* row) const {
    PrefetchFloats(row, {0, row_floats()});
  }

  // Learning rate (without Adam's bias correction) of a column, which is not
  // padding, at the current update.
  double learning_rate(size_t column) const;

 private:
  // What differs between feature rows and the bias row, by column.
  struct KindRates {
    AlignedFloats rate;           // of this update, adam's correction included
    AlignedFloats inverse_alpha;  // ftrl; 0 where the rate is 0
    AlignedFloats wd;
    AlignedFloats l1;
    bool any_l1 = false;
  };

  const KindRates& rates(RowKind kind) const {
    return kind == RowKind::kFeature ? feature_ : bias_;
  }
  // What is subtracted from eight weights, and what their gradient was
  // multiplied by (h above).
  struct Step {
    Float8 change;
    Float8 metric;
  };

  void SetColumn(size_t column, const Candidate& candidate);
  void FindRateSeries();
  void PrefetchCatchUp(uint32_t last_update, const float* row,
                       ColumnRange columns, ColumnRange series) const {
    PrefetchFloats(row, columns);
    if (!NeedsCatchUp(last_update, num_updates_)) return;
    for (size_t vector = 1; vector <= num_state_vectors_; ++vector) {
      if (is_denominator_[vector]) {
        PrefetchFloats(row, {vector * width() + columns.first, columns.size});
      }
    }
    rate_sums_.Prefetch(last_update, series);
  }
  // Of floats of a row.
  static void PrefetchFloats(const float* row, ColumnRange floats) {
    constexpr size_t kPerLine = kCacheLineBytes / sizeof(float);
    // Long rows are found by the hardware's prefetcher after the first lines.
    constexpr size_t kMost = 12 * kPerLine;
    const size_t end = floats.first + std::min(floats.size, kMost);
    for (size_t k = floats.first / kPerLine * kPerLine; k < end;
         k += kPerLine) {
      Prefetch(row + k);
    }
  }
  bool NeedsCatchUp(uint32_t last_update, uint32_t to_update) const {
    return needs_catch_up_ && last_update < to_update;
  }
  // Catches up the weights of `row` and copies them to `copy`, which may be the
  // same.
  void CatchUpTo(uint32_t last_update, uint32_t to_update, float* row,
                 float* copy) const;
  // Calls `store` with the caught-up weights of each block that has some of
  // `columns`, and the block's first column.
  template <typename Store>
  void ForCaughtUpBlocks(uint32_t last_update, uint32_t to_update,
                         const float* row, ColumnRange columns,
                         Store store) const;
  // Brings the state of eight columns up to date, not yet their weights.
  Step StepOf(OptimizerType optimizer, size_t column, Float8 gradient,
              Float8 rate, float* row) const;
  void UpdateFtrl(const KindRates& rates, size_t column, Float8 gradient,
                  float* row) const;
  // What sgd (1), adam, adagrad and rmsprop divide eight columns' rates by.
  Float8 Denominator(OptimizerType optimizer, size_t column,
                     const float* row) const;

  LineupColumns columns_;
  size_t num_state_vectors_ = 0;
  uint32_t num_updates_ = 0;
  bool needs_catch_up_ = false;
  // By vector of a row: whether its roots are what some columns' rates are
  // divided by.
  std::array<bool, 3> is_denominator_{};
  bool trains_bias_ = false;  // some candidate has bias_lr_mult above 0
  KindRates feature_;
  KindRates bias_;
  AlignedFloats beta_1_;
  AlignedFloats beta_2_;   // rmsprop: its decay d
  AlignedFloats epsilon_;  // ftrl: its beta
  AlignedFloats momentum_;
  AlignedFloats metric_scale_;  // 1 / (1 - momentum) for sgd, else 1
  AlignedFloats rate_of_step_;  // of this update, momentum included

  // Sums of the rates, by which columns are caught up. Columns whose rates are
  // always the same share a series: with eight series or fewer, as most lineups
  // have, a row needs the memory of one block of sums.
  std::vector<size_t> first_of_series_;  // a column of each
  std::vector<int32_t> series_of_column_;
  bool few_series_ = false;
  AlignedFloats rate_of_series_;  // scratch of BeginUpdate
  RateSums rate_sums_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_OPTIMIZER_H_

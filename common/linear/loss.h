// The loss of every column, and its derivative with respect to the score.
//
// With score f, label y, residual e = f - y and example weight s:
//   logistic   labels 0/1, p = positive weight, L = log(1 + exp(f)) - y f,
//              weighted by p where y = 1
//   hinge      labels 0/1, m = margin: y ((m + 1) / 2 - f)+
//              + (1 - y) ((m - 1) / 2 + f)+, weighted by p where y = 1
//   softmax    labels 0..C-1: log sum exp(f_c) - f_y, weighted by class weight
//   squared e^2; absolute |e|; quantile q (-e)+ + (1 - q) e+;
//   huber e^2 / 2 where |e| < delta, else delta |e| - delta^2 / 2;
//   eps_insensitive_squared max(0, e^2 - eps^2); _absolute max(0, |e| - eps)
// (the Linear Learner's definitions; its hinge is parameterised for labels 0/1
// so that the natural cut of the score is 0.5). All are multiplied by s. Where
// a loss has a kink, the derivative is the mean of both sides' at the kink for
// absolute and quantile loss, and 0 for the others.
//
// Single precision for one example, in forms that do not cancel, so that also
// the small losses of certain and right scores are exact to about 1e-6; double
// precision for sums over examples. The columns of a candidate that has
// diverged get losses and derivatives of NaN or infinity; no other column is
// touched by them.
//
// Thread safety: immutable; all functions are const and may run in parallel.

#ifndef LINEUP_COMMON_LINEAR_LOSS_H_
#define LINEUP_COMMON_LINEAR_LOSS_H_

#include <cstddef>
#include <vector>

#include "common/linear/aligned.h"
#include "common/linear/lineup_columns.h"
#include "common/linear/types.h"

namespace lineup {

class LossFunction {
 public:
  // Loss parameters and positive weights come from the columns' candidates.
  // `class_weights` (one per class) is for softmax; empty means all 1.
  LossFunction(LossType type, const LineupColumns& columns,
               std::vector<float> class_weights = {});

  LossType type() const { return type_; }

  // For `n` examples: turns `scores` (n x width, row-major, aligned) into the
  // loss's derivatives, and adds each candidate's loss to loss_sums (one
  // double per candidate). `weights` is null for all 1. Padding columns, whose
  // scores must be finite, become 0. Labels are those that the loss is defined
  // for.
  void Derivative(size_t n, const float* labels, const float* weights,
                  float* scores, double* loss_sums) const;

  // Only the losses: adds each candidate's to loss_sums. `scores` is used as
  // scratch.
  void Sum(size_t n, const float* labels, const float* weights, float* scores,
           double* loss_sums) const {
    Derivative(n, labels, weights, scores, loss_sums);
  }

 private:
  // Losses of one score a candidate; Term gives loss and derivative of eight
  // columns at a time.
  template <typename Term>
  void Elementwise(size_t n, const float* labels, const float* weights,
                   float* scores, double* loss_sums) const;
  void Softmax(size_t n, const float* labels, const float* weights,
               float* scores, double* loss_sums) const;

  LossType type_;
  size_t width_;
  size_t outputs_;
  std::vector<size_t> first_column_;
  // Per column; padding has zero scales, so its derivative and loss vanish.
  AlignedFloats scale_;           // 1 for real columns
  AlignedFloats positive_scale_;  // weight of examples with label 1
  AlignedFloats parameter_;       // margin, quantile, delta or epsilon
  std::vector<float> class_weights_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_LOSS_H_

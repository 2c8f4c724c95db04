// A gradient as it is handed on: asked for row by row, so that whoever applies
// it or sends it needs no copy of the whole.
//
// Thread safety: GradientRows may be called in parallel for different rows.

#ifndef LINEUP_COMMON_LINEAR_GRADIENT_ROWS_H_
#define LINEUP_COMMON_LINEAR_GRADIENT_ROWS_H_

#include <cstddef>
#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"

namespace lineup {

// Gives the gradient sums (over examples) of `count` rows of a row set, those
// with indexes first, first + stride, ...: count x width floats into `out`.
using GradientRows = absl::FunctionRef<void(size_t first, size_t stride,
                                            size_t count, float* out)>;

// The gradient of one lane's minibatch. Refers to memory of its maker.
struct LaneGradient {
  GradientRows rows;
  uint64_t examples = 0;               // at least 1
  absl::Span<const double> loss_sums;  // one a candidate, before the update
  // The rows have the columns of the first candidate of each of so many groups
  // (CandidateGroupings); 0: those of all candidates.
  uint32_t groups = 0;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_GRADIENT_ROWS_H_

// The two matrix products of dense data, X W and X^T D, for matrices with few
// columns: one a candidate (and class).
//
// The rows of X lie anywhere in memory, as shuffling leaves them. They are not
// copied; while one block of rows is computed with, the next one can be
// fetched. Every element of a result is one sum in the order of the other
// index, so its bits depend neither on how examples are grouped into calls
// (scores) nor on what stands in other columns. Widths are multiples of
// kBlockColumns; W, D and the results are row-major and start at a cache line.
//
// Thread safety: pure functions.

#ifndef LINEUP_WORKER_DENSE_PRODUCTS_H_
#define LINEUP_WORKER_DENSE_PRODUCTS_H_

#include <cstddef>

#include "absl/types/span.h"

namespace lineup {

// Rows of X, each with the same number of features.
using DenseRows = absl::Span<const float* const>;

// A good number of rows for one call: whole tiles, and X, D and W stay in the
// first two levels of cache.
inline constexpr size_t kDenseBlockRows = 120;

// scores (rows x width) = bias (width) + X * weights (features x width).
// Meanwhile `upcoming` rows, if any, are fetched.
void DenseScores(DenseRows rows, size_t features, const float* bias,
                 const float* weights, size_t width, DenseRows upcoming,
                 float* scores);

// bias_gradient (width) += sum of the rows of `derivatives` (rows x width);
// gradient (features x width) += X^T * derivatives. What is added is summed up
// apart for each (at most) 256 rows, so that long sums keep their digits.
void AddDenseGradient(DenseRows rows, size_t features, const float* derivatives,
                      size_t width, DenseRows upcoming, float* bias_gradient,
                      float* gradient);

// Fetches rows at once, for the first block, which nothing comes before.
void PrefetchDenseRows(DenseRows rows, size_t features);

}  // namespace lineup

#endif  // LINEUP_WORKER_DENSE_PRODUCTS_H_

#include "worker/gradient_kernel.h"

#include <algorithm>

#include "Eigen/Core"

namespace lineup {
namespace {

using Matrix =
    Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using MatrixMap = Eigen::Map<Matrix>;
using ConstMatrixMap = Eigen::Map<const Matrix>;

// Large enough for efficient products, small enough to share out.
constexpr size_t kDenseBlockExamples = 256;
constexpr size_t kSparseBlockExamples = 64;
constexpr size_t kMaxDenseBlocks = 16;  // bounds the partial gradients

// Sums coefficient x row over a list of (row, coefficient) pairs, for kBlocks
// blocks of eight columns from `column` on, in registers.
template <int kBlocks, typename RowAt, typename ValueAt>
void AccumulateBlocks(size_t begin, size_t end, RowAt row_at, ValueAt value_at,
                      size_t column, float* out) {
  Float8 sum[kBlocks];
  for (int b = 0; b < kBlocks; ++b) sum[b] = Load8(out + column + 8 * b);
  for (size_t j = begin; j < end; ++j) {
    const float* row = row_at(j) + column;
    const Float8 x = Broadcast8(value_at(j));
    for (int b = 0; b < kBlocks; ++b) sum[b] += x * Load8(row + 8 * b);
  }
  for (int b = 0; b < kBlocks; ++b) Store8(out + column + 8 * b, sum[b]);
}

// out (width) += sum over j in [begin, end) of value_at(j) * row_at(j).
template <typename RowAt, typename ValueAt>
void Accumulate(size_t begin, size_t end, RowAt row_at, ValueAt value_at,
                size_t width, float* out) {
  size_t column = 0;
  for (; column + 32 <= width; column += 32) {
    AccumulateBlocks<4>(begin, end, row_at, value_at, column, out);
  }
  if (column + 16 <= width) {
    AccumulateBlocks<2>(begin, end, row_at, value_at, column, out);
    column += 16;
  }
  if (column + 8 <= width) {
    AccumulateBlocks<1>(begin, end, row_at, value_at, column, out);
  }
}

void SparseScores(const Minibatch& minibatch, const float* weights,
                  size_t width, size_t begin, size_t end, float* scores) {
  const float* bias = weights + minibatch.bias_index * width;
  for (size_t i = begin; i < end; ++i) {
    float* out = scores + (i - begin) * width;
    std::copy(bias, bias + width, out);
    Accumulate(
        minibatch.example_starts[i], minibatch.example_starts[i + 1],
        [&](size_t j) {
          return weights + size_t{minibatch.row_indexes[j]} * width;
        },
        [&](size_t j) { return minibatch.values[j]; }, width, out);
  }
}

}  // namespace

void ComputeScores(const Minibatch& minibatch, const float* weights,
                   size_t width, size_t begin, size_t end, float* scores) {
  if (minibatch.sparse) {
    SparseScores(minibatch, weights, width, begin, end, scores);
    return;
  }
  const size_t features = minibatch.num_features;
  const ConstMatrixMap x(minibatch.dense.data() + begin * features, end - begin,
                         features);
  const ConstMatrixMap w(weights + width, features, width);
  MatrixMap out(scores, end - begin, width);
  out.noalias() = x * w;
  out.rowwise() += ConstMatrixMap(weights, 1, width).row(0);
}

void GradientKernel::Compute(const Minibatch& minibatch, const float* weights) {
  minibatch_ = &minibatch;
  const size_t n = minibatch.size;
  block_examples_ = kSparseBlockExamples;
  if (!minibatch.sparse) {
    block_examples_ = std::max(kDenseBlockExamples,
                               (n + kMaxDenseBlocks - 1) / kMaxDenseBlocks);
  }
  num_blocks_ = (n + block_examples_ - 1) / block_examples_;
  derivatives_.resize(n * width_);
  block_loss_sums_.assign(num_blocks_ * num_candidates_, 0.0);
  if (!minibatch.sparse) {
    block_gradients_.resize(num_blocks_ * minibatch.rows.size() * width_);
  }
  pool_.ParallelFor(num_blocks_,
                    [&](size_t block) { ComputeBlock(weights, block); });
  loss_sums_.assign(num_candidates_, 0.0);
  for (size_t i = 0; i < block_loss_sums_.size(); ++i) {
    loss_sums_[i % num_candidates_] += block_loss_sums_[i];
  }
}

void GradientKernel::ComputeBlock(const float* weights, size_t block) {
  const Minibatch& minibatch = *minibatch_;
  const size_t begin = block * block_examples_;
  const size_t end = std::min(minibatch.size, begin + block_examples_);
  float* const d = &derivatives_[begin * width_];
  ComputeScores(minibatch, weights, width_, begin, end, d);
  const float* const example_weights = minibatch.weights_or_null();
  loss_.Derivative(
      end - begin, &minibatch.labels[begin],
      example_weights == nullptr ? nullptr : example_weights + begin, d,
      &block_loss_sums_[block * num_candidates_]);
  if (minibatch.sparse) return;
  const size_t features = minibatch.num_features;
  float* const gradient =
      &block_gradients_[block * minibatch.rows.size() * width_];
  const ConstMatrixMap x(minibatch.dense.data() + begin * features, end - begin,
                         features);
  const ConstMatrixMap derivatives(d, end - begin, width_);
  MatrixMap(gradient, 1, width_).row(0) = derivatives.colwise().sum();
  MatrixMap(gradient + width_, features, width_).noalias() =
      x.transpose() * derivatives;
}

void GradientKernel::GradientRows(size_t first, size_t stride, size_t count,
                                  float* out) const {
  for (size_t j = 0; j < count; ++j) {
    const size_t index = first + j * stride;
    if (minibatch_->sparse) {
      SparseRow(index, out + j * width_);
    } else {
      DenseRow(index, out + j * width_);
    }
  }
}

void GradientKernel::DenseRow(size_t index, float* out) const {
  const size_t block_floats = minibatch_->rows.size() * width_;
  const float* partial = &block_gradients_[index * width_];
  std::copy(partial, partial + width_, out);
  for (size_t block = 1; block < num_blocks_; ++block) {
    partial += block_floats;
    for (size_t k = 0; k < width_; ++k) out[k] += partial[k];
  }
}

void GradientKernel::SparseRow(size_t index, float* out) const {
  std::fill(out, out + width_, 0.0f);
  const float* const d = derivatives_.data();
  if (index == minibatch_->bias_index) {
    Accumulate(
        0, minibatch_->size, [&](size_t i) { return d + i * width_; },
        [](size_t) { return 1.0f; }, width_, out);
    return;
  }
  const Minibatch::RowValue* values = minibatch_->row_values.data();
  Accumulate(
      minibatch_->row_starts[index], minibatch_->row_starts[index + 1],
      [&](size_t j) { return d + size_t{values[j].example} * width_; },
      [&](size_t j) { return values[j].value; }, width_, out);
}

}  // namespace lineup

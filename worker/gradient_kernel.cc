#include "worker/gradient_kernel.h"

#include <algorithm>

#include "common/linear/flush_denormals.h"
#include "worker/dense_products.h"

namespace lineup {
namespace {

// Large enough for efficient products, small enough to share out.
constexpr size_t kSparseBlockExamples = 64;
constexpr size_t kMaxDenseBlocks = 16;  // bounds the partial gradients

// Terms of a sparse gradient row that are summed up apart, so that long sums
// keep their digits.
constexpr size_t kTermsPerSum = 256;

// out = start + sum of value_at(j) * row_at(j) for j in [begin, end), in
// registers, for kBlocks blocks of eight columns from `column` on.
template <int kBlocks, typename RowAt, typename ValueAt>
void AddRowsInBlocks(size_t begin, size_t end, RowAt row_at, ValueAt value_at,
                     size_t column, const float* start, float* out) {
  Float8 sum[kBlocks] = {};
  for (size_t j = begin; j < end; ++j) {
    const float* const row = row_at(j) + column;
    const Float8 value = Broadcast8(value_at(j));
    for (int b = 0; b < kBlocks; ++b) {
      sum[b] = MultiplyAdd8(value, Load8(row + b * kBlockColumns), sum[b]);
    }
  }
  for (int b = 0; b < kBlocks; ++b) {
    const size_t k = column + b * kBlockColumns;
    Store8(out + k, Load8(start + k) + sum[b]);
  }
}

// The same for all columns.
template <typename RowAt, typename ValueAt>
void AddRows(size_t begin, size_t end, RowAt row_at, ValueAt value_at,
             size_t width, const float* start, float* out) {
  size_t k = 0;
  for (; k + 4 * kBlockColumns <= width; k += 4 * kBlockColumns) {
    AddRowsInBlocks<4>(begin, end, row_at, value_at, k, start, out);
  }
  if (k + 2 * kBlockColumns <= width) {
    AddRowsInBlocks<2>(begin, end, row_at, value_at, k, start, out);
    k += 2 * kBlockColumns;
  }
  if (k < width) {
    AddRowsInBlocks<1>(begin, end, row_at, value_at, k, start, out);
  }
}

// weights_at(index) is where a row's weights are.
template <typename WeightsAt>
void SparseScores(const Minibatch& minibatch, WeightsAt weights_at,
                  size_t width, size_t begin, size_t end, float* scores) {
  const float* const bias = weights_at(minibatch.bias_index);
  for (size_t i = begin; i < end; ++i) {
    AddRows(
        minibatch.example_starts[i], minibatch.example_starts[i + 1],
        [&](size_t j) { return weights_at(minibatch.row_indexes[j]); },
        [&](size_t j) { return minibatch.values[j]; }, width, bias,
        scores + (i - begin) * width);
  }
}

void SparseScores(const Minibatch& minibatch, WeightsIn weights, size_t width,
                  size_t begin, size_t end, float* scores) {
  if (weights.places != nullptr) {
    SparseScores(
        minibatch, [&](size_t index) { return weights.places[index]; }, width,
        begin, end, scores);
  } else {
    SparseScores(
        minibatch, [&](size_t index) { return weights.values + index * width; },
        width, begin, end, scores);
  }
}

}  // namespace

void ComputeScores(const Minibatch& minibatch, WeightsIn weights, size_t width,
                   size_t begin, size_t end, float* scores) {
  const ScopedFlushDenormals flush;
  if (minibatch.sparse) {
    SparseScores(minibatch, weights, width, begin, end, scores);
    return;
  }
  DenseScores(DenseRows(minibatch.dense_rows).subspan(begin, end - begin),
              minibatch.num_features, weights.values, weights.values + width,
              width, {}, scores);
}

void GradientKernel::Compute(const Minibatch& minibatch, WeightsIn weights) {
  minibatch_ = &minibatch;
  const size_t n = minibatch.size;
  block_examples_ = kSparseBlockExamples;
  if (!minibatch.sparse) {
    const size_t parts = (n + kDenseBlockRows - 1) / kDenseBlockRows;
    block_examples_ =
        kDenseBlockRows * ((parts + kMaxDenseBlocks - 1) / kMaxDenseBlocks);
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

void GradientKernel::ComputeBlock(WeightsIn weights, size_t block) {
  const ScopedFlushDenormals flush;
  const size_t begin = block * block_examples_;
  const size_t end = std::min(minibatch_->size, begin + block_examples_);
  if (minibatch_->sparse) {
    float* const d = &derivatives_[begin * width_];
    SparseScores(*minibatch_, weights, width_, begin, end, d);
    ToDerivatives(block, begin, end, d);
  } else {
    ComputeDenseBlock(weights.values, block, begin, end);
  }
}

void GradientKernel::ComputeDenseBlock(const float* weights, size_t block,
                                       size_t begin, size_t end) {
  const DenseRows rows(minibatch_->dense_rows);
  const size_t features = minibatch_->num_features;
  const auto part_at = [&](size_t at) {
    return rows.subspan(std::min(at, rows.size()), kDenseBlockRows);
  };
  // The block that this thread will take next, as far as that can be known.
  const size_t next_begin = begin + block_examples_ * pool_.threads();
  const bool is_first = block < static_cast<size_t>(pool_.threads());
  if (is_first) PrefetchDenseRows(part_at(begin), features);
  float* const gradient =
      &block_gradients_[block * minibatch_->rows.size() * width_];
  std::fill(gradient, gradient + minibatch_->rows.size() * width_, 0.0f);
  for (size_t at = begin; at < end; at += kDenseBlockRows) {
    const DenseRows part = part_at(at);
    const size_t next_at = at + kDenseBlockRows;
    const DenseRows next = part_at(next_at < end ? next_at : next_begin);
    float* const d = &derivatives_[at * width_];
    DenseScores(part, features, weights, weights + width_, width_,
                next.first(next.size() / 2), d);
    ToDerivatives(block, at, at + part.size(), d);
    AddDenseGradient(part, features, d, width_, next.subspan(next.size() / 2),
                     gradient, gradient + width_);
  }
}

void GradientKernel::ToDerivatives(size_t block, size_t begin, size_t end,
                                   float* scores) {
  const float* const weights = minibatch_->weights_or_null();
  loss_.Derivative(end - begin, &minibatch_->labels[begin],
                   weights == nullptr ? nullptr : weights + begin, scores,
                   &block_loss_sums_[block * num_candidates_]);
}

void GradientKernel::GradientRows(size_t first, size_t stride, size_t count,
                                  float* out) const {
  const ScopedFlushDenormals flush;
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
  const float* const d = derivatives_.data();
  const auto sum = [&](size_t begin, size_t end, auto row_at, auto value_at) {
    const float* start = zeros_.data();
    do {
      const size_t part_end = std::min(begin + kTermsPerSum, end);
      AddRows(begin, part_end, row_at, value_at, width_, start, out);
      begin = part_end;
      start = out;
    } while (begin < end);
  };
  if (index == minibatch_->bias_index) {
    sum(
        0, minibatch_->size, [&](size_t i) { return d + i * width_; },
        [](size_t) { return 1.0f; });
    return;
  }
  const Minibatch::RowValue* const values = minibatch_->row_values.data();
  sum(
      minibatch_->row_starts[index], minibatch_->row_starts[index + 1],
      [&](size_t j) { return d + size_t{values[j].example} * width_; },
      [&](size_t j) { return values[j].value; });
}

}  // namespace lineup

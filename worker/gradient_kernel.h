// The arithmetic of one minibatch for all candidates at once: scores = X W,
// losses and their derivatives D, gradient = X^T D.
//
// The minibatch is cut into blocks of examples whose sizes depend on the
// minibatch alone, partial sums are added in block order, and every gradient
// row of sparse data is one sum in example order. So the result has the same
// bits whatever the number of threads.
//
// Thread safety: one minibatch at a time; the kernel itself uses the pool.

#ifndef LINEUP_WORKER_GRADIENT_KERNEL_H_
#define LINEUP_WORKER_GRADIENT_KERNEL_H_

#include <cstddef>
#include <vector>

#include "absl/types/span.h"
#include "common/base/thread_pool.h"
#include "common/linear/aligned.h"
#include "common/linear/loss.h"
#include "common/linear/weights_out.h"
#include "worker/minibatch.h"

namespace lineup {

// scores (rows x width) of examples [begin, end) of a minibatch under
// `weights` (minibatch.rows.size() x width, laid out by index; those of dense
// data without places).
void ComputeScores(const Minibatch& minibatch, WeightsIn weights, size_t width,
                   size_t begin, size_t end, float* scores);

class GradientKernel {
 public:
  GradientKernel(const LossFunction* loss, size_t width, size_t num_candidates,
                 ThreadPool* pool)
      : loss_(*loss),
        width_(width),
        num_candidates_(num_candidates),
        pool_(*pool),
        zeros_(width, 0.0f) {}

  // Computes losses and derivatives under `weights`; for dense data the
  // gradient, too. The minibatch must live until the last GradientRows call.
  void Compute(const Minibatch& minibatch, WeightsIn weights);

  // Sum of the losses of the minibatch, one per candidate.
  absl::Span<const double> loss_sums() const { return loss_sums_; }

  // Gradient sums of `count` rows with indexes first, first + stride, ... in
  // the minibatch's row set, count x width. May be called in parallel.
  void GradientRows(size_t first, size_t stride, size_t count,
                    float* out) const;

 private:
  void ComputeBlock(WeightsIn weights, size_t block);
  void ComputeDenseBlock(const float* weights, size_t block, size_t begin,
                         size_t end);
  // Turns the scores of examples [begin, end) into derivatives, and counts
  // their losses to the block.
  void ToDerivatives(size_t block, size_t begin, size_t end, float* scores);
  void DenseRow(size_t index, float* out) const;
  void SparseRow(size_t index, float* out) const;

  const LossFunction& loss_;
  size_t width_;
  size_t num_candidates_;
  ThreadPool& pool_;
  const AlignedFloats zeros_;  // a row of them

  const Minibatch* minibatch_ = nullptr;
  size_t block_examples_ = 0;
  size_t num_blocks_ = 0;
  AlignedFloats derivatives_;            // size x width
  std::vector<double> block_loss_sums_;  // blocks x candidates
  std::vector<double> loss_sums_;
  AlignedFloats block_gradients_;  // dense: blocks x (features + 1) x width
};

}  // namespace lineup

#endif  // LINEUP_WORKER_GRADIENT_KERNEL_H_

// GradientKernel of the columns that weights come with: those of all
// candidates, or of groups of them that have trained the same model so far
// (WeightsOut).
//
// Thread safety: as GradientKernel's.

#ifndef LINEUP_WORKER_LINEUP_KERNEL_H_
#define LINEUP_WORKER_LINEUP_KERNEL_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "common/base/thread_pool.h"
#include "common/linear/candidate_groups.h"
#include "common/linear/gradient_rows.h"
#include "common/linear/lineup_columns.h"
#include "common/linear/loss.h"
#include "common/linear/weights_out.h"
#include "worker/gradient_kernel.h"
#include "worker/minibatch.h"

namespace lineup {

class LineupKernel {
 public:
  // `class_weights` as LossFunction takes them. They, `columns` and their
  // `groupings` must outlive the kernel.
  LineupKernel(LossType loss, const LineupColumns* columns,
               const CandidateGroupings* groupings,
               const std::vector<float>* class_weights, ThreadPool* pool);

  // Of all candidates.
  size_t width() const { return columns_.width(); }

  // Computes losses and derivatives under `weights`, which have the columns of
  // so many groups (0: of all candidates).
  void Compute(const Minibatch& minibatch, WeightsIn weights, uint32_t groups);

  // What Compute has computed, for Push; `rows` is a GradientRows.
  void GradientRows(size_t first, size_t stride, size_t count,
                    float* out) const {
    kernel_->GradientRows(first, stride, count, out);
  }
  absl::Span<const double> loss_sums() const { return loss_sums_; }
  uint32_t groups() const { return num_groups_; }

 private:
  void Prepare(uint32_t groups);

  const LossType loss_type_;
  const LineupColumns& columns_;
  const std::vector<float>& class_weights_;
  ThreadPool& pool_;
  const CandidateGroupings& groupings_;

  // Of the groups that weights came with last.
  uint32_t num_groups_ = 0;
  const CandidateGroups* groups_ = nullptr;
  std::unique_ptr<LossFunction> loss_;
  std::unique_ptr<GradientKernel> kernel_;
  std::vector<double> loss_sums_;  // by candidate
};

}  // namespace lineup

#endif  // LINEUP_WORKER_LINEUP_KERNEL_H_

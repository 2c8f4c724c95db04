#include "worker/lineup_kernel.h"

#include "glog/logging.h"

namespace lineup {

LineupKernel::LineupKernel(LossType loss, const LineupColumns* columns,
                           const CandidateGroupings* groupings,
                           const std::vector<float>* class_weights,
                           ThreadPool* pool)
    : loss_type_(loss),
      columns_(*columns),
      class_weights_(*class_weights),
      pool_(*pool),
      groupings_(*groupings),
      loss_sums_(columns_.num_candidates()) {}

void LineupKernel::Prepare(uint32_t groups) {
  if (groups_ != nullptr && groups == num_groups_) return;
  num_groups_ = groups;
  groups_ = groupings_.OfSize(groups);
  CHECK(groups_ != nullptr) << groups << " groups, at no time";
  const LineupColumns columns = columns_.Keep(groups_->first_of_group());
  loss_ = std::make_unique<LossFunction>(loss_type_, columns, class_weights_);
  kernel_ = std::make_unique<GradientKernel>(loss_.get(), columns.width(),
                                             columns.num_candidates(), &pool_);
}

void LineupKernel::Compute(const Minibatch& minibatch, WeightsIn weights,
                           uint32_t groups) {
  Prepare(groups);
  kernel_->Compute(minibatch, weights);
  for (size_t c = 0; c < loss_sums_.size(); ++c) {
    loss_sums_[c] = kernel_->loss_sums()[groups_->group_of(c)];
  }
}

}  // namespace lineup

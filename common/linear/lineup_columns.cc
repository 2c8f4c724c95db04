#include "common/linear/lineup_columns.h"

#include <utility>

#include "common/linear/aligned.h"

namespace lineup {

LineupColumns::LineupColumns(std::vector<Candidate> candidates, size_t outputs)
    : candidates_(std::move(candidates)),
      outputs_(outputs),
      first_column_(candidates_.size()) {
  for (const OptimizerType optimizer :
       {OptimizerType::kSgd, OptimizerType::kAdam, OptimizerType::kAdagrad,
        OptimizerType::kRmsprop, OptimizerType::kFtrl}) {
    for (size_t c = 0; c < candidates_.size(); ++c) {
      if (candidates_[c].optimizer != optimizer) continue;
      first_column_[c] = candidate_of_column_.size();
      candidate_of_column_.insert(candidate_of_column_.end(), outputs_,
                                  static_cast<int>(c));
    }
    while (candidate_of_column_.size() % kBlockColumns != 0) {
      candidate_of_column_.push_back(-1);
    }
    optimizer_of_block_.resize(candidate_of_column_.size() / kBlockColumns,
                               optimizer);
  }
}

}  // namespace lineup

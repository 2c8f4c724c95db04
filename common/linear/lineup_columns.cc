#include "common/linear/lineup_columns.h"

#include <utility>

#include "common/linear/aligned.h"
#include "glog/logging.h"

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

LineupColumns LineupColumns::Keep(absl::Span<const size_t> positions) const {
  std::vector<Candidate> kept;
  for (size_t i = 0; i < positions.size(); ++i) {
    CHECK_LT(positions[i], num_candidates());
    if (i > 0) CHECK_LT(positions[i - 1], positions[i]);
    kept.push_back(candidates_[positions[i]]);
  }
  return LineupColumns(std::move(kept), outputs_);
}

std::vector<ColumnRun> ColumnRuns(const LineupColumns& from,
                                  const LineupColumns& to,
                                  absl::Span<const size_t> sources) {
  CHECK_EQ(sources.size(), to.num_candidates());
  std::vector<ColumnRun> runs;
  for (size_t k = 0; k < to.width(); ++k) {
    const int c = to.candidate_of_column(k);
    if (c < 0) continue;
    const size_t source =
        from.first_column(sources[c]) + k - to.first_column(c);
    if (!runs.empty() && source == runs.back().from + runs.back().size &&
        k == runs.back().to + runs.back().size) {
      ++runs.back().size;
    } else {
      runs.push_back({source, k, 1});
    }
  }
  return runs;
}

}  // namespace lineup

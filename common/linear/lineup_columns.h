// The columns of the weight matrix: which candidate and output stands where.
//
// Every candidate has `outputs` columns side by side (one for binary
// classification and regression, num_classes for multiclass). Candidates with
// the same optimizer stand together, and each such group is padded to whole
// blocks of eight columns, so that a block has one optimizer and the inner
// loops have no remainder. Padding columns hold zeros for ever.
//
// Thread safety: immutable after construction.

#ifndef LINEUP_COMMON_LINEAR_LINEUP_COLUMNS_H_
#define LINEUP_COMMON_LINEAR_LINEUP_COLUMNS_H_

#include <algorithm>
#include <cstddef>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "common/linear/candidate.h"
#include "common/linear/types.h"

namespace lineup {

// Columns that lie side by side in a row of one lineup and in one of another.
struct ColumnRun {
  size_t from;
  size_t to;
  size_t size;
};

// Columns that lie side by side in a row.
struct ColumnRange {
  size_t first;
  size_t size;
};

class LineupColumns {
 public:
  LineupColumns() = default;
  LineupColumns(std::vector<Candidate> candidates, size_t outputs);

  const std::vector<Candidate>& candidates() const { return candidates_; }
  size_t num_candidates() const { return candidates_.size(); }
  size_t outputs() const { return outputs_; }
  // Width of a row of the weight matrix, padding included: a multiple of 8.
  size_t width() const { return candidate_of_column_.size(); }
  size_t num_blocks() const { return width() / 8; }

  // First column of candidate number `candidate` (position in candidates()).
  size_t first_column(size_t candidate) const {
    return first_column_[candidate];
  }
  // The columns of one candidate, or all of a row's, padding included.
  ColumnRange ColumnsOf(std::optional<size_t> candidate) const {
    if (!candidate.has_value()) return {0, width()};
    return {first_column(*candidate), outputs_};
  }
  // Position of the candidate of a column, or -1 for padding.
  int candidate_of_column(size_t column) const {
    return candidate_of_column_[column];
  }
  OptimizerType optimizer_of_block(size_t block) const {
    return optimizer_of_block_[block];
  }

  // The lineup that remains when all other candidates are dropped: those at
  // the given positions, which ascend. They keep their index, so that they go
  // on being the same candidates.
  LineupColumns Keep(absl::Span<const size_t> positions) const;

 private:
  std::vector<Candidate> candidates_;
  size_t outputs_ = 1;
  std::vector<size_t> first_column_;
  std::vector<int> candidate_of_column_;
  std::vector<OptimizerType> optimizer_of_block_;
};

// Where the columns of `to` come from, whose candidate at position c is the one
// at position sources[c] of `from`; its other columns are padding.
std::vector<ColumnRun> ColumnRuns(const LineupColumns& from,
                                  const LineupColumns& to,
                                  absl::Span<const size_t> sources);

// Copies columns from a row of one lineup to a row of another.
template <typename T>
void CopyColumns(absl::Span<const ColumnRun> runs, const T* from, T* to) {
  for (const ColumnRun& run : runs) {
    std::copy_n(from + run.from, run.size, to + run.to);
  }
}

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_LINEUP_COLUMNS_H_

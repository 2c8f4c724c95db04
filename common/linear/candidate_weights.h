// Copies one candidate out of the weight matrix, which holds all of them side
// by side, wherever its rows lie.

#ifndef LINEUP_COMMON_LINEAR_CANDIDATE_WEIGHTS_H_
#define LINEUP_COMMON_LINEAR_CANDIDATE_WEIGHTS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "common/linear/lineup_columns.h"
#include "common/linear/peek_rows.h"
#include "common/linear/row_set.h"

namespace lineup {

// The weights of one candidate, in the units of training (normalised).
struct CandidateWeights {
  uint32_t num_features = 0;
  std::vector<float> weights;  // num_features x outputs, row-major
  std::vector<float> bias;     // outputs
};

// `candidate` is a position in columns.candidates().
absl::StatusOr<CandidateWeights> CopyCandidate(const LineupColumns& columns,
                                               size_t candidate,
                                               uint32_t num_features,
                                               PeekRows peek);

// Puts the rows of `weights` where the first candidate of `columns` has its
// columns (rows.size() x width floats; zero elsewhere and for features beyond
// the weights'): what a lineup of this one candidate would read.
void ReadCandidate(const CandidateWeights& weights,
                   const LineupColumns& columns, const RowSet& rows,
                   float* out);

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_CANDIDATE_WEIGHTS_H_

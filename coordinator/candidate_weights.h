// Copies one candidate out of the weight matrix, which holds all of them side
// by side, wherever its rows lie.

#ifndef LINEUP_COORDINATOR_CANDIDATE_WEIGHTS_H_
#define LINEUP_COORDINATOR_CANDIDATE_WEIGHTS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/linear/lineup_columns.h"
#include "common/linear/row_set.h"

namespace lineup {

// The weights of one candidate, in the units of training (normalised).
struct CandidateWeights {
  uint32_t num_features = 0;
  std::vector<float> weights;  // num_features x outputs, row-major
  std::vector<float> bias;     // outputs
};

// Reads rows: rows.size() x columns.width() floats into `out`.
using PeekRows =
    absl::FunctionRef<absl::Status(const RowSet& rows, float* out)>;

// `candidate` is a position in columns.candidates().
absl::StatusOr<CandidateWeights> CopyCandidate(const LineupColumns& columns,
                                               size_t candidate,
                                               uint32_t num_features,
                                               PeekRows peek);

}  // namespace lineup

#endif  // LINEUP_COORDINATOR_CANDIDATE_WEIGHTS_H_

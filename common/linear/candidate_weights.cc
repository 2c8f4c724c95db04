#include "common/linear/candidate_weights.h"

#include <algorithm>
#include <utility>

#include "common/base/status_macros.h"
#include "common/linear/aligned.h"

namespace lineup {
namespace {

// Of weights that are read at a time. On a cluster, at most as much again is
// sent to name the rows.
constexpr size_t kBytesAtATime = size_t{1} << 20;

}  // namespace

absl::StatusOr<CandidateWeights> CopyCandidate(const LineupColumns& columns,
                                               size_t candidate,
                                               uint32_t num_features,
                                               PeekRows peek) {
  const size_t outputs = columns.outputs();
  const uint64_t rows_at_a_time =
      std::max<uint64_t>(1, kBytesAtATime / (outputs * sizeof(float)));
  CandidateWeights result;
  result.num_features = num_features;
  result.weights.resize(size_t{num_features} * outputs);
  result.bias.resize(outputs);
  const uint64_t num_rows = uint64_t{num_features} + 1;
  AlignedFloats buffer;
  for (uint64_t begin = 0; begin < num_rows; begin += rows_at_a_time) {
    const uint64_t end = std::min(num_rows, begin + rows_at_a_time);
    const RowSet rows = RowSet::Range(begin, end);
    buffer.resize(rows.size() * outputs);
    LINEUP_RETURN_IF_ERROR(peek(rows, candidate, buffer.data()));
    for (size_t i = 0; i < rows.size(); ++i) {
      const float* from = &buffer[i * outputs];
      float* to = rows.row(i) == kBiasRow
                      ? result.bias.data()
                      : &result.weights[(rows.row(i) - 1) * outputs];
      std::copy(from, from + outputs, to);
    }
  }
  return result;
}

void ReadCandidate(const CandidateWeights& weights,
                   const LineupColumns& columns, const RowSet& rows,
                   float* out) {
  const size_t outputs = columns.outputs();
  std::fill(out, out + rows.size() * columns.width(), 0.0f);
  for (size_t i = 0; i < rows.size(); ++i) {
    const uint32_t row = rows.row(i);
    if (row > weights.num_features) continue;
    const float* from = row == kBiasRow ? weights.bias.data()
                                        : &weights.weights[(row - 1) * outputs];
    std::copy(from, from + outputs,
              out + i * columns.width() + columns.first_column(0));
  }
}

}  // namespace lineup

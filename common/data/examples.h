// A block of parsed examples: what every parser produces and everything after
// parsing (normaliser, cache, trainer, evaluation, prediction) consumes.
//
// One block is either dense or sparse throughout. Labels are kept as they
// stand in the file (-1/+1 stays -1/+1); mapping them is the trainer's task.
// All numbers are finite: the parsers refuse NaN and infinities.
//
// A plain value: copy, move and share it as any struct of vectors.

#ifndef LINEUP_COMMON_DATA_EXAMPLES_H_
#define LINEUP_COMMON_DATA_EXAMPLES_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "common/base/aligned_vector.h"

namespace lineup {

struct Examples {
  bool sparse = false;

  // Dense: the width of a row. Sparse: every id is below it; where the width
  // of the data is not known (Schema::num_features is 0) it is this block's
  // own 1 + highest id.
  uint32_t num_features = 0;

  // One entry an example; empty only when the source is unlabelled.
  std::vector<float> labels;

  // One entry an example, or empty: all 1.
  std::vector<float> weights;

  // Dense: size() x num_features, row-major. Sparse: beside feature_ids.
  AlignedFloats values;

  // Sparse only: 0-based, strictly ascending within a row.
  AlignedUint32s feature_ids;

  // Sparse only: size() + 1 entries; row i is [row_starts[i], row_starts[i+1]).
  std::vector<uint64_t> row_starts;

  // Number of examples.
  size_t size() const {
    if (sparse) return row_starts.empty() ? 0 : row_starts.size() - 1;
    if (!labels.empty()) return labels.size();
    return num_features == 0 ? 0 : values.size() / num_features;
  }
  bool empty() const { return size() == 0; }
  bool labelled() const { return !labels.empty(); }

  // Memory that the vectors' contents take.
  uint64_t bytes() const {
    return 4 * (labels.size() + weights.size() + values.size() +
                feature_ids.size()) +
           8 * row_starts.size();
  }
};

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_EXAMPLES_H_

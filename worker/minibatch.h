// One minibatch in the shape that the gradient kernel reads: features by
// example for the scores, and, for sparse data, by row of the weight matrix
// for the gradient.
//
// Thread safety: a plain value; a MinibatchBuilder belongs to one thread.

#ifndef LINEUP_WORKER_MINIBATCH_H_
#define LINEUP_WORKER_MINIBATCH_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "common/data/examples.h"
#include "common/linear/aligned.h"
#include "common/linear/row_set.h"

namespace lineup {

// One example of a block.
struct ExampleRef {
  const Examples* block;
  uint32_t row;
};

struct Minibatch {
  size_t size = 0;
  bool sparse = false;
  std::vector<float> labels;
  std::vector<float> weights;  // empty: all 1

  // The rows of the weight matrix that the minibatch touches, the bias among
  // them. Dense: all of them.
  RowSet rows;

  // Dense: size x num_features, row-major.
  uint32_t num_features = 0;
  AlignedFloats dense;

  // Sparse, by example: the non-zeros of example i are [example_starts[i],
  // example_starts[i + 1]), each with its row's index in `rows`.
  std::vector<uint32_t> example_starts;
  std::vector<uint32_t> row_indexes;
  std::vector<float> values;
  // Sparse, by row: the same non-zeros of row index r, in example order.
  struct RowValue {
    uint32_t example;
    float value;
  };
  std::vector<uint32_t> row_starts;
  std::vector<RowValue> row_values;
  uint32_t bias_index = 0;  // of the bias row in `rows`

  const float* weights_or_null() const {
    return weights.empty() ? nullptr : weights.data();
  }
};

// Gathers examples into minibatches, reusing their memory.
class MinibatchBuilder {
 public:
  // Fills `minibatch` with the examples, which must all be sparse or all be
  // dense with the same number of features.
  void Build(absl::Span<const ExampleRef> examples, Minibatch* minibatch);

 private:
  void GatherDense(absl::Span<const ExampleRef> examples, Minibatch* out);
  void GatherSparse(absl::Span<const ExampleRef> examples, Minibatch* out);
  void PrefetchSeen(const ExampleRef& example) const;
  void GroupRows(Minibatch* out);
  void Transpose(Minibatch* out);

  // By feature: 1 + the position in distinct_ of its row; 0 between
  // minibatches.
  AlignedVector<uint32_t> seen_;
  std::vector<uint32_t> distinct_;     // rows in order of first appearance
  std::vector<uint32_t> occurrences_;  // of each distinct row
  std::vector<uint32_t> grouped_;      // distinct row -> index by stripe
  std::vector<uint32_t> cursor_;
};

}  // namespace lineup

#endif  // LINEUP_WORKER_MINIBATCH_H_

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

  // Dense: where the features of each example lie, num_features each. They are
  // not copied: the blocks of the examples must live until the gradient has
  // been computed.
  uint32_t num_features = 0;
  std::vector<const float*> dense_rows;

  // Sparse, by example: the non-zeros of example i are [example_starts[i],
  // example_starts[i + 1]), each with its row's index in `rows`.
  std::vector<uint32_t> example_starts;
  std::vector<uint32_t> row_indexes;
  std::vector<float> values;
  // Sparse, by row: the same non-zeros of row index r, in example order, are
  // [row_starts[r], row_starts[r + 1]). The bias has none.
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
//
// The non-zeros of sparse examples are sorted by row with a radix sort, which
// keeps example order within a row. That costs the same few nanoseconds for
// each whatever the number of features, and needs no memory for those that a
// minibatch does not have.
class MinibatchBuilder {
 public:
  // Fills `minibatch` with the examples, of which there is at least one. All
  // must be sparse, or all dense with the same number of features. Non-zeros of
  // one minibatch are fewer than 2^32.
  void Build(absl::Span<const ExampleRef> examples, Minibatch* minibatch);

 private:
  class StripeOrder;
  // A non-zero: the number of its row (StripeOrder) in the upper half, its
  // position in example order in the lower.
  using SortKey = uint64_t;

  void CopyLabels(absl::Span<const ExampleRef> examples, Minibatch* out);
  void ListDenseRows(absl::Span<const ExampleRef> examples, Minibatch* out);
  void GatherSparse(absl::Span<const ExampleRef> examples,
                    const StripeOrder& order, Minibatch* out);
  // By the lower `bits` of the upper half.
  void SortKeys(int bits);
  void GroupByRow(const StripeOrder& order, Minibatch* out);

  std::vector<SortKey> keys_;
  std::vector<SortKey> sorted_;  // scratch of the sort
  std::vector<uint32_t> counts_;
  std::vector<uint32_t> example_of_;  // by position
};

}  // namespace lineup

#endif  // LINEUP_WORKER_MINIBATCH_H_

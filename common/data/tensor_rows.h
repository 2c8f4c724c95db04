// Turns the tensors of RecordIO-protobuf and JSON Lines records into examples,
// the part that the two formats share.
//
// A tensor is dense (values, perhaps a shape) or sparse (keys into the
// flattened shape, one value each). Records of both kinds may stand in one
// file; what comes out is what the layout says.

#ifndef LINEUP_COMMON_DATA_TENSOR_ROWS_H_
#define LINEUP_COMMON_DATA_TENSOR_ROWS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "common/data/examples.h"
#include "common/data/record_parser.h"
#include "common/data/schema.h"

namespace lineup {

// What the records of one file hold.
struct TensorLayout {
  // Of the blocks that are made.
  bool sparse = false;
  uint32_t num_features = 0;
  // False: records may come without a label, and labels are passed over.
  bool labelled = true;
};

// Of a search for the layout of a file in its first good record.
enum class LayoutResult {
  kFound,
  kIncomplete,  // the end of the first record is not in the bytes given
  kBad          // no record in them is good
};

struct Tensor {
  std::vector<float> values;
  std::vector<uint64_t> keys;
  std::vector<uint64_t> shape;
  // The first value that was finite until it became a float, and its place.
  struct TooLarge {
    size_t index;
    double value;
  };
  absl::optional<TooLarge> too_large;

  // A row without any value is sparse if it has a shape.
  bool sparse() const {
    return !keys.empty() || (values.empty() && !shape.empty());
  }
  void Clear();
};

// What is wrong with a tensor or a label.
struct TensorError {
  // "label", "feature 3" or nothing.
  std::string name;
  std::string message;
};

// The number of features that `tensor` is one row of; an error if it does not
// say.
absl::optional<TensorError> TensorWidth(const Tensor& tensor,
                                        uint32_t* num_features);

class TensorRows {
 public:
  TensorRows(const TensorLayout& layout, const LabelDomain& label_domain,
             const BlockLimits& limits);

  // Sets up a block without examples. `expected_rows`: for allocation.
  void Start(uint64_t expected_rows, Examples* block) const;

  enum class Outcome { kTaken, kFull, kBad };

  // Appends one example. kFull: it belongs into the next block, and nothing
  // has changed. `features` may be reordered; `label`, null if there is none,
  // is not looked at for unlabelled data.
  Outcome Append(Tensor* features, const Tensor* label, Examples* block,
                 TensorError* error);

 private:
  bool Full(const Tensor& features, const Examples& block) const;
  absl::optional<TensorError> CheckLabel(const Tensor* label) const;
  absl::optional<TensorError> CheckFeatures(Tensor* features);
  absl::optional<TensorError> TakeKeys(Tensor* features);
  void AppendDense(const Tensor& features, Examples* block) const;
  void AppendSparse(const Tensor& features, Examples* block) const;

  const TensorLayout layout_;
  const LabelDomain label_domain_;
  const BlockLimits limits_;
  const size_t max_rows_;
  // The keys of the sparse tensor at hand.
  std::vector<uint32_t> ids_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_TENSOR_ROWS_H_

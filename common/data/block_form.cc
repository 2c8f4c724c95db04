#include "common/data/block_form.h"

#include <utility>

#include "glog/logging.h"

namespace lineup {

Examples ToSparse(Examples dense) {
  CHECK(!dense.sparse);
  const size_t rows = dense.size();
  Examples sparse;
  sparse.sparse = true;
  sparse.num_features = dense.num_features;
  sparse.row_starts.reserve(rows + 1);
  sparse.row_starts.push_back(0);
  const float* value = dense.values.data();
  for (size_t row = 0; row < rows; ++row) {
    for (uint32_t id = 0; id < dense.num_features; ++id, ++value) {
      if (*value == 0) continue;
      sparse.feature_ids.push_back(id);
      sparse.values.push_back(*value);
    }
    sparse.row_starts.push_back(sparse.values.size());
  }
  sparse.labels = std::move(dense.labels);
  sparse.weights = std::move(dense.weights);
  return sparse;
}

Examples ToDense(Examples sparse, uint32_t num_features) {
  CHECK(sparse.sparse);
  CHECK_LE(sparse.num_features, num_features);
  const size_t rows = sparse.size();
  Examples dense;
  dense.num_features = num_features;
  dense.values.resize(rows * num_features);
  for (size_t row = 0; row < rows; ++row) {
    float* const values = dense.values.data() + row * num_features;
    for (uint64_t i = sparse.row_starts[row]; i < sparse.row_starts[row + 1];
         ++i) {
      values[sparse.feature_ids[i]] = sparse.values[i];
    }
  }
  dense.labels = std::move(sparse.labels);
  dense.weights = std::move(sparse.weights);
  return dense;
}

}  // namespace lineup

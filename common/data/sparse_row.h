// The order of the features in a row of sparse data. The formats allow any;
// in Examples they ascend.

#ifndef LINEUP_COMMON_DATA_SPARSE_ROW_H_
#define LINEUP_COMMON_DATA_SPARSE_ROW_H_

#include <cstdint>

#include "absl/types/optional.h"
#include "absl/types/span.h"

namespace lineup {

// Sorts a row, ids and values alike, by id. Returns an id that occurs more
// than once, if there is one. Rows in order cost one comparison a feature.
absl::optional<uint32_t> SortSparseRow(absl::Span<uint32_t> ids,
                                       absl::Span<float> values);

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_SPARSE_ROW_H_

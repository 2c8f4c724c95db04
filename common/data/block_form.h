// Turns dense blocks of examples into sparse ones and back: data in one form
// for a model that was trained on the other.

#ifndef LINEUP_COMMON_DATA_BLOCK_FORM_H_
#define LINEUP_COMMON_DATA_BLOCK_FORM_H_

#include <cstdint>

#include "common/data/examples.h"

namespace lineup {

// Zeros are left out. `dense` must not be sparse.
Examples ToSparse(Examples dense);

// `sparse` must be so, with all its ids below `num_features`.
Examples ToDense(Examples sparse, uint32_t num_features);

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_BLOCK_FORM_H_

// The element types of MXNet's arrays, by their type flags (MXNet 1.9
// 3rdparty/mshadow/mshadow/base.h, TypeFlag), and their conversion to float32.
//
// Pure functions.

#ifndef LINEUP_COMMON_MODEL_NDARRAY_ELEMENTS_H_
#define LINEUP_COMMON_MODEL_NDARRAY_ELEMENTS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"

namespace lineup {

struct NdArrayElementType {
  absl::string_view name;
  size_t bytes;
};

// Flags run from 0 (float32) to kNumNdArrayElementTypes - 1.
constexpr int32_t kNdArrayFloat32 = 0;
constexpr int32_t kNumNdArrayElementTypes = 13;

// `flag` must be one of them.
const NdArrayElementType& ElementTypeOf(int32_t flag);

// The elements in `raw`, a whole number of them.
std::vector<float> ElementsToFloat(int32_t flag, absl::string_view raw);

}  // namespace lineup

#endif  // LINEUP_COMMON_MODEL_NDARRAY_ELEMENTS_H_

// Reads and writes MXNet's list of named arrays (".params" files), the format
// in which the weights inside a model archive are kept.
//
// Layout, little-endian (MXNet 1.9 src/ndarray/ndarray.cc, include/mxnet/
// tuple.h, dmlc-core include/dmlc/serializer.h):
//
//   u64 0x112 | u64 0 | u64 N | N x array | u64 K (0 or N) | K x (u64 length,
//   bytes)
//
// The reader understands the array versions V0 to V3, dense storage and every
// element type that float32 can represent at least approximately; values are
// converted to float32, a V3 scalar to an array of shape (1). The writer writes
// V2, float32, on device cpu(0), which is what MXNet itself has written
// since 1.0.
//
// A file is a stranger: every length in it is checked against the bytes that
// are really there before memory is taken. Errors are INVALID_ARGUMENT and say
// `file`, the byte offset, what was found and what was expected.

#ifndef LINEUP_COMMON_MODEL_NDARRAY_FILE_H_
#define LINEUP_COMMON_MODEL_NDARRAY_FILE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace lineup {

struct NdArray {
  std::string name;            // e.g. "arg:fc0_weight"; empty if not named
  std::vector<int64_t> shape;  // empty: no elements at all
  std::vector<float> values;   // row-major, as many as the shape's product
};

// `file` only names the source in errors.
absl::StatusOr<std::vector<NdArray>> ParseNdArrayFile(absl::string_view bytes,
                                                      absl::string_view file);

// Every array's values must be as many as its shape says (our own bug if not).
std::string SerializeNdArrayFile(absl::Span<const NdArray> arrays);

}  // namespace lineup

#endif  // LINEUP_COMMON_MODEL_NDARRAY_FILE_H_

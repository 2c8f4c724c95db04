// Bytes read from the start to the end, wherever they come from.

#ifndef LINEUP_COMMON_DATA_BYTE_SOURCE_H_
#define LINEUP_COMMON_DATA_BYTE_SOURCE_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace lineup {

// For one thread at a time.
class ByteSource {
 public:
  virtual ~ByteSource() = default;

  // Puts the next bytes into `buffer`, which is not empty, and returns how
  // many: 0 only at the end. An error comes after all bytes before it have
  // been handed out, and names the file.
  virtual absl::StatusOr<size_t> Read(absl::Span<char> buffer) = 0;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_BYTE_SOURCE_H_

// Bytes that are in memory already: the beginning of a pipe, or a test's text.

#ifndef LINEUP_COMMON_DATA_MEMORY_SOURCE_H_
#define LINEUP_COMMON_DATA_MEMORY_SOURCE_H_

#include <algorithm>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/data/byte_source.h"

namespace lineup {

class MemorySource : public ByteSource {
 public:
  // Hands out at most `max_read` bytes at once.
  explicit MemorySource(std::string bytes, size_t max_read = SIZE_MAX)
      : bytes_(std::move(bytes)), max_read_(max_read) {}

  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
    const size_t size =
        std::min({buffer.size(), max_read_, bytes_.size() - next_});
    std::copy_n(bytes_.data() + next_, size, buffer.data());
    next_ += size;
    return size;
  }

 private:
  const std::string bytes_;
  const size_t max_read_;
  size_t next_ = 0;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_MEMORY_SOURCE_H_

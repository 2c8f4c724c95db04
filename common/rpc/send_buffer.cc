#include "common/rpc/send_buffer.h"

#include <algorithm>
#include <new>

namespace lineup {
namespace {

constexpr size_t kCacheLine = 64;

}  // namespace

SendBuffer::SendBuffer(size_t size) : size_(size) {
  // The size must be a multiple of the alignment.
  const size_t rounded =
      (std::max<size_t>(size, 1) + kCacheLine - 1) / kCacheLine * kCacheLine;
  data_.reset(static_cast<char*>(std::aligned_alloc(kCacheLine, rounded)));
  if (data_ == nullptr) throw std::bad_alloc();
}

}  // namespace lineup

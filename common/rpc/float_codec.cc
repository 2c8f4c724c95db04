#include "common/rpc/float_codec.h"

#include <algorithm>

namespace lineup {
namespace {

// Converted at a time: stays in the first-level cache.
constexpr size_t kBlock = 1024;

}  // namespace

void FloatWriter::WriteBfloat16(const float* values, size_t count) {
  uint16_t block[kBlock];
  while (count > 0) {
    const size_t n = std::min(count, kBlock);
    for (size_t i = 0; i < n; ++i) block[i] = Bfloat16FromFloat(values[i]);
    std::memcpy(out_, block, n * sizeof(uint16_t));
    out_ += n * sizeof(uint16_t);
    values += n;
    count -= n;
  }
}

void FloatReader::ReadBfloat16(float* out, size_t count) {
  uint16_t block[kBlock];
  while (count > 0) {
    const size_t n = std::min(count, kBlock);
    payload_.Read(block, n * sizeof(uint16_t));
    for (size_t i = 0; i < n; ++i) out[i] = FloatFromBfloat16(block[i]);
    out += n;
    count -= n;
  }
}

}  // namespace lineup

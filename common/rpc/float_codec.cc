#include "common/rpc/float_codec.h"

#include <algorithm>

namespace lineup {
namespace {

// Converted at a time: stays in the first-level cache.
constexpr size_t kBlock = 1024;

}  // namespace

void EncodeBfloat16(const float* values, size_t count, char* out) {
  uint16_t block[kBlock];
  while (count > 0) {
    const size_t n = std::min(count, kBlock);
    for (size_t i = 0; i < n; ++i) block[i] = Bfloat16FromFloat(values[i]);
    std::memcpy(out, block, n * sizeof(uint16_t));
    out += n * sizeof(uint16_t);
    values += n;
    count -= n;
  }
}

void DecodeBfloat16(const char* bytes, size_t count, float* out) {
  uint16_t block[kBlock];
  while (count > 0) {
    const size_t n = std::min(count, kBlock);
    std::memcpy(block, bytes, n * sizeof(uint16_t));
    for (size_t i = 0; i < n; ++i) out[i] = FloatFromBfloat16(block[i]);
    bytes += n * sizeof(uint16_t);
    out += n;
    count -= n;
  }
}

void FloatReader::ReadBfloat16(float* out, size_t count) {
  char block[kBlock * sizeof(uint16_t)];
  while (count > 0) {
    const size_t n = std::min(count, kBlock);
    payload_.Read(block, n * sizeof(uint16_t));
    DecodeBfloat16(block, n, out);
    out += n;
    count -= n;
  }
}

}  // namespace lineup

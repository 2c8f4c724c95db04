#ifndef LINEUP_COMMON_RPC_FLOAT_CODEC_H_
#define LINEUP_COMMON_RPC_FLOAT_CODEC_H_

// Arrays of floats as bytes on the wire: little-endian float32, or bfloat16.

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "common/base/bfloat16.h"
#include "common/rpc/payload.h"

namespace lineup {

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "The wire is little-endian; this machine would need to swap bytes."
#endif

enum class FloatFormat { kFloat32, kBfloat16 };

constexpr size_t BytesPerFloat(FloatFormat format) {
  return format == FloatFormat::kFloat32 ? sizeof(float) : sizeof(uint16_t);
}

void EncodeBfloat16(const float* values, size_t count, char* out);
void DecodeBfloat16(const char* bytes, size_t count, float* out);

// Writes `count` numbers to `out`, which has room for them.
inline void EncodeFloats(FloatFormat format, const float* values, size_t count,
                         char* out) {
  if (count == 0) return;  // the pointers may be null
  if (format == FloatFormat::kFloat32) {
    std::memcpy(out, values, count * sizeof(float));
  } else {
    EncodeBfloat16(values, count, out);
  }
}

// Reads `count` numbers; `bytes` need not be aligned.
inline void DecodeFloats(FloatFormat format, const char* bytes, size_t count,
                         float* out) {
  if (count == 0) return;  // the pointers may be null
  if (format == FloatFormat::kFloat32) {
    std::memcpy(out, bytes, count * sizeof(float));
  } else {
    DecodeBfloat16(bytes, count, out);
  }
}

// Reads numbers from a payload that holds enough of them.
class FloatReader {
 public:
  FloatReader(FloatFormat format, const PayloadView& payload)
      : format_(format), payload_(payload) {}

  void Read(float* out, size_t count) {
    if (format_ == FloatFormat::kFloat32) {
      payload_.Read(out, count * sizeof(float));
    } else {
      ReadBfloat16(out, count);
    }
  }

 private:
  void ReadBfloat16(float* out, size_t count);

  FloatFormat format_;
  PayloadReader payload_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_FLOAT_CODEC_H_

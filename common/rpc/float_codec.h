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

// Appends floats to a buffer that is large enough.
class FloatWriter {
 public:
  FloatWriter(FloatFormat format, char* out) : format_(format), out_(out) {}

  void Write(const float* values, size_t count) {
    if (count == 0) return;  // `values` may be null
    if (format_ == FloatFormat::kFloat32) {
      std::memcpy(out_, values, count * sizeof(float));
      out_ += count * sizeof(float);
    } else {
      WriteBfloat16(values, count);
    }
  }

  // The end of what was written.
  char* position() const { return out_; }

 private:
  void WriteBfloat16(const float* values, size_t count);

  FloatFormat format_;
  char* out_;
};

// Reads floats from a payload that holds enough of them.
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

  void Skip(size_t count) { payload_.Skip(count * BytesPerFloat(format_)); }

 private:
  void ReadBfloat16(float* out, size_t count);

  FloatFormat format_;
  PayloadReader payload_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_FLOAT_CODEC_H_

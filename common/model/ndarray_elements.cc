#include "common/model/ndarray_elements.h"

#include <cstring>

#include "glog/logging.h"

namespace lineup {
namespace {

constexpr NdArrayElementType kTypes[kNumNdArrayElementTypes] = {
    {"float32", 4}, {"float64", 8}, {"float16", 2}, {"uint8", 1}, {"int32", 4},
    {"int8", 1},    {"int64", 8},   {"bool", 1},    {"int16", 2}, {"uint16", 2},
    {"uint32", 4},  {"uint64", 8},  {"bfloat16", 2}};

float HalfToFloat(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000) << 16;
  const uint32_t exponent = (half >> 10) & 0x1F;
  const uint32_t mantissa = half & 0x3FF;
  if (exponent == 0) {  // zero or subnormal: mantissa * 2^-24
    const float value = static_cast<float>(mantissa) / 16777216.0f;
    return sign ? -value : value;
  }
  const uint32_t wide_exponent = exponent == 31 ? 255 : exponent + 112;
  const uint32_t bits = sign | (wide_exponent << 23) | (mantissa << 13);
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

float Bfloat16ToFloat(uint16_t half) {
  const uint32_t bits = static_cast<uint32_t>(half) << 16;
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

// Stored elements of type T, each made a float by `decode`.
template <typename T, typename Decode>
std::vector<float> Convert(absl::string_view raw, Decode decode) {
  std::vector<float> values(raw.size() / sizeof(T));
  for (size_t i = 0; i < values.size(); ++i) {
    T element;
    std::memcpy(&element, raw.data() + i * sizeof(T), sizeof(T));
    values[i] = decode(element);
  }
  return values;
}

template <typename T>
std::vector<float> Cast(absl::string_view raw) {
  return Convert<T>(raw, [](T value) { return static_cast<float>(value); });
}

}  // namespace

const NdArrayElementType& ElementTypeOf(int32_t flag) {
  CHECK(flag >= 0 && flag < kNumNdArrayElementTypes) << flag;
  return kTypes[flag];
}

std::vector<float> ElementsToFloat(int32_t flag, absl::string_view raw) {
  switch (flag) {
    case kNdArrayFloat32:
      return Cast<float>(raw);
    case 1:
      return Cast<double>(raw);
    case 2:
      return Convert<uint16_t>(raw, HalfToFloat);
    case 3:
    case 7:
      return Cast<uint8_t>(raw);
    case 4:
      return Cast<int32_t>(raw);
    case 5:
      return Cast<int8_t>(raw);
    case 6:
      return Cast<int64_t>(raw);
    case 8:
      return Cast<int16_t>(raw);
    case 9:
      return Cast<uint16_t>(raw);
    case 10:
      return Cast<uint32_t>(raw);
    case 11:
      return Cast<uint64_t>(raw);
    case 12:
      return Convert<uint16_t>(raw, Bfloat16ToFloat);
  }
  LOG(FATAL) << "unknown type flag " << flag;
}

}  // namespace lineup

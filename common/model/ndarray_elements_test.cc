#include "common/model/ndarray_elements.h"

#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

template <typename T>
std::string Bytes(T a, T b) {
  std::string out(reinterpret_cast<const char*>(&a), sizeof(a));
  return out.append(reinterpret_cast<const char*>(&b), sizeof(b));
}

TEST(NdArrayElementsTest, ConvertsEveryElementType) {
  const std::pair<int32_t, std::string> cases[] = {
      {0, Bytes<float>(3, 1)},
      {1, Bytes<double>(3, 1)},
      {2, Bytes<uint16_t>(0x4200, 0x3c00)},
      {3, Bytes<uint8_t>(3, 1)},
      {4, Bytes<int32_t>(3, 1)},
      {5, Bytes<int8_t>(3, 1)},
      {6, Bytes<int64_t>(3, 1)},
      {7, Bytes<uint8_t>(3, 1)},
      {8, Bytes<int16_t>(3, 1)},
      {9, Bytes<uint16_t>(3, 1)},
      {10, Bytes<uint32_t>(3, 1)},
      {11, Bytes<uint64_t>(3, 1)},
      {12, Bytes<uint16_t>(0x4040, 0x3f80)}};
  for (const auto& [flag, raw] : cases) {
    EXPECT_EQ(ElementTypeOf(flag).bytes * 2, raw.size()) << flag;
    EXPECT_THAT(ElementsToFloat(flag, raw), ElementsAre(3.0f, 1.0f)) << flag;
    EXPECT_THAT(ElementsToFloat(flag, ""), IsEmpty()) << flag;
  }
}

TEST(NdArrayElementsTest, HalfPrecisionHasSubnormalsAndInfinities) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  EXPECT_THAT(ElementsToFloat(2, Bytes<uint16_t>(0x8001, 0x7c00)),
              ElementsAre(-5.9604644775390625e-8f, kInfinity));
  EXPECT_THAT(ElementsToFloat(2, Bytes<uint16_t>(0x7bff, 0xfc00)),
              ElementsAre(65504.0f, -kInfinity));
}

}  // namespace
}  // namespace lineup

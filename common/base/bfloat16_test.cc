#include "common/base/bfloat16.h"

#include <cmath>
#include <limits>

#include "common/base/random.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

float RoundTrip(float value) {
  return FloatFromBfloat16(Bfloat16FromFloat(value));
}

TEST(Bfloat16Test, KeepsWhatFits) {
  for (uint32_t half = 0; half <= 0xFFFF; ++half) {
    const float value = FloatFromBfloat16(static_cast<uint16_t>(half));
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(RoundTrip(value)));
    } else {
      EXPECT_EQ(Bfloat16FromFloat(value), half);
    }
  }
}

TEST(Bfloat16Test, RoundsToNearestEven) {
  EXPECT_EQ(RoundTrip(1 + 0x1p-8f), 1.0f);              // tie: down to even
  EXPECT_EQ(RoundTrip(1 + 0x3p-8f), 1 + 0x1p-6f);       // tie: up to even
  EXPECT_EQ(RoundTrip(1 + 0x1.01p-8f), 1 + 0x1p-7f);    // above the tie
  EXPECT_EQ(RoundTrip(-1 - 0x1.01p-8f), -1 - 0x1p-7f);  // and its mirror
}

TEST(Bfloat16Test, TheErrorIsAtMostHalfAUnit) {
  SplitMix64 random(5);
  for (int i = 0; i < 100000; ++i) {
    const float value = static_cast<float>(
        std::ldexp(random.Uniform() - 0.5, static_cast<int>(random.Below(60))));
    EXPECT_LE(std::abs(RoundTrip(value) - value), std::abs(value) * 0x1p-8f);
  }
}

TEST(Bfloat16Test, KeepsWhatIsNoNumber) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(RoundTrip(kInfinity), kInfinity);
  EXPECT_EQ(RoundTrip(-kInfinity), -kInfinity);
  EXPECT_EQ(RoundTrip(std::numeric_limits<float>::max()), kInfinity);
  EXPECT_TRUE(std::signbit(RoundTrip(-0.0f)));
  const uint32_t low_payload = 0x7F800001;
  float nan;
  std::memcpy(&nan, &low_payload, sizeof(nan));
  EXPECT_TRUE(std::isnan(RoundTrip(nan)));
}

}  // namespace
}  // namespace lineup

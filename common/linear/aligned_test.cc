#include "common/linear/aligned.h"

#include <cmath>
#include <cstdint>
#include <limits>

#include "gtest/gtest.h"

namespace lineup {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(AlignedTest, MemoryStartsAtACacheLine) {
  for (const size_t n : {1, 3, 1000, 1 << 20}) {
    AlignedFloats floats(n, 1.0f);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(floats.data()) % kCacheLineBytes, 0);
  }
}

TEST(AlignedTest, LoadAndStoreAreInverse) {
  alignas(32) float from[8] = {1, 2, 3, 4, 5, 6, 7, 8};
  alignas(32) float to[8];
  Store8(to, Load8(from));
  for (int i = 0; i < 8; ++i) EXPECT_EQ(to[i], from[i]);
}

TEST(AlignedTest, SelectAndWhere) {
  const Float8 x{1, 2, 3, 4, 5, 6, 7, 8};
  const Mask8 high = x > Broadcast8(4.0f);
  const Float8 selected = Select8(high, x, -x);
  const Float8 kept = Where8(high, x);
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(selected[i], i < 4 ? -x[i] : x[i]);
    EXPECT_EQ(kept[i], i < 4 ? 0.0f : x[i]);
  }
}

TEST(AlignedTest, PermuteTakesTheLanesThatAreNamed) {
  const Float8 x{10, 11, 12, 13, 14, 15, 16, 17};
  const int32_t lanes[9] = {-1, 7, 0, 0, 3, 4, 6, 1, 2};
  const Float8 y = Permute8(x, lanes + 1);
  for (int i = 0; i < 8; ++i) EXPECT_EQ(y[i], 10 + lanes[i + 1]);
}

TEST(AlignedTest, SoftThresholdShrinksToPositiveZero) {
  const Float8 y = SoftThreshold8(Float8{3, -3, 0.5f, -0.5f, 1, -1, 0, -0.0f},
                                  Broadcast8(1.0f));
  EXPECT_EQ(y[0], 2.0f);
  EXPECT_EQ(y[1], -2.0f);
  for (int i = 2; i < 8; ++i) {
    EXPECT_EQ(y[i], 0.0f);
    EXPECT_FALSE(std::signbit(y[i])) << i;
  }
}

TEST(AlignedTest, SoftThresholdKeepsWhatHasDiverged) {
  const Float8 y =
      SoftThreshold8(Float8{NAN, kInfinity, -kInfinity, 5, NAN, 1, 1, 1},
                     Float8{1, 1, 1, 0, 0, 1, kInfinity, 0});
  EXPECT_TRUE(std::isnan(y[0]));
  EXPECT_EQ(y[1], kInfinity);
  EXPECT_EQ(y[2], -kInfinity);
  EXPECT_EQ(y[3], 5.0f);
  EXPECT_TRUE(std::isnan(y[4]));
  EXPECT_EQ(y[5], 0.0f);
  EXPECT_EQ(y[6], 0.0f);
  EXPECT_EQ(y[7], 1.0f);
}

TEST(AlignedTest, LimitsKeepNaN) {
  EXPECT_TRUE(std::isnan(Max8(Zero8(), Broadcast8(NAN))[0]));
  EXPECT_TRUE(std::isnan(Min8(Zero8(), Broadcast8(NAN))[0]));
  EXPECT_TRUE(
      std::isnan(Clamp8(Broadcast8(NAN), Zero8(), Broadcast8(1.0f))[0]));
  EXPECT_EQ(Clamp8(Broadcast8(2.0f), Zero8(), Broadcast8(1.0f))[0], 1.0f);
  EXPECT_EQ(Clamp8(Broadcast8(-2.0f), Zero8(), Broadcast8(1.0f))[0], 0.0f);
}

TEST(AlignedTest, AddToDoublesKeepsTheLanesApart) {
  double sums[8] = {1, 1, 1, 1, 1, 1, 1, 1};
  AddToDoubles8(Float8{1, 2, 3, 4, 5, 6, 7, NAN}, sums);
  for (int i = 0; i < 7; ++i) EXPECT_EQ(sums[i], 2.0 + i);
  EXPECT_TRUE(std::isnan(sums[7]));
}

}  // namespace
}  // namespace lineup

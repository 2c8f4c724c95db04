#include "common/linear/flush_denormals.h"

#include <cmath>

#include "common/linear/aligned.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

// Half of the smallest normal number, computed where the compiler cannot.
float Denormal() {
  volatile float smallest = 0x1p-126f;
  return smallest * 0.5f;
}

TEST(FlushDenormalsTest, ResultsAreZeroWithinTheScope) {
  EXPECT_GT(Denormal(), 0.0f);
  {
    ScopedFlushDenormals flush;
    EXPECT_EQ(Denormal(), 0.0f);
  }
  EXPECT_GT(Denormal(), 0.0f);
}

TEST(FlushDenormalsTest, OperandsCountAsZero) {
  const float denormal = Denormal();
  ScopedFlushDenormals flush;
  const Float8 product = Broadcast8(denormal) * Broadcast8(0x1p100f);
  EXPECT_EQ(product[0], 0.0f);
}

TEST(FlushDenormalsTest, ScopesNest) {
  ScopedFlushDenormals outer;
  { ScopedFlushDenormals inner; }
  EXPECT_EQ(Denormal(), 0.0f);
}

}  // namespace
}  // namespace lineup

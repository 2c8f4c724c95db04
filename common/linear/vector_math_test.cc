#include "common/linear/vector_math.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "gtest/gtest.h"

namespace lineup {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

using Function8 = Float8 (*)(Float8);
using Function = double (*)(double);

// The error in units in the last place of the true value.
double Ulps(float got, double want) {
  const float near = static_cast<float>(want);
  const double unit = std::nextafter(std::abs(near), kInfinity) -
                      std::abs(static_cast<double>(near));
  return std::abs(got - want) / unit;
}

// The greatest error over floats from `begin` to `end`, both positive, every
// `step`-th of them; the argument is multiplied by `sign`.
double WorstUlps(Function8 function, Function exact, float begin, float end,
                 uint32_t step, float sign) {
  uint32_t from, to;
  std::memcpy(&from, &begin, sizeof(from));
  std::memcpy(&to, &end, sizeof(to));
  double worst = 0;
  for (uint32_t bits = from; bits <= to; bits += step) {
    float x;
    std::memcpy(&x, &bits, sizeof(x));
    const Float8 y = function(Broadcast8(sign * x));
    worst = std::max(worst, Ulps(y[0], exact(double{sign} * x)));
  }
  return worst;
}

double Exp(double x) { return std::exp(x); }
double Log1p(double x) { return std::log1p(x); }

TEST(VectorMathTest, ExpIsWithinOneUnit) {
  EXPECT_LT(WorstUlps(ExpOfNegative8, Exp, 1e-8f, 87.3f, 61, -1), 1.1);
}

TEST(VectorMathTest, ExpAtTheEnds) {
  const Float8 y = ExpOfNegative8(
      Float8{0.0f, -0.0f, -1e-30f, -87.3f, -88.0f, -1e30f, -kInfinity, NAN});
  for (int i : {0, 1, 2}) EXPECT_EQ(y[i], 1.0f) << i;
  EXPECT_GE(y[3], std::numeric_limits<float>::min());  // no denormals
  for (int i : {4, 5, 6}) EXPECT_EQ(y[i], 0.0f) << i;
  EXPECT_TRUE(std::isnan(y[7]));
}

TEST(VectorMathTest, Log1pOfFractionsIsWithinTwoUnits) {
  EXPECT_LT(WorstUlps(Log1pOfFraction8, Log1p, 1e-30f, 1.0f, 173, 1), 2);
  EXPECT_EQ(Log1pOfFraction8(Zero8())[0], 0.0f);
  EXPECT_TRUE(std::isnan(Log1pOfFraction8(Broadcast8(NAN))[0]));
}

TEST(VectorMathTest, Log1pIsWithinTwoUnits) {
  EXPECT_LT(WorstUlps(Log1p8, Log1p, 1e-30f, 1e30f, 311, 1), 2);
}

TEST(VectorMathTest, Log1pAtTheEnds) {
  const Float8 y = Log1p8(Float8{0.0f, 1.0f, kInfinity, NAN, 3e38f, 0, 0, 0});
  EXPECT_EQ(y[0], 0.0f);
  EXPECT_FLOAT_EQ(y[1], 0.693147181f);
  EXPECT_EQ(y[2], kInfinity);
  EXPECT_TRUE(std::isnan(y[3]));
  EXPECT_FLOAT_EQ(y[4], std::log1p(3e38));
}

TEST(VectorMathTest, LanesAreIndependent) {
  const Float8 x{-1.0f, NAN, -kInfinity, -1.0f, -90.0f, -1.0f, NAN, -1.0f};
  const Float8 y = ExpOfNegative8(x);
  for (int i : {0, 3, 5, 7}) EXPECT_EQ(y[i], ExpOfNegative8(x[0] + Zero8())[0]);
}

}  // namespace
}  // namespace lineup

#include "common/model/number_text.h"

#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace lineup {
namespace {

TEST(NumberTextTest, SpellsAsPythonDoes) {
  const std::pair<double, const char*> cases[] = {
      {0.0, "0.0"},
      {-0.0, "-0.0"},
      {1.0, "1.0"},
      {10.0, "10.0"},
      {-12.5, "-12.5"},
      {0.5, "0.5"},
      {0.46301859617233276, "0.46301859617233276"},
      {0.0001, "0.0001"},
      {0.00012345, "0.00012345"},
      {0.00001, "1e-05"},
      {1.5e-7, "1.5e-07"},
      {123456789.0, "123456789.0"},
      {1234567890123456.0, "1234567890123456.0"},
      {1e16, "1e+16"},
      {1.25e22, "1.25e+22"},
      {1e100, "1e+100"},
      {5e-324, "5e-324"},
      {1.7976931348623157e308, "1.7976931348623157e+308"},
      {std::numeric_limits<double>::quiet_NaN(), "NaN"},
      {-std::numeric_limits<double>::infinity(), "-Infinity"},
  };
  for (const auto& [value, text] : cases) EXPECT_EQ(NumberText(value), text);
}

TEST(NumberTextTest, AFloatHasItsOwnShortestText) {
  EXPECT_EQ(FloatText(0.1f), "0.1");
  EXPECT_EQ(NumberText(0.1f), "0.10000000149011612");
  EXPECT_EQ(FloatText(0.039386369f), "0.03938637");
  EXPECT_EQ(FloatText(-9.08536911f), "-9.085369");
  EXPECT_EQ(FloatText(16777216.0f), "16777216.0");
  // What the Linear Learner's container answers: a float32 seen as a double.
  EXPECT_EQ(NumberText(0.9899773597717285f), "0.9899773597717285");
}

TEST(NumberTextTest, AShortDoubleKeepsTheFloat) {
  for (uint32_t bits = 1; bits < 0x7f800000; bits += 0x10f1) {
    float value;
    std::memcpy(&value, &bits, sizeof(value));
    ASSERT_EQ(static_cast<float>(ShortDouble(value)), value);
    ASSERT_EQ(static_cast<float>(ShortDouble(-value)), -value);
  }
  EXPECT_EQ(NumberText(ShortDouble(0.1f)), "0.1");
  EXPECT_EQ(NumberText(ShortDouble(-0.0f)), "-0.0");
}

TEST(NumberTextTest, ShortDoublesAreAppendedAsTheyAre) {
  // Every exponent with many mantissas, and the float that ShortDouble cannot
  // shorten with its neighbours.
  std::vector<uint32_t> all_bits = {0x15ae43fc, 0x15ae43fd, 0x15ae43fe, 0};
  for (uint32_t bits = 1; bits < 0x7f800000; bits += 25013) {
    all_bits.push_back(bits);
  }
  for (const uint32_t bits : all_bits) {
    float value;
    std::memcpy(&value, &bits, sizeof(value));
    for (const float signed_value : {value, -value}) {
      std::string text;
      AppendShortDouble(signed_value, &text);
      ASSERT_EQ(text, NumberText(ShortDouble(signed_value)));
    }
  }
}

}  // namespace
}  // namespace lineup

#include "common/data/number.h"

#include <cmath>
#include <cstdlib>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

// The text with the padding that ParseDecimal asks for, filled with digits
// and points that it must not take for part of the number.
struct Padded {
  explicit Padded(absl::string_view text)
      : buffer(absl::StrCat("91.5e-3,87654321", text)) {}
  const char* begin() const { return buffer.data() + kNumberPadding; }
  const char* end() const { return buffer.data() + buffer.size(); }
  std::string buffer;
};

bool Decimal(absl::string_view text, float* value) {
  const Padded padded(text);
  return ParseDecimal(padded.begin(), padded.end(), value);
}

uint32_t Bits(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

TEST(ParseDecimalTest, ReadsPlainDecimals) {
  for (const char* text :
       {"0", "1", "-1", "7.", ".5", "-.5", "0.1234", "-0.0", "123456789",
        "1234567.12345678", "0.00000000000001", "3.14159265358979",
        "-9999999999999.9", "0000000000000001", "90071992547409.9"}) {
    float value = -77;
    EXPECT_TRUE(Decimal(text, &value)) << text;
    EXPECT_EQ(Bits(value), Bits(std::strtof(text, nullptr))) << text;
  }
}

TEST(ParseDecimalTest, RefusesEverythingElse) {
  for (const char* text : {".",
                           "-",
                           "-.",
                           "1.2.3",
                           "1e5",
                           "+1",
                           " 1",
                           "1 ",
                           "1a",
                           "nan",
                           "inf",
                           "1,2",
                           "--1",
                           "1-",
                           "12345678901234567",
                           "9999999999999999",
                           "\"1\"",
                           "1:2",
                           "/",
                           "0x10",
                           "1_000"}) {
    float value = -77;
    EXPECT_FALSE(Decimal(text, &value)) << text;
    EXPECT_EQ(value, -77) << text;
  }
}

TEST(ParseDecimalTest, LeavesMidpointsOfFloatsToTheExactParser) {
  float value = 0;
  EXPECT_FALSE(Decimal("16777217", &value));
  EXPECT_EQ(ParseNumber("16777217", &value), NumberKind::kFinite);
  EXPECT_EQ(value, 16777216.0f);
  EXPECT_TRUE(Decimal("16777217.0001", &value));
  EXPECT_EQ(value, 16777218.0f);
}

TEST(ParseDecimalTest, RoundsOnceEvenNextToMidpointsOfFloats) {
  std::mt19937_64 random(1);
  int taken = 0;
  for (int i = 0; i < 200000; ++i) {
    // A midpoint between two floats, and its neighbours in decimal.
    const double scale = std::ldexp(1.0, static_cast<int>(random() % 20) - 10);
    const double midpoint =
        (static_cast<double>((1 << 23) + random() % (1 << 23)) + 0.5) *
        std::ldexp(scale, -23);
    std::string text =
        absl::StrFormat("%.*f", static_cast<int>(random() % 15), midpoint);
    if (text.size() > 16) text.resize(16);
    float value = 0;
    if (!Decimal(text, &value)) continue;
    ++taken;
    ASSERT_EQ(Bits(value), Bits(std::strtof(text.c_str(), nullptr))) << text;
  }
  EXPECT_GT(taken, 100000);
}

TEST(ParseDecimalTest, AgreesWithTheStandardLibraryOnRandomText) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 300000; ++i) {
    std::string text = random() % 2 ? "-" : "";
    const int digits = 1 + random() % 16;
    for (int d = 0; d < digits; ++d) text += '0' + random() % 10;
    if (digits < 16 && random() % 4) {
      text.insert(text.size() - random() % (digits + 1), ".");
    }
    float value = 0;
    const float expected = std::strtof(text.c_str(), nullptr);
    if (Decimal(text, &value)) {
      ASSERT_EQ(Bits(value), Bits(expected)) << text;
    }
    ASSERT_EQ(ParseNumber(text, &value), NumberKind::kFinite) << text;
    ASSERT_EQ(Bits(value), Bits(expected)) << text;
  }
}

TEST(ParseNumberTest, SaysWhatTheTextIs) {
  const struct {
    const char* text;
    NumberKind kind;
  } kCases[] = {
      {"", NumberKind::kEmpty},        {"  \t", NumberKind::kEmpty},
      {"NA", NumberKind::kMissing},    {"n/a", NumberKind::kMissing},
      {"NULL", NumberKind::kMissing},  {"?", NumberKind::kMissing},
      {"None", NumberKind::kMissing},  {"-", NumberKind::kMissing},
      {"nan", NumberKind::kNan},       {"-NaN", NumberKind::kNan},
      {"inf", NumberKind::kInfinite},  {"-Infinity", NumberKind::kInfinite},
      {"1e39", NumberKind::kTooLarge}, {"-1e999", NumberKind::kTooLarge},
      {"abc", NumberKind::kText},      {"1.2.3", NumberKind::kText},
      {"1 2", NumberKind::kText},      {"0x10", NumberKind::kText},
      {"+-1", NumberKind::kText},      {"1e", NumberKind::kText},
      {"--1", NumberKind::kText},      {"1,5", NumberKind::kText},
      {"+", NumberKind::kText},        {"\xc3\xa9", NumberKind::kText},
  };
  for (const auto& c : kCases) {
    float value = -77;
    EXPECT_EQ(ParseNumber(c.text, &value), c.kind) << c.text;
    EXPECT_EQ(value, -77) << c.text;
  }
}

TEST(ParseNumberTest, ReadsEveryFormOfNumber) {
  for (const char* text :
       {"1e5", "1E-5", "-1.5e+3", "1e-50", "3.4028235e38", "1e-45",
        "0.1000000000000000055511151231257827", "123456789012345678901"}) {
    float value = -77;
    EXPECT_EQ(ParseNumber(text, &value), NumberKind::kFinite) << text;
    EXPECT_EQ(Bits(value), Bits(std::strtof(text, nullptr))) << text;
  }
  float value = 0;
  EXPECT_EQ(ParseNumber(" +2.5 ", &value), NumberKind::kFinite);
  EXPECT_EQ(value, 2.5f);
}

TEST(ParseSmallIntegerTest, ReadsUpToEightDigits) {
  for (uint32_t expected : {0u, 7u, 10u, 123u, 4096u, 99999u, 123456u, 7654321u,
                            12345678u, 99999999u}) {
    const Padded padded(absl::StrCat(expected));
    uint32_t value = 1;
    EXPECT_TRUE(ParseSmallInteger(padded.begin(), padded.end(), &value));
    EXPECT_EQ(value, expected);
  }
}

TEST(ParseSmallIntegerTest, RefusesEverythingElse) {
  for (const char* text : {"", "123456789", "-1", "+1", "1.0", "a", "1 ", "/1",
                           ":", "1\xb0", "\xff"}) {
    const Padded padded(text);
    uint32_t value = 1;
    EXPECT_FALSE(ParseSmallInteger(padded.begin(), padded.end(), &value))
        << text;
  }
}

}  // namespace
}  // namespace lineup

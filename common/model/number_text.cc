#include "common/model/number_text.h"

#include <charconv>
#include <cmath>

#include "absl/strings/numbers.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "glog/logging.h"

namespace lineup {
namespace {

// Python writes an exponent outside of [1e-4, 1e16).
constexpr int kSmallestPlainExponent = -4;
constexpr int kLargestPlainExponent = 15;

// Appends digits "d" or "d.ddd" scaled by 10^exponent without an exponent.
void AppendPlain(absl::string_view digits, int exponent, std::string* out) {
  const std::string bare = absl::StrReplaceAll(digits, {{".", ""}});
  if (exponent < 0) {
    out->append("0.").append(-exponent - 1, '0').append(bare);
    return;
  }
  const size_t whole = static_cast<size_t>(exponent) + 1;
  if (bare.size() <= whole) {
    out->append(bare).append(whole - bare.size(), '0').append(".0");
    return;
  }
  out->append(bare, 0, whole).append(".").append(bare, whole);
}

template <typename Float>
void Append(Float value, std::string* out) {
  if (!std::isfinite(value)) {
    out->append(std::isnan(value) ? "NaN"
                                  : (value < 0 ? "-Infinity" : "Infinity"));
    return;
  }
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer),
                                 std::abs(value), std::chars_format::scientific)
                       .ptr;
  const absl::string_view text(buffer, end - buffer);
  const size_t mark = text.find('e');
  int exponent = 0;
  CHECK(absl::SimpleAtoi(text.substr(mark + 1), &exponent)) << text;
  if (std::signbit(value)) out->push_back('-');
  if (exponent < kSmallestPlainExponent || exponent > kLargestPlainExponent) {
    out->append(text.data(), text.size());
  } else {
    AppendPlain(text.substr(0, mark), exponent, out);
  }
}

}  // namespace

void AppendNumber(double value, std::string* out) { Append(value, out); }

void AppendFloat(float value, std::string* out) { Append(value, out); }

double ShortDouble(float value) {
  double result = value;
  if (!std::isfinite(value)) return result;
  const std::string text = FloatText(value);
  double parsed = 0;
  // Rounding first to double and then to float may, at worst, miss `value`.
  if (absl::SimpleAtod(text, &parsed) && static_cast<float>(parsed) == value) {
    result = parsed;
  }
  return result;
}

std::string NumberText(double value) {
  std::string text;
  AppendNumber(value, &text);
  return text;
}

std::string FloatText(float value) {
  std::string text;
  AppendFloat(value, &text);
  return text;
}

}  // namespace lineup

#include "common/model/number_text.h"

#include <charconv>
#include <cmath>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"

namespace lineup {
namespace {

template <typename Float>
void Append(Float value, std::string* out) {
  if (!std::isfinite(value)) {
    out->append(std::isnan(value) ? "NaN"
                                  : (value < 0 ? "-Infinity" : "Infinity"));
    return;
  }
  // Python writes an exponent outside of [1e-4, 1e16).
  const Float size = std::abs(value);
  const bool plain = size == 0 || (size >= static_cast<Float>(1e-4) &&
                                   size < static_cast<Float>(1e16));
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), value,
                                 plain ? std::chars_format::fixed
                                       : std::chars_format::scientific)
                       .ptr;
  const absl::string_view text(buffer, end - buffer);
  out->append(text.data(), text.size());
  if (plain && !absl::StrContains(text, '.')) out->append(".0");
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

void AppendShortDouble(float value, std::string* out) {
  // Of all floats the only one whose shortest decimal is another float's once
  // it has been rounded to a double.
  constexpr float kMisread = 7.038531e-26f;
  if (std::abs(value) == kMisread) {
    AppendNumber(value, out);
  } else {
    AppendFloat(value, out);
  }
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

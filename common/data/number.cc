#include "common/data/number.h"

#include <cmath>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "fast_float/fast_float.h"

namespace lineup {
namespace internal_number {
namespace {

constexpr Tables MakeTables() {
  Tables tables{};
  for (int i = 0; i < 16; ++i) tables.keep[16 + i] = 0xff;
  for (int point = 0; point <= 16; ++point) {
    for (int lane = 0; lane < 16; ++lane) {
      const bool moved = point < 16 && lane <= point;
      // An index with the high bit set yields zero.
      tables.close_gap[point][lane] = !moved      ? lane
                                      : lane == 0 ? 0x80
                                                  : lane - 1;
    }
    tables.divisor[point] = 1;
    for (int lane = point + 1; lane < 16; ++lane) tables.divisor[point] *= 10;
  }
  return tables;
}

}  // namespace

constexpr Tables kTables = MakeTables();

}  // namespace internal_number

namespace {

bool IsMissingMarker(absl::string_view text) {
  for (absl::string_view marker : {"na", "n/a", "#n/a", "<na>", "null", "none",
                                   "nil", "?", "-", ".", "missing"}) {
    if (absl::EqualsIgnoreCase(text, marker)) return true;
  }
  return false;
}

NumberKind KindOfNotFinite(float value) {
  return std::isnan(value) ? NumberKind::kNan : NumberKind::kInfinite;
}

}  // namespace

NumberKind ParseNumber(absl::string_view text, float* value) {
  text = absl::StripAsciiWhitespace(text);
  if (text.empty()) return NumberKind::kEmpty;
  const absl::string_view whole = text;
  if (text.front() == '+' && text.size() > 1 && text[1] != '-') {
    text.remove_prefix(1);
  }
  float parsed = 0;
  const char* const end = text.data() + text.size();
  const fast_float::from_chars_result result =
      fast_float::from_chars(text.data(), end, parsed);
  if (result.ec != std::errc() || result.ptr != end) {
    return IsMissingMarker(whole) ? NumberKind::kMissing : NumberKind::kText;
  }
  if (!std::isfinite(parsed)) {
    // fast_float reads both "inf" and 1e999 as infinity.
    const bool has_digit = text.find_first_of("0123456789") != text.npos;
    return has_digit ? NumberKind::kTooLarge : KindOfNotFinite(parsed);
  }
  *value = parsed;
  return NumberKind::kFinite;
}

}  // namespace lineup

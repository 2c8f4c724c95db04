#include "cli/byte_size.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace lineup {
namespace {

// The power of two that a unit stands for, or -1.
int ShiftOf(absl::string_view unit) {
  const std::string lower = absl::AsciiStrToLower(unit);
  if (lower.empty() || lower == "b") return 0;
  constexpr absl::string_view kUnits = "kmgt";
  const size_t at = kUnits.find(lower[0]);
  if (at == absl::string_view::npos) return -1;
  const absl::string_view rest = absl::string_view(lower).substr(1);
  if (!rest.empty() && rest != "b" && rest != "ib") return -1;
  return 10 * (static_cast<int>(at) + 1);
}

}  // namespace

absl::StatusOr<uint64_t> ParseByteSize(absl::string_view flag,
                                       absl::string_view text) {
  size_t digits = 0;
  while (digits < text.size() && absl::ascii_isdigit(text[digits])) ++digits;
  uint64_t number = 0;
  const int shift = ShiftOf(text.substr(digits));
  if (!absl::SimpleAtoi(text.substr(0, digits), &number) || shift < 0 ||
      number > (UINT64_MAX >> shift)) {
    return absl::InvalidArgumentError(
        absl::StrCat(flag, ": found \"", text,
                     "\", expected a size such as 512MiB or 4GiB"));
  }
  return number << shift;
}

}  // namespace lineup

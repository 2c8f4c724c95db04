#include "cli/flag_checks.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/nearest_name.h"

namespace lineup {

FlagCheck WholeNumber(uint64_t least, uint64_t most) {
  return [least, most](const std::string& text) -> std::string {
    uint64_t value = 0;
    if (absl::SimpleAtoi(text, &value) && value >= least && value <= most) {
      return "";
    }
    return absl::StrCat("found \"", text, "\", expected a whole number from ",
                        least, " to ", most);
  };
}

FlagCheck OneOf(std::vector<std::string> names) {
  return [names = std::move(names)](const std::string& text) -> std::string {
    if (std::find(names.begin(), names.end(), text) != names.end()) return "";
    return absl::StrCat("found \"", text, "\", expected one of ",
                        absl::StrJoin(names, ", "), DidYouMean(text, names));
  };
}

}  // namespace lineup

#include "common/data/csv_roles.h"

#include <algorithm>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/nearest_name.h"
#include "common/base/status_macros.h"
#include "common/data/parse_errors.h"

namespace lineup {
namespace {

constexpr size_t kMaxNamesShown = 12;

std::string NamesOf(const CsvHead& head) {
  std::vector<std::string> shown(
      head.names.begin(),
      head.names.begin() + std::min(head.names.size(), kMaxNamesShown));
  return absl::StrCat("the columns are ", absl::StrJoin(shown, ", "),
                      head.names.size() > kMaxNamesShown ? ", ..." : "");
}

}  // namespace

absl::StatusOr<int> FindColumn(absl::string_view flag, const std::string& text,
                               const std::string& file, const CsvHead& head) {
  const auto named = std::find(head.names.begin(), head.names.end(), text);
  if (named != head.names.end()) return named - head.names.begin();
  const int count = static_cast<int>(head.num_columns);
  int number = 0;
  const bool is_number = absl::SimpleAtoi(text, &number);
  if (is_number && number >= -count && number < count) {
    return number < 0 ? count + number : number;
  }
  const std::string where = absl::StrCat(file, ": ", flag, " ", text, ": ");
  if (is_number) {
    return absl::InvalidArgumentError(
        absl::StrCat(where, "the file has ", count, " columns, expected 0 to ",
                     count - 1, ", or ", -count, " to -1 from the end"));
  }
  if (!head.has_header) {
    return absl::InvalidArgumentError(absl::StrCat(
        where, "the file has no line of names; give a number from 0 to ",
        count - 1, ", or --header yes if the first line is one"));
  }
  const std::string nearest = DidYouMean(text, head.names);
  return absl::InvalidArgumentError(
      absl::StrCat(where, "no column has this name",
                   nearest.empty() ? "; " + NamesOf(head) : nearest));
}

absl::StatusOr<CsvRoles> RolesByOptions(const DataOptions& options,
                                        const std::string& file,
                                        const CsvHead& head) {
  CsvRoles roles;
  if (!options.label.empty() && options.label != kNoColumn) {
    LINEUP_ASSIGN_OR_RETURN(roles.label,
                            FindColumn("--label", options.label, file, head));
  }
  if (!options.weight.empty() && options.weight != kNoColumn) {
    LINEUP_ASSIGN_OR_RETURN(roles.weight,
                            FindColumn("--weight", options.weight, file, head));
  }
  return roles;
}

absl::Status CheckRoles(const CsvRoles& roles, const std::string& file) {
  if (!roles.has_label() || roles.label != roles.weight) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      file, ": column ", roles.label,
      " is both the label and the weight; check --label and --weight"));
}

std::string FoundColumns(const CsvHead& head) {
  return absl::StrCat("found ", head.num_columns,
                      head.num_columns == 1 ? " column" : " columns",
                      " (the delimiter is ",
                      Quoted(absl::string_view(&head.delimiter, 1)), ")");
}

}  // namespace lineup

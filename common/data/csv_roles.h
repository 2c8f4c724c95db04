// Which columns of a CSV file are the label and the weight, and how users call
// columns.

#ifndef LINEUP_COMMON_DATA_CSV_ROLES_H_
#define LINEUP_COMMON_DATA_CSV_ROLES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/data/csv_head.h"
#include "common/data/schema.h"

namespace lineup {

struct CsvRoles {
  static constexpr int kAbsent = -1;

  int label = kAbsent;
  int weight = kAbsent;

  bool has_label() const { return label != kAbsent; }
  bool has_weight() const { return weight != kAbsent; }
  int count() const { return has_label() + has_weight(); }
};

// What the user says where there is no label.
constexpr char kNoColumn[] = "none";

// The column that the user calls `text` in the value of `flag`: a name, or a
// number from 0, negative from the end. `file` names the file in errors.
absl::StatusOr<int> FindColumn(absl::string_view flag, const std::string& text,
                               const std::string& file, const CsvHead& head);

// The roles that the user gives (DataOptions::label, weight); absent where
// nothing, or "none", is said.
absl::StatusOr<CsvRoles> RolesByOptions(const DataOptions& options,
                                        const std::string& file,
                                        const CsvHead& head);

// An error if one column has both roles.
absl::Status CheckRoles(const CsvRoles& roles, const std::string& file);

// "found 3 columns (the delimiter is ",")".
std::string FoundColumns(const CsvHead& head);

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_CSV_ROLES_H_

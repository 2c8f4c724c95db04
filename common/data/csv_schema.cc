#include "common/data/csv_schema.h"

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/data/csv_roles.h"

namespace lineup {

absl::StatusOr<Schema> CsvSchema(const std::string& file, const CsvHead& head,
                                 const DataOptions& options) {
  LINEUP_ASSIGN_OR_RETURN(CsvRoles roles, RolesByOptions(options, file, head));
  if (options.label.empty() && options.labelled) roles.label = 0;
  LINEUP_RETURN_IF_ERROR(CheckRoles(roles, file));
  Schema schema;
  schema.format = FileFormat::kCsv;
  schema.labelled = roles.has_label();
  schema.weighted = roles.has_weight();
  schema.label_column = roles.label;
  schema.weight_column = roles.weight;
  schema.delimiter = head.delimiter;
  const int num_features = static_cast<int>(head.num_columns) - roles.count();
  if (num_features <= 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(file, ": ", FoundColumns(head), ", expected ",
                     schema.labelled ? "the label and " : "",
                     "at least one feature; check --format and --delimiter"));
  }
  schema.num_features = num_features;
  for (int column = 0; column < static_cast<int>(head.names.size()); ++column) {
    const std::string& name = head.names[column];
    if (column == roles.label) {
      schema.label_name = name;
    } else if (column == roles.weight) {
      schema.weight_name = name;
    } else {
      schema.feature_names.push_back(name);
    }
  }
  return schema;
}

}  // namespace lineup

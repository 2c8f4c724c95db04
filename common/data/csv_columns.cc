#include "common/data/csv_columns.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/nearest_name.h"
#include "common/base/status_macros.h"
#include "common/data/parse_errors.h"

namespace lineup {
namespace {

constexpr absl::string_view kNone = "none";
constexpr size_t kMaxNamesShown = 12;

// A column that holds no feature.
constexpr int kAbsent = -1;

struct Roles {
  int label = kAbsent;
  int weight = kAbsent;
  int count() const { return (label != kAbsent) + (weight != kAbsent); }
};

std::string NamesOf(const CsvHead& head) {
  std::vector<std::string> shown(
      head.names.begin(),
      head.names.begin() + std::min(head.names.size(), kMaxNamesShown));
  return absl::StrCat("the columns are ", absl::StrJoin(shown, ", "),
                      head.names.size() > kMaxNamesShown ? ", ..." : "");
}

// The column that the user calls `text`, by name or by number.
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

absl::Status CheckDistinct(const std::string& file, const Roles& roles) {
  if (roles.label == kAbsent || roles.label != roles.weight) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      file, ": column ", roles.label,
      " is both the label and the weight; check --label and --weight"));
}

std::string ReadAs(const CsvHead& head) {
  return absl::StrCat("the delimiter is ",
                      Quoted(absl::string_view(&head.delimiter, 1)));
}

// Makes the layout of a file of a given schema.
class LayoutMaker {
 public:
  LayoutMaker(const Schema& schema, const std::string& file,
              const CsvHead& head, const DataOptions& options)
      : schema_(schema), file_(file), head_(head), options_(options) {}

  absl::StatusOr<CsvLayout> Make() {
    const bool by_name =
        head_.has_header && !schema_.feature_names.empty() && !SameColumns();
    LINEUP_ASSIGN_OR_RETURN(roles_,
                            by_name ? RolesByName() : RolesByPosition());
    LINEUP_RETURN_IF_ERROR(CheckDistinct(file_, roles_));
    layout_.dialect.delimiter = head_.delimiter;
    layout_.labelled = roles_.label != kAbsent;
    layout_.weighted = roles_.weight != kAbsent;
    layout_.num_features = schema_.num_features != 0
                               ? schema_.num_features
                               : head_.num_columns - roles_.count();
    if (by_name) {
      LINEUP_RETURN_IF_ERROR(TargetsByName());
    } else {
      TargetsByPosition();
    }
    TakeNames();
    return std::move(layout_);
  }

 private:
  // Whether the columns are those of the schema, one by one. Then their names
  // need not be unique.
  bool SameColumns() const {
    std::vector<std::string> names = schema_.feature_names;
    std::vector<std::pair<int, std::string>> others = {
        {schema_.label_column, schema_.label_name},
        {schema_.weight_column, schema_.weight_name}};
    std::sort(others.begin(), others.end());
    for (const auto& [column, name] : others) {
      if (column == kAbsent) continue;
      names.insert(names.begin() + std::min<size_t>(column, names.size()),
                   name);
    }
    return options_.label.empty() && options_.weight.empty() &&
           head_.names == names;
  }

  int ColumnNamed(const std::string& name) const {
    if (name.empty()) return kAbsent;
    const auto at = std::find(head_.names.begin(), head_.names.end(), name);
    return at == head_.names.end() ? kAbsent : at - head_.names.begin();
  }

  bool NoLabel() const { return options_.label == kNone; }

  absl::StatusOr<Roles> RolesByName() const {
    Roles roles;
    if (!options_.label.empty() && !NoLabel()) {
      LINEUP_ASSIGN_OR_RETURN(
          roles.label, FindColumn("--label", options_.label, file_, head_));
    } else if (!NoLabel()) {
      roles.label = ColumnNamed(schema_.label_name);
    }
    if (!options_.weight.empty()) {
      LINEUP_ASSIGN_OR_RETURN(
          roles.weight, FindColumn("--weight", options_.weight, file_, head_));
    } else {
      roles.weight = ColumnNamed(schema_.weight_name);
    }
    if (!options_.labelled) return roles;
    if (roles.label == kAbsent && !NoLabel()) {
      return Missing(schema_.label_name, "the label", "--label");
    }
    if (roles.weight == kAbsent && schema_.weighted) {
      return Missing(schema_.weight_name, "the weight", "--weight");
    }
    return roles;
  }

  absl::Status Missing(const std::string& name, absl::string_view what,
                       absl::string_view flag) const {
    return absl::InvalidArgumentError(absl::StrCat(
        file_, ":1: no column is called ", Quoted(name), ", expected ", what,
        DidYouMean(name, head_.names),
        flag.empty() ? "" : absl::StrCat("; say which it is with ", flag)));
  }

  absl::StatusOr<Roles> RolesByPosition() const {
    Roles roles;
    if (!options_.label.empty() && !NoLabel()) {
      LINEUP_ASSIGN_OR_RETURN(
          roles.label, FindColumn("--label", options_.label, file_, head_));
    } else if (!NoLabel()) {
      roles.label = std::max(schema_.label_column, 0);
    }
    if (!options_.weight.empty()) {
      LINEUP_ASSIGN_OR_RETURN(
          roles.weight, FindColumn("--weight", options_.weight, file_, head_));
    } else if (schema_.weighted) {
      roles.weight = schema_.weight_column;
    }
    const size_t num_features = schema_.num_features;
    if (!options_.labelled) DropAbsent(&roles);
    const bool fits = num_features == 0
                          ? head_.num_columns > size_t(roles.count())
                          : head_.num_columns == num_features + roles.count();
    return fits ? absl::StatusOr<Roles>(roles) : WrongCount(roles);
  }

  // Takes away the roles for which the file has no column.
  void DropAbsent(Roles* roles) const {
    const size_t num_features = schema_.num_features;
    if (head_.num_columns < num_features + roles->count()) {
      if (options_.weight.empty() && roles->label != kAbsent &&
          roles->label < roles->weight) {
        --roles->weight;
      }
      roles->label = kAbsent;
    }
    if (head_.num_columns < num_features + roles->count() &&
        options_.weight.empty()) {
      roles->weight = kAbsent;
    }
  }

  absl::Status WrongCount(const Roles& roles) const {
    std::string expected;
    if (schema_.num_features != 0) {
      absl::StrAppend(&expected, schema_.num_features + roles.count(), ": ");
    }
    if (roles.label != kAbsent) absl::StrAppend(&expected, "the label, ");
    if (roles.weight != kAbsent) absl::StrAppend(&expected, "the weight, ");
    absl::StrAppend(&expected,
                    schema_.num_features == 0
                        ? "at least one"
                        : absl::StrCat(schema_.num_features),
                    schema_.num_features == 1 ? " feature" : " features");
    if (!options_.labelled && schema_.num_features != 0) {
      absl::StrAppend(&expected, " (or also the label)");
    }
    return absl::InvalidArgumentError(
        absl::StrCat(file_, ": found ", head_.num_columns,
                     head_.num_columns == 1 ? " column" : " columns", " (",
                     ReadAs(head_), "), expected ", expected,
                     "; check the file, --delimiter, --label and --weight"));
  }

  absl::Status TargetsByName() {
    absl::flat_hash_map<absl::string_view, uint32_t> features;
    for (size_t i = 0; i < schema_.feature_names.size(); ++i) {
      if (!features.emplace(schema_.feature_names[i], i).second) {
        return absl::InvalidArgumentError(absl::StrCat(
            file_,
            ":1: the columns differ from those of the first file or "
            "model, and two there are called ",
            Quoted(schema_.feature_names[i]),
            ", so they cannot be matched by name; give columns unique names, "
            "or files the same columns in the same order"));
      }
    }
    layout_.targets.assign(head_.num_columns, 0);
    std::vector<bool> found(schema_.num_features);
    for (size_t column = 0; column < head_.num_columns; ++column) {
      LINEUP_ASSIGN_OR_RETURN(layout_.targets[column],
                              TargetByName(column, features, &found));
    }
    const size_t missing =
        std::find(found.begin(), found.end(), false) - found.begin();
    if (missing == found.size()) return absl::OkStatus();
    return Missing(schema_.feature_names[missing],
                   absl::StrCat("feature ", missing), "");
  }

  absl::StatusOr<uint32_t> TargetByName(
      size_t column,
      const absl::flat_hash_map<absl::string_view, uint32_t>& features,
      std::vector<bool>* found) const {
    const int index = static_cast<int>(column);
    if (index == roles_.label) return layout_.label_target();
    if (index == roles_.weight) return layout_.weight_target();
    const std::string& name = head_.names[column];
    const auto at = features.find(name);
    const std::string where = absl::StrCat(file_, ":1:", column + 1,
                                           ": found a column ", Quoted(name));
    if (at == features.end()) {
      return absl::InvalidArgumentError(
          absl::StrCat(where, " that the first file or the model does not have",
                       DidYouMean(name, schema_.feature_names), "; remove it"));
    }
    if ((*found)[at->second]) {
      return absl::InvalidArgumentError(
          absl::StrCat(where, " for the second time; remove one"));
    }
    (*found)[at->second] = true;
    return at->second;
  }

  void TargetsByPosition() {
    uint32_t feature = 0;
    for (int column = 0; column < static_cast<int>(head_.num_columns);
         ++column) {
      layout_.targets.push_back(column == roles_.label ? layout_.label_target()
                                : column == roles_.weight
                                    ? layout_.weight_target()
                                    : feature++);
    }
  }

  // What errors call the columns: their own names, or else the schema's.
  void TakeNames() {
    layout_.names = head_.names;
    if (head_.has_header || schema_.feature_names.empty()) return;
    for (const uint32_t target : layout_.targets) {
      layout_.names.push_back(target == layout_.label_target() ? "label"
                              : target == layout_.weight_target()
                                  ? "weight"
                                  : schema_.feature_names[target]);
    }
  }

  const Schema& schema_;
  const std::string& file_;
  const CsvHead& head_;
  const DataOptions& options_;
  Roles roles_;
  CsvLayout layout_;
};

}  // namespace

absl::StatusOr<Schema> CsvSchema(const std::string& file, const CsvHead& head,
                                 const DataOptions& options) {
  Roles roles;
  if (options.label.empty()) {
    roles.label = options.labelled ? 0 : kAbsent;
  } else if (options.label != kNone) {
    LINEUP_ASSIGN_OR_RETURN(roles.label,
                            FindColumn("--label", options.label, file, head));
  }
  if (!options.weight.empty()) {
    LINEUP_ASSIGN_OR_RETURN(roles.weight,
                            FindColumn("--weight", options.weight, file, head));
  }
  LINEUP_RETURN_IF_ERROR(CheckDistinct(file, roles));
  Schema schema;
  schema.format = FileFormat::kCsv;
  schema.labelled = roles.label != kAbsent;
  schema.weighted = roles.weight != kAbsent;
  schema.label_column = roles.label;
  schema.weight_column = roles.weight;
  schema.delimiter = head.delimiter;
  const int num_features = static_cast<int>(head.num_columns) - roles.count();
  if (num_features <= 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        file, ": found ", head.num_columns,
        head.num_columns == 1 ? " column" : " columns", " (", ReadAs(head),
        "), expected ", schema.labelled ? "the label and " : "",
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

absl::StatusOr<CsvLayout> CsvLayoutLike(const Schema& schema,
                                        const std::string& file,
                                        const CsvHead& head,
                                        const DataOptions& options) {
  return LayoutMaker(schema, file, head, options).Make();
}

}  // namespace lineup

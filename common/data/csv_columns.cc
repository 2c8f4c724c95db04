#include "common/data/csv_columns.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "common/base/nearest_name.h"
#include "common/base/status_macros.h"
#include "common/data/csv_roles.h"
#include "common/data/parse_errors.h"

namespace lineup {
namespace {

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
    LINEUP_RETURN_IF_ERROR(CheckRoles(roles_, file_));
    layout_.dialect.delimiter = head_.delimiter;
    layout_.labelled = roles_.has_label();
    layout_.weighted = roles_.has_weight();
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
      if (column == CsvRoles::kAbsent) continue;
      names.insert(names.begin() + std::min<size_t>(column, names.size()),
                   name);
    }
    return options_.label.empty() && options_.weight.empty() &&
           head_.names == names;
  }

  int ColumnNamed(const std::string& name) const {
    const auto at = std::find(head_.names.begin(), head_.names.end(), name);
    return at == head_.names.end() || name.empty()
               ? CsvRoles::kAbsent
               : static_cast<int>(at - head_.names.begin());
  }

  absl::StatusOr<CsvRoles> RolesByName() const {
    LINEUP_ASSIGN_OR_RETURN(CsvRoles roles,
                            RolesByOptions(options_, file_, head_));
    if (options_.label.empty()) {
      roles.label = ColumnNamed(schema_.label_name);
      if (!roles.has_label() && options_.labelled) {
        return Missing(schema_.label_name, "the label",
                       "; say which it is with --label");
      }
    }
    if (options_.weight.empty()) {
      roles.weight = ColumnNamed(schema_.weight_name);
      if (!roles.has_weight() && schema_.weighted && options_.labelled) {
        return Missing(schema_.weight_name, "the weight",
                       "; say which it is with --weight");
      }
    }
    return roles;
  }

  absl::Status Missing(const std::string& name, absl::string_view what,
                       absl::string_view next_step) const {
    return absl::InvalidArgumentError(absl::StrCat(
        file_, ":1: no column is called ", Quoted(name), ", expected ", what,
        next_step, DidYouMean(name, head_.names)));
  }

  absl::StatusOr<CsvRoles> RolesByPosition() const {
    LINEUP_ASSIGN_OR_RETURN(CsvRoles roles,
                            RolesByOptions(options_, file_, head_));
    if (options_.label.empty()) {
      roles.label = std::max(schema_.label_column, 0);
    }
    if (options_.weight.empty() && schema_.weighted) {
      roles.weight = schema_.weight_column;
    }
    const CsvRoles wanted = roles;
    if (!options_.labelled) DropAbsent(&roles);
    return Fits(roles) ? absl::StatusOr<CsvRoles>(roles) : WrongCount(wanted);
  }

  bool Fits(const CsvRoles& roles) const {
    const size_t others = roles.count();
    return schema_.num_features == 0
               ? head_.num_columns > others
               : head_.num_columns == schema_.num_features + others;
  }

  // Takes away the roles for which the file has no column: first the label,
  // then a weight that only the schema speaks of.
  void DropAbsent(CsvRoles* roles) const {
    const auto too_few = [&] {
      return head_.num_columns < size_t{schema_.num_features} + roles->count();
    };
    if (too_few() && roles->has_label()) {
      if (options_.weight.empty() && roles->label < roles->weight) {
        --roles->weight;
      }
      roles->label = CsvRoles::kAbsent;
    }
    if (too_few() && options_.weight.empty()) {
      roles->weight = CsvRoles::kAbsent;
    }
  }

  absl::Status WrongCount(const CsvRoles& roles) const {
    const uint32_t features = schema_.num_features;
    std::string expected =
        features == 0 ? "" : absl::StrCat(features + roles.count(), ": ");
    if (roles.has_label()) absl::StrAppend(&expected, "the label, ");
    if (roles.has_weight()) absl::StrAppend(&expected, "the weight, ");
    absl::StrAppend(&expected,
                    features == 0 ? "at least one" : absl::StrCat(features),
                    features < 2 ? " feature" : " features");
    if (roles.has_label() && !options_.labelled && features != 0) {
      absl::StrAppend(&expected, " (or ", features + roles.has_weight(),
                      " without the label)");
    }
    return absl::InvalidArgumentError(
        absl::StrCat(file_, ": ", FoundColumns(head_), ", expected ", expected,
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
      return absl::InvalidArgumentError(absl::StrCat(
          where, " that the first file or the model does not have; remove it",
          DidYouMean(name, schema_.feature_names)));
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
  CsvRoles roles_;
  CsvLayout layout_;
};

}  // namespace

absl::StatusOr<CsvLayout> CsvLayoutLike(const Schema& schema,
                                        const std::string& file,
                                        const CsvHead& head,
                                        const DataOptions& options) {
  return LayoutMaker(schema, file, head, options).Make();
}

}  // namespace lineup

// Turns what a user wrote for one hyperparameter (a flag's text, or a JSON
// value) into checked scalars. Texts are read the same wherever they come from,
// because hyperparameters.json holds strings throughout.
//
//   "0.1"  "TRUE"  "1e4" (a whole number)  "auto"  "0.1,0.01"  "[adam, sgd]"
//
// Thread safety: pure functions.

#ifndef LINEUP_COMMON_LINEAR_HYPERPARAMETER_VALUE_H_
#define LINEUP_COMMON_LINEAR_HYPERPARAMETER_VALUE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/linear/hyperparameter_table.h"
#include "nlohmann/json.hpp"

namespace lineup {

// The values given, each of the type and in the range of `info` (booleans,
// integers, numbers or, for names, strings without aliases); empty for `auto`.
// InvalidArgument naming `where` ("--wd", "hp.json: wd"), what was found and
// what is allowed.
absl::StatusOr<std::vector<nlohmann::json>> ParseHyperparameterValue(
    const HyperparameterInfo& info, const nlohmann::json& given,
    absl::string_view where);

// `value` as error messages show it: JSON, at most 60 characters.
std::string ShowValue(const nlohmann::json& value);

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_HYPERPARAMETER_VALUE_H_

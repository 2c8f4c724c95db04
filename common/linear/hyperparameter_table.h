// The one description of every hyperparameter: name, type, range, default,
// help, and the member of Hyperparameters that holds it. Flags, the JSON
// reader and writer, the checks and docs/hyperparameters.md all work from it.
//
// Thread safety: the table is a constant.

#ifndef LINEUP_COMMON_LINEAR_HYPERPARAMETER_TABLE_H_
#define LINEUP_COMMON_LINEAR_HYPERPARAMETER_TABLE_H_

#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/linear/hyperparameters.h"
#include "nlohmann/json.hpp"

namespace lineup {

// An interval of numbers; an open end does not belong to it.
struct NumberRange {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool low_open = false;
  bool high_open = false;

  bool Contains(double value) const;
};

struct HyperparameterInfo {
  enum class Type { kBool, kInteger, kReal, kName };

  std::string name;
  Type type = Type::kReal;
  bool required = false;
  bool accepts_auto = false;
  bool accepts_list = false;  // candidate-varying
  bool own = false;           // Lineup's, unknown to the Linear Learner
  NumberRange range;          // of kInteger and kReal
  std::vector<absl::string_view> names;  // kName; also words beside a number
  // Older names for some of `names`, as {older, name}.
  std::vector<std::pair<absl::string_view, absl::string_view>> aliases;
  std::string default_text;  // "" if required
  std::string help;          // one or two sentences, without range and default

  // Stores checked values (one, or several if accepts_list; none = auto).
  std::function<void(absl::Span<const nlohmann::json>, Hyperparameters*)> set;
  // The value, an array of several, or "auto".
  std::function<nlohmann::json(const Hyperparameters&)> get;
};

// All hyperparameters, in the order of the documentation.
absl::Span<const HyperparameterInfo> HyperparameterTable();

// The entry called `name` (exactly), or null.
const HyperparameterInfo* FindHyperparameter(absl::string_view name);

// The values that may be given, in words: "auto or a number above 0".
// Without mention of lists.
std::string AllowedValues(const HyperparameterInfo& info);

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_HYPERPARAMETER_TABLE_H_

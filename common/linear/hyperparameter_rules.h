// What hyperparameters demand of each other: resolves `auto` where another one
// decides it, and refuses combinations that contradict.
//
// A setting that has no effect beside the others (huber_delta with another
// loss, say) is refused as a flag, for somebody has just asked for it, and only
// noted in a file, which may be shared by jobs of many kinds, and which the
// Linear Learner accepts.
//
// Thread safety: pure functions.

#ifndef LINEUP_COMMON_LINEAR_HYPERPARAMETER_RULES_H_
#define LINEUP_COMMON_LINEAR_HYPERPARAMETER_RULES_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "common/linear/hyperparameters.h"
#include "nlohmann/json.hpp"

namespace lineup {

// One hyperparameter as given, its values already stored.
struct GivenHyperparameter {
  std::string where;     // "--wd", "hp.json: wd"
  bool is_flag = false;  // not from a file
  bool is_auto = false;
  nlohmann::json found;  // as written
};

using GivenHyperparameters = std::map<std::string, GivenHyperparameter>;

// Resolves and checks `hyperparameters`, which hold the given values and
// defaults otherwise. Appends to `notes`.
absl::Status ApplyHyperparameterRules(const GivenHyperparameters& given,
                                      Hyperparameters* hyperparameters,
                                      std::vector<std::string>* notes);

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_HYPERPARAMETER_RULES_H_

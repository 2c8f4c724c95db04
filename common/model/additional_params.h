// "additional-params.json" in a model archive: what the Linear Learner keeps
// beside the weights (kind of predictor, loss, threshold, the parameters of
// its metrics). Written with its very field order and spelling of numbers.
//
// A parameter that the loss does not use is null there and stays at its
// default here. Reading ignores names it does not know, for newer versions
// add some.

#ifndef LINEUP_COMMON_MODEL_ADDITIONAL_PARAMS_H_
#define LINEUP_COMMON_MODEL_ADDITIONAL_PARAMS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/model/linear_model.h"

namespace lineup {

std::string SerializeAdditionalParams(const LinearModel& model);

// Sets predictor type, loss, threshold and parameters of `model`. Errors are
// INVALID_ARGUMENT and name `file` and the field.
absl::Status ParseAdditionalParams(absl::string_view json,
                                   absl::string_view file, LinearModel* model);

}  // namespace lineup

#endif  // LINEUP_COMMON_MODEL_ADDITIONAL_PARAMS_H_

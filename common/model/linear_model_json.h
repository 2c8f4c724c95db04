// The part of model.json that makes the model itself: kind, parameters, names,
// bias and weights (docs/formats.md). Tested through model_json_test.

#ifndef LINEUP_COMMON_MODEL_LINEAR_MODEL_JSON_H_
#define LINEUP_COMMON_MODEL_LINEAR_MODEL_JSON_H_

#include <cstddef>

#include "absl/status/status.h"
#include "common/data/schema.h"
#include "common/model/json_reader.h"
#include "common/model/linear_model.h"

namespace lineup {

// A document that lists its weights has at most so many, zeros included; its
// few bytes could otherwise ask for any amount of memory.
constexpr size_t kMaxDenseWeights = size_t{1} << 26;

// Takes the model out of the whole document; its weights stay empty if the
// document lists none. The schema tells what features without names are
// called. INVALID_ARGUMENT names the field.
absl::Status ReadLinearModel(const JsonReader& reader, const Schema& schema,
                             LinearModel* model);

}  // namespace lineup

#endif  // LINEUP_COMMON_MODEL_LINEAR_MODEL_JSON_H_

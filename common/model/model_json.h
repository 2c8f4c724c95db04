// model.json: a trained model and its document as text that a person, or any
// program with a JSON library, can read. docs/formats.md describes the fields.
//
// Weights stand by feature name, in raw units, zeros left out where there are
// many. A model of more than kMaxListedWeights weights that are not zero, or
// kMaxDenseWeights in all (linear_model_json.h), lists none: "weights" is null
// and they are in the archive beside it.

#ifndef LINEUP_COMMON_MODEL_MODEL_JSON_H_
#define LINEUP_COMMON_MODEL_MODEL_JSON_H_

#include <cstddef>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/model/model_document.h"
#include "nlohmann/json.hpp"

namespace lineup {

constexpr size_t kMaxListedWeights = 1000000;
// Up to here weights of zero are listed too.
constexpr size_t kMaxListedZeros = 1000;

// The start of every model.json.
constexpr char kModelJsonFormat[] = "lineup model";
constexpr int kModelJsonVersion = 1;

// Gives the text to `write` piece by piece. Ends early with an error of
// `write`.
absl::Status WriteModelJson(
    const ModelDocument& document, const LinearModel& model,
    absl::FunctionRef<absl::Status(absl::string_view piece)> write);

// The whole text.
std::string SerializeModelJson(const ModelDocument& document,
                               const LinearModel& model);

// The same without the weights and the names of the features.
nlohmann::ordered_json ModelSummaryJson(const ModelDocument& document,
                                        const LinearModel& model);

// Reads it back. model.weights stays empty if the file lists none. `file`
// names it in errors, which are INVALID_ARGUMENT and name the field.
absl::StatusOr<ModelFile> ParseModelJson(absl::string_view text,
                                         absl::string_view file);

}  // namespace lineup

#endif  // LINEUP_COMMON_MODEL_MODEL_JSON_H_

// Takes typed fields out of a JSON file and says, in one wording for all
// files, what is wrong with a field: which file, which field, what was found,
// what was expected.
//
//   LINEUP_ASSIGN_OR_RETURN(nlohmann::json document,
//                           ParseJson(text, "model.json"));
//   JsonReader reader(document, "model.json", "");
//   LINEUP_ASSIGN_OR_RETURN(double threshold, reader.Number("threshold"));
//
// A view: the JSON value must outlive it. Errors are INVALID_ARGUMENT.

#ifndef LINEUP_COMMON_MODEL_JSON_READER_H_
#define LINEUP_COMMON_MODEL_JSON_READER_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "nlohmann/json.hpp"

namespace lineup {

// Parses a whole JSON text; a syntax error is reported with line and column.
absl::StatusOr<nlohmann::json> ParseJson(absl::string_view text,
                                         absl::string_view file);

class JsonReader {
 public:
  // `path` is where `value` lies in the file, e.g. "candidates[3]".
  JsonReader(const nlohmann::json& value, std::string file, std::string path)
      : value_(value), file_(std::move(file)), path_(std::move(path)) {}

  // An error unless the value itself is an object.
  absl::Status CheckObject() const;

  // Whether the field is there and not null.
  bool Has(absl::string_view field) const;

  absl::StatusOr<std::string> Text(absl::string_view field) const;
  absl::StatusOr<double> Number(absl::string_view field) const;
  absl::StatusOr<bool> Boolean(absl::string_view field) const;
  absl::StatusOr<uint64_t> Count(absl::string_view field, uint64_t least,
                                 uint64_t most) const;
  // Leaves `value` alone if the field is missing or null.
  absl::Status OptionalNumber(absl::string_view field, double* value) const;
  // An array; null stands for NaN.
  absl::StatusOr<std::vector<double>> Numbers(absl::string_view field) const;
  absl::StatusOr<std::vector<std::string>> Texts(absl::string_view field) const;
  absl::StatusOr<JsonReader> Object(absl::string_view field) const;
  absl::StatusOr<JsonReader> Array(absl::string_view field) const;

  const nlohmann::json& value() const { return value_; }

  // An error about this value: "file: path: what".
  absl::Status Error(absl::string_view what) const;
  // An error about a field of this value.
  absl::Status FieldError(absl::string_view field,
                          absl::string_view what) const;
  // The error of a field that must hold one of the `valid` names.
  absl::Status UnknownName(absl::string_view field, absl::string_view found,
                           absl::Span<const absl::string_view> valid) const;

  JsonReader Element(size_t index) const;

 private:
  const nlohmann::json* Find(absl::string_view field) const;
  absl::Status WrongType(absl::string_view field,
                         absl::string_view expected) const;

  const nlohmann::json& value_;
  const std::string file_;
  const std::string path_;
};

// At most 40 characters of a value, for error messages.
std::string Excerpt(const nlohmann::json& value);

}  // namespace lineup

#endif  // LINEUP_COMMON_MODEL_JSON_READER_H_

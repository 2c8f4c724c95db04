#include "common/model/json_reader.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/json_reason.h"
#include "common/base/nearest_name.h"
#include "common/base/status_macros.h"

namespace lineup {
namespace {

using nlohmann::json;

constexpr size_t kExcerptCharacters = 40;
// nlohmann's parser keeps its own stack, but values are destroyed and printed
// recursively.
constexpr int kMaxDepth = 100;

absl::Status SyntaxError(absl::string_view text, absl::string_view file,
                         size_t byte, absl::string_view what) {
  const absl::string_view before =
      text.substr(0, std::min(byte == 0 ? 0 : byte - 1, text.size()));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const size_t line_start = before.rfind('\n');
  const size_t column =
      before.size() -
      (line_start == absl::string_view::npos ? 0 : line_start + 1) + 1;
  return absl::InvalidArgumentError(
      absl::StrCat(file, ":", line, ":", column, ": not valid JSON: ", what));
}

bool TooDeep(absl::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxDepth) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

}  // namespace

std::string Excerpt(const json& value) {
  std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() > kExcerptCharacters) {
    text.resize(kExcerptCharacters - 3);
    text.append("...");
  }
  return text;
}

absl::StatusOr<json> ParseJson(absl::string_view text, absl::string_view file) {
  if (TooDeep(text)) {
    return absl::InvalidArgumentError(
        absl::StrCat(file, ": more than ", kMaxDepth,
                     " levels of brackets; this is not a file of ours"));
  }
  try {
    return json::parse(text.begin(), text.end());
  } catch (const json::parse_error& error) {
    return SyntaxError(text, file, error.byte, JsonErrorReason(error.what()));
  } catch (const json::exception& error) {  // e.g. a number out of range
    return absl::InvalidArgumentError(
        absl::StrCat(file, ": not valid JSON: ", error.what()));
  }
}

const json* JsonReader::Find(absl::string_view field) const {
  if (!value_.is_object()) return nullptr;
  const auto found = value_.find(std::string(field));
  return found == value_.end() || found->is_null() ? nullptr : &*found;
}

bool JsonReader::Has(absl::string_view field) const {
  return Find(field) != nullptr;
}

absl::Status JsonReader::Error(absl::string_view what) const {
  return absl::InvalidArgumentError(
      path_.empty() ? absl::StrCat(file_, ": ", what)
                    : absl::StrCat(file_, ": ", path_, ": ", what));
}

absl::Status JsonReader::FieldError(absl::string_view field,
                                    absl::string_view what) const {
  return absl::InvalidArgumentError(absl::StrCat(
      file_, ": ", path_, path_.empty() ? "" : ".", field, ": ", what));
}

absl::Status JsonReader::UnknownName(
    absl::string_view field, absl::string_view found,
    absl::Span<const absl::string_view> valid) const {
  return FieldError(
      field,
      absl::StrCat("found \"", found, "\", expected one of ",
                   absl::StrJoin(valid, ", "), DidYouMean(found, valid)));
}

absl::Status JsonReader::WrongType(absl::string_view field,
                                   absl::string_view expected) const {
  const json* value = Find(field);
  if (value == nullptr) {
    return FieldError(field,
                      absl::StrCat("missing or null, expected ", expected));
  }
  return FieldError(
      field, absl::StrCat("found ", Excerpt(*value), ", expected ", expected));
}

absl::Status JsonReader::CheckObject() const {
  if (value_.is_object()) return absl::OkStatus();
  return Error(absl::StrCat("found ", Excerpt(value_), ", expected an object"));
}

absl::StatusOr<std::string> JsonReader::Text(absl::string_view field) const {
  const json* value = Find(field);
  if (value == nullptr || !value->is_string()) {
    return WrongType(field, "a string");
  }
  return value->get<std::string>();
}

absl::StatusOr<double> JsonReader::Number(absl::string_view field) const {
  const json* value = Find(field);
  if (value == nullptr || !value->is_number()) {
    return WrongType(field, "a number");
  }
  return value->get<double>();
}

absl::StatusOr<bool> JsonReader::Boolean(absl::string_view field) const {
  const json* value = Find(field);
  if (value == nullptr || !value->is_boolean()) {
    return WrongType(field, "true or false");
  }
  return value->get<bool>();
}

absl::StatusOr<uint64_t> JsonReader::Count(absl::string_view field,
                                           uint64_t least,
                                           uint64_t most) const {
  const json* value = Find(field);
  if (value == nullptr || !value->is_number_unsigned() ||
      value->get<uint64_t>() < least || value->get<uint64_t>() > most) {
    return WrongType(field,
                     absl::StrCat("a whole number from ", least, " to ", most));
  }
  return value->get<uint64_t>();
}

absl::Status JsonReader::OptionalNumber(absl::string_view field,
                                        double* value) const {
  if (!Has(field)) return absl::OkStatus();
  LINEUP_ASSIGN_OR_RETURN(*value, Number(field));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<double>> JsonReader::Numbers(
    absl::string_view field) const {
  LINEUP_ASSIGN_OR_RETURN(const JsonReader array, Array(field));
  std::vector<double> numbers;
  for (const json& number : array.value()) {
    if (!number.is_number() && !number.is_null()) {
      return array.Error(
          absl::StrCat("found ", Excerpt(number), ", expected numbers"));
    }
    numbers.push_back(number.is_null()
                          ? std::numeric_limits<double>::quiet_NaN()
                          : number.get<double>());
  }
  return numbers;
}

absl::StatusOr<std::vector<std::string>> JsonReader::Texts(
    absl::string_view field) const {
  LINEUP_ASSIGN_OR_RETURN(const JsonReader array, Array(field));
  std::vector<std::string> texts;
  for (const json& text : array.value()) {
    if (!text.is_string()) {
      return array.Error(
          absl::StrCat("found ", Excerpt(text), ", expected strings"));
    }
    texts.push_back(text.get<std::string>());
  }
  return texts;
}

absl::StatusOr<JsonReader> JsonReader::Object(absl::string_view field) const {
  const json* value = Find(field);
  if (value == nullptr || !value->is_object()) {
    return WrongType(field, "an object");
  }
  return JsonReader(*value, file_,
                    absl::StrCat(path_, path_.empty() ? "" : ".", field));
}

absl::StatusOr<JsonReader> JsonReader::Array(absl::string_view field) const {
  const json* value = Find(field);
  if (value == nullptr || !value->is_array()) {
    return WrongType(field, "an array");
  }
  return JsonReader(*value, file_,
                    absl::StrCat(path_, path_.empty() ? "" : ".", field));
}

JsonReader JsonReader::Element(size_t index) const {
  return JsonReader(value_[index], file_, absl::StrCat(path_, "[", index, "]"));
}

}  // namespace lineup

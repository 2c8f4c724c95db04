#include "common/linear/hyperparameter_value.h"

#include <cmath>
#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/nearest_name.h"
#include "common/base/status_macros.h"

namespace lineup {
namespace {

using nlohmann::json;
using Type = HyperparameterInfo::Type;

// Beyond this, doubles skip whole numbers.
constexpr double kMaxExactInteger = 9007199254740992.0;

absl::string_view Unquoted(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  if (text.size() >= 2 && (text[0] == '"' || text[0] == '\'') &&
      text.back() == text[0]) {
    text = text.substr(1, text.size() - 2);
  }
  return text;
}

// The items of a list; a value that is no list is its own single item.
// Strings stay strings, so that "0.1" and 0.1 go the same way afterwards.
std::vector<json> Items(const json& given) {
  if (given.is_array()) return given.get<std::vector<json>>();
  if (!given.is_string()) return {given};
  absl::string_view text =
      absl::StripAsciiWhitespace(given.get_ref<const std::string&>());
  const bool bracketed =
      text.size() >= 2 && text[0] == '[' && text.back() == ']';
  if (bracketed) text = text.substr(1, text.size() - 2);
  std::vector<json> items;
  if (bracketed && absl::StripAsciiWhitespace(text).empty()) return items;
  for (absl::string_view item : absl::StrSplit(text, ',')) {
    items.push_back(std::string(Unquoted(item)));
  }
  return items;
}

bool IsList(const json& given) {
  if (given.is_array()) return true;
  if (!given.is_string()) return false;
  const std::string& text = given.get_ref<const std::string&>();
  return absl::StrContains(text, ',') ||
         absl::StartsWith(absl::StripLeadingAsciiWhitespace(text), "[");
}

// A JSON scalar as the text that a flag would have had.
std::optional<std::string> AsText(const json& item) {
  if (item.is_string()) {
    return std::string(
        absl::StripAsciiWhitespace(item.get_ref<const std::string&>()));
  }
  if (item.is_number() || item.is_boolean()) return item.dump();
  return std::nullopt;
}

std::optional<json> ReadBool(const std::string& text) {
  const std::string lower = absl::AsciiStrToLower(text);
  if (lower == "true") return json(true);
  if (lower == "false") return json(false);
  return std::nullopt;
}

std::optional<json> ReadInteger(const HyperparameterInfo& info,
                                const std::string& text) {
  int64_t value = 0;
  if (!absl::SimpleAtoi(text, &value)) {
    double real = 0;  // "1e6", "10.0"
    if (!absl::SimpleAtod(text, &real) || std::floor(real) != real ||
        !(std::abs(real) <= kMaxExactInteger)) {
      return std::nullopt;
    }
    value = static_cast<int64_t>(real);
  }
  if (!info.range.Contains(static_cast<double>(value))) return std::nullopt;
  return json(value);
}

std::optional<json> ReadReal(const HyperparameterInfo& info,
                             const std::string& text) {
  double value = 0;
  if (!absl::SimpleAtod(text, &value) || !std::isfinite(value) ||
      !info.range.Contains(value)) {
    return std::nullopt;
  }
  return json(value);
}

std::optional<json> ReadName(const HyperparameterInfo& info,
                             const std::string& text) {
  for (const auto& [older, name] : info.aliases) {
    if (text == older) return json(std::string(name));
  }
  for (absl::string_view name : info.names) {
    if (text == name) return json(text);
  }
  return std::nullopt;
}

std::optional<json> ReadItem(const HyperparameterInfo& info,
                             const std::string& text) {
  switch (info.type) {
    case Type::kBool:
      return ReadBool(text);
    case Type::kInteger:
      return ReadInteger(info, text);
    case Type::kReal:
      if (std::optional<json> name = ReadName(info, text)) return name;
      return ReadReal(info, text);
    case Type::kName:
      return ReadName(info, text);
  }
  return std::nullopt;
}

absl::Status Refused(const HyperparameterInfo& info, const json& found,
                     absl::string_view where) {
  std::string hint;
  if (found.is_string()) {
    std::vector<absl::string_view> words = info.names;
    if (info.accepts_auto) words.push_back("auto");
    if (info.type == Type::kBool) {
      words.push_back("true");
      words.push_back("false");
    }
    hint = DidYouMean(found.get_ref<const std::string&>(), words);
  }
  return absl::InvalidArgumentError(
      absl::StrCat(where, ": found ", ShowValue(found), ", expected ",
                   AllowedValues(info), hint));
}

absl::Status CheckList(const HyperparameterInfo& info, const json& given,
                       size_t num_items, absl::string_view where) {
  if (!info.accepts_list) {
    return absl::InvalidArgumentError(absl::StrCat(
        where, ": found the list ", ShowValue(given),
        ", expected one value: ", AllowedValues(info), "; ", info.name,
        " is the same for all candidates (lists are for those that may "
        "differ, such as learning_rate)"));
  }
  if (num_items == 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        where, ": found an empty list, expected ", AllowedValues(info)));
  }
  return absl::OkStatus();
}

}  // namespace

std::string ShowValue(const json& value) {
  constexpr size_t kMaxShown = 60;
  std::string text = value.dump(-1, ' ', /*ensure_ascii=*/false,
                                json::error_handler_t::replace);
  if (text.size() <= kMaxShown) return text;
  size_t end = kMaxShown;  // not within a UTF-8 character
  while (end > 0 && (text[end] & 0xc0) == 0x80) --end;
  return absl::StrCat(text.substr(0, end), "…");
}

absl::StatusOr<std::vector<json>> ParseHyperparameterValue(
    const HyperparameterInfo& info, const json& given,
    absl::string_view where) {
  const std::vector<json> items = Items(given);
  if (IsList(given)) {
    LINEUP_RETURN_IF_ERROR(CheckList(info, given, items.size(), where));
  }
  if (items.size() == 1 && info.accepts_auto && AsText(items[0]) == "auto") {
    return std::vector<json>();
  }
  std::vector<json> values;
  for (const json& item : items) {
    if (items.size() > 1 && AsText(item) == "auto") {
      return absl::InvalidArgumentError(
          absl::StrCat(where,
                       ": found \"auto\" within a list, expected it "
                       "alone, or a list of explicit values"));
    }
    const std::optional<std::string> text = AsText(item);
    std::optional<json> value;
    if (text.has_value()) value = ReadItem(info, *text);
    if (!value.has_value()) return Refused(info, item, where);
    values.push_back(*std::move(value));
  }
  return values;
}

}  // namespace lineup

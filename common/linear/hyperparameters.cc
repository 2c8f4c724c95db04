#include "common/linear/hyperparameters.h"

#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "common/base/nearest_name.h"
#include "common/base/status_macros.h"
#include "common/linear/hyperparameter_rules.h"
#include "common/linear/hyperparameter_table.h"
#include "common/linear/hyperparameter_value.h"

namespace lineup {
namespace {

using nlohmann::json;

// The Linear Learner's own service passes these beside the documented ones.
bool IsHidden(absl::string_view name) {
  return absl::StartsWith(name, "_") || name == "force_dense";
}

absl::Status UnknownName(absl::string_view where, absl::string_view name) {
  std::vector<absl::string_view> names;
  for (const HyperparameterInfo& info : HyperparameterTable()) {
    names.push_back(info.name);
  }
  std::string hint = DidYouMean(name, names);
  if (hint.empty()) hint = "; docs/hyperparameters.md lists them all";
  return absl::InvalidArgumentError(
      absl::StrCat(where, ": no hyperparameter has this name", hint));
}

// Checks and stores one setting.
absl::Status Take(const std::string& name, GivenHyperparameter setting,
                  GivenHyperparameters* given, Hyperparameters* hp,
                  std::vector<std::string>* notes) {
  if (IsHidden(name)) {
    notes->push_back(absl::StrCat(
        setting.where, ": ignored: it belongs to Amazon's own service"));
    return absl::OkStatus();
  }
  const HyperparameterInfo* info = FindHyperparameter(name);
  if (info == nullptr) return UnknownName(setting.where, name);
  LINEUP_ASSIGN_OR_RETURN(
      const std::vector<json> values,
      ParseHyperparameterValue(*info, setting.found, setting.where));
  setting.is_auto = values.empty();
  info->set(values, hp);
  (*given)[name] = std::move(setting);
  return absl::OkStatus();
}

// The library's own message without its prefix in brackets.
std::string JsonProblem(const json::exception& error) {
  const absl::string_view text = error.what();
  const size_t end = text.find("] ");
  return std::string(end == absl::string_view::npos ? text
                                                    : text.substr(end + 2));
}

absl::StatusOr<json> ReadObject(const HyperparameterFile& file) {
  std::set<std::string> keys;
  std::string twice;
  const json::parser_callback_t watch =
      [&](int depth, json::parse_event_t event, json& parsed) {
        if (depth == 1 && event == json::parse_event_t::key &&
            !keys.insert(parsed.get<std::string>()).second) {
          twice = parsed.get<std::string>();
        }
        return true;
      };
  json object;
  try {
    object = json::parse(file.contents, watch);
  } catch (const json::exception& error) {
    return absl::InvalidArgumentError(
        absl::StrCat(file.path, ": not valid JSON: ", JsonProblem(error)));
  }
  if (!object.is_object()) {
    return absl::InvalidArgumentError(
        absl::StrCat(file.path, ": expected a JSON object such as ",
                     "{\"learning_rate\": 0.1}, found ", ShowValue(object)));
  }
  if (!twice.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(file.path, ": ", twice, " is given twice"));
  }
  return object;
}

absl::Status TakeFlags(absl::Span<const NamedValue> flags,
                       GivenHyperparameters* given, Hyperparameters* hp,
                       std::vector<std::string>* notes) {
  std::set<std::string> seen;
  for (const NamedValue& flag : flags) {
    std::string name = absl::StrReplaceAll(flag.name, {{"-", "_"}});
    if (!seen.insert(name).second) {
      return absl::InvalidArgumentError(absl::StrCat(
          "--", name, ": given twice; write several values as a list: --", name,
          "=A,B"));
    }
    GivenHyperparameter setting;
    setting.where = absl::StrCat("--", name);
    setting.is_flag = true;
    setting.found = flag.value;
    LINEUP_RETURN_IF_ERROR(Take(name, std::move(setting), given, hp, notes));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Hyperparameters> ParseHyperparameters(
    absl::Span<const NamedValue> flags,
    const std::optional<HyperparameterFile>& file,
    std::vector<std::string>* notes) {
  std::vector<std::string> unread;
  if (notes == nullptr) notes = &unread;
  Hyperparameters hp;
  GivenHyperparameters given;
  if (file.has_value()) {
    LINEUP_ASSIGN_OR_RETURN(const json object, ReadObject(*file));
    for (const auto& [name, value] : object.items()) {
      GivenHyperparameter setting;
      setting.where = absl::StrCat(file->path, ": ", name);
      setting.found = value;
      LINEUP_RETURN_IF_ERROR(
          Take(name, std::move(setting), &given, &hp, notes));
    }
  }
  LINEUP_RETURN_IF_ERROR(TakeFlags(flags, &given, &hp, notes));
  LINEUP_RETURN_IF_ERROR(ApplyHyperparameterRules(given, &hp, notes));
  return hp;
}

json HyperparametersToJson(const Hyperparameters& hyperparameters) {
  json out = json::object();
  for (const HyperparameterInfo& info : HyperparameterTable()) {
    out[info.name] = info.get(hyperparameters);
  }
  return out;
}

}  // namespace lineup

#include "cli/command_line.h"

#include <algorithm>
#include <iostream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "cli/arguments.h"
#include "common/base/nearest_name.h"

namespace lineup {
namespace {

int Fail(int exit_status, absl::string_view message) {
  std::cerr << "lineup: error: " << message << "\n";
  return exit_status;
}

std::vector<std::string> CommandNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands({})) {
    names.push_back(command->get_name());
  }
  return names;
}

// The subcommand that was named, or null.
const CLI::App* NamedCommand(const CLI::App& app,
                             const std::vector<std::string>& arguments) {
  for (const CLI::App* command : app.get_subcommands({})) {
    if (!arguments.empty() && command->get_name() == arguments[0]) {
      return command;
    }
  }
  return nullptr;
}

std::string SeeHelp(const CLI::App* command) {
  return command == nullptr
             ? "see lineup --help"
             : absl::StrCat("see lineup ", command->get_name(), " --help");
}

bool IsFlag(const std::string& argument) {
  return absl::StartsWith(argument, "-");
}

// What is wrong with an argument that nothing has asked for.
std::string UnexpectedArgument(const CLI::App& app, const CLI::App* command,
                               const std::vector<std::string>& extras) {
  const auto flag = std::find_if(extras.begin(), extras.end(), IsFlag);
  if (flag == extras.end()) {
    return absl::StrCat("unexpected argument \"",
                        extras.empty() ? "" : extras.front(), "\"; ",
                        SeeHelp(command));
  }
  const std::string name = (*flag).substr(0, flag->find('='));
  std::vector<std::string> valid;
  for (const CLI::Option* option :
       (command == nullptr ? app : *command).get_options()) {
    for (const std::string& known : option->get_lnames()) {
      valid.push_back(absl::StrCat("--", known));
    }
  }
  const std::string nearest = DidYouMean(name, valid);
  return absl::StrCat(
      "unknown flag ", name,
      nearest.empty() ? absl::StrCat("; ", SeeHelp(command)) : nearest);
}

// CLI11's own message, on one line and in plainer words.
std::string OneLine(absl::string_view message) {
  return absl::StrReplaceAll(
      absl::StrJoin(absl::StrSplit(message, '\n', absl::SkipWhitespace()), " "),
      {{"At Most 1 required but received ",
        "expected one value, number of values found: "}});
}

int HandleParseError(const CLI::App& app, const CLI::App* command,
                     const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) {  // --help and its like
    return app.exit(error, std::cout, std::cerr);
  }
  const std::vector<std::string> extras = app.remaining(true);
  // A flag that is missing may be there, misspelt.
  const bool is_misspelt =
      dynamic_cast<const CLI::RequiredError*>(&error) != nullptr &&
      command != nullptr && std::any_of(extras.begin(), extras.end(), IsFlag);
  if (is_misspelt || dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr) {
    return Fail(kExitUsage, UnexpectedArgument(app, command, extras));
  }
  return Fail(kExitUsage,
              absl::StrCat(OneLine(error.what()), "; ", SeeHelp(command)));
}

}  // namespace

int RunCommandLine(CLI::App& app, CommandRunner* run,
                   const std::vector<std::string>& arguments) {
  const CLI::App* command = NamedCommand(app, arguments);
  if (arguments.empty() ||
      (command == nullptr && !absl::StartsWith(arguments[0], "-"))) {
    const std::vector<std::string> names = CommandNames(app);
    const std::string choices = absl::StrJoin(names, ", ");
    if (arguments.empty()) {
      return Fail(kExitUsage, absl::StrCat("no command given, expected one of ",
                                           choices, "; see lineup --help"));
    }
    return Fail(kExitUsage, absl::StrCat("unknown command \"", arguments[0],
                                         "\", expected one of ", choices,
                                         DidYouMean(arguments[0], names)));
  }
  // CLI11 takes them last first.
  std::vector<std::string> reversed = NormalizeFlagNames(arguments);
  if (reversed[0] == "--version") reversed[0] = "version";
  std::reverse(reversed.begin(), reversed.end());
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::ParseError& error) {
    return HandleParseError(app, command, error);
  }
  const absl::Status status = (*run)();
  std::cout.flush();
  if (!status.ok()) return Fail(kExitFailed, status.message());
  if (!std::cout) {
    return Fail(kExitFailed, "cannot write to standard output");
  }
  return kExitOk;
}

}  // namespace lineup

#include "cli/arguments.h"

#include <algorithm>

#include "absl/strings/match.h"

namespace lineup {

std::string NormalizeFlagName(absl::string_view argument) {
  std::string normalized(argument);
  if (!absl::StartsWith(argument, "--")) return normalized;
  const auto name_end = std::find(normalized.begin(), normalized.end(), '=');
  std::replace(normalized.begin(), name_end, '_', '-');
  return normalized;
}

std::vector<std::string> NormalizeFlagNames(
    absl::Span<const std::string> arguments) {
  std::vector<std::string> normalized;
  bool flags = true;
  for (const std::string& argument : arguments) {
    if (argument == "--") flags = false;
    normalized.push_back(flags ? NormalizeFlagName(argument) : argument);
  }
  return normalized;
}

}  // namespace lineup

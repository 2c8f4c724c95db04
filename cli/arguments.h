// Makes '_' and '-' alike in the names of flags: "--learning_rate=0_1" becomes
// "--learning-rate=0_1". Values and everything after a bare "--" stay as they
// are.

#ifndef LINEUP_CLI_ARGUMENTS_H_
#define LINEUP_CLI_ARGUMENTS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace lineup {

std::vector<std::string> NormalizeFlagNames(
    absl::Span<const std::string> arguments);

// The same for one argument.
std::string NormalizeFlagName(absl::string_view argument);

}  // namespace lineup

#endif  // LINEUP_CLI_ARGUMENTS_H_

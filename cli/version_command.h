// `lineup version`.

#ifndef LINEUP_CLI_VERSION_COMMAND_H_
#define LINEUP_CLI_VERSION_COMMAND_H_

#include "CLI/CLI.hpp"
#include "cli/command.h"

namespace lineup {

void AddVersionCommand(CLI::App& app, CommandRunner* run);

}  // namespace lineup

#endif  // LINEUP_CLI_VERSION_COMMAND_H_

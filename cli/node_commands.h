// `lineup coordinator`, `lineup server`, `lineup worker`: the processes of a
// cluster. They run until they are told to stop: SIGTERM or Ctrl-C lets servers
// and workers hand back what they hold first; a second one ends them at once.

#ifndef LINEUP_CLI_NODE_COMMANDS_H_
#define LINEUP_CLI_NODE_COMMANDS_H_

#include "CLI/CLI.hpp"
#include "cli/command.h"

namespace lineup {

void AddNodeCommands(CLI::App& app, CommandRunner* run);

}  // namespace lineup

#endif  // LINEUP_CLI_NODE_COMMANDS_H_

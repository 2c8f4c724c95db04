// The command line as a whole: finds the subcommand, reads its flags, runs it,
// and turns every error into one line on standard error.

#ifndef LINEUP_CLI_COMMAND_LINE_H_
#define LINEUP_CLI_COMMAND_LINE_H_

#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "cli/command.h"

namespace lineup {

// Exit statuses: success, the command failed, the command line was wrong.
constexpr int kExitOk = 0;
constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;

// Reads `arguments` (without the program's name) with `app`, to which the
// subcommands have been added with this `run`, and runs the one that is named.
int RunCommandLine(CLI::App& app, CommandRunner* run,
                   const std::vector<std::string>& arguments);

}  // namespace lineup

#endif  // LINEUP_CLI_COMMAND_LINE_H_

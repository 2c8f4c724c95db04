// The commands of operators: submit, jobs, status, candidates, nodes, lanes,
// watch, stop, drain. Each with --json prints the answer of the coordinator as
// it is (proto/jobs.proto).

#ifndef LINEUP_CLI_JOB_COMMANDS_H_
#define LINEUP_CLI_JOB_COMMANDS_H_

#include "CLI/CLI.hpp"
#include "cli/command.h"

namespace lineup {

void AddJobCommands(CLI::App& app, CommandRunner* run);

}  // namespace lineup

#endif  // LINEUP_CLI_JOB_COMMANDS_H_

// `lineup inspect MODEL`: shows a model's settings, its metrics, the table of
// candidates it was chosen from, and its strongest weights.

#ifndef LINEUP_CLI_INSPECT_COMMAND_H_
#define LINEUP_CLI_INSPECT_COMMAND_H_

#include <cstdint>
#include <ostream>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "cli/command.h"

namespace lineup {

struct InspectOptions {
  std::string model;
  uint64_t top = 20;  // how many weights
  bool json = false;
};

absl::Status RunInspect(const InspectOptions& options, std::ostream& out);

void AddInspectCommand(CLI::App& app, CommandRunner* run);

}  // namespace lineup

#endif  // LINEUP_CLI_INSPECT_COMMAND_H_

// How a subcommand of `lineup` is made: a file NAME_command.h with
//
//   struct NameOptions { ... };                       // what the flags say
//   absl::Status RunName(const NameOptions&, ...);    // what it does
//   void AddNameCommand(CLI::App& app, CommandRunner* run);
//
// AddNameCommand declares the flags and, in the subcommand's callback, sets
// *run to the work; the work starts only after the whole line has been read
// without an error. Flags are declared with '-' ("--learning-rate"); users may
// write '_' instead, in any flag (arguments.h).

#ifndef LINEUP_CLI_COMMAND_H_
#define LINEUP_CLI_COMMAND_H_

#include <functional>

#include "absl/status/status.h"

namespace lineup {

using CommandRunner = std::function<absl::Status()>;

}  // namespace lineup

#endif  // LINEUP_CLI_COMMAND_H_

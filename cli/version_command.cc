#include "cli/version_command.h"

#include <iostream>

#include "common/base/version.h"

namespace lineup {

void AddVersionCommand(CLI::App& app, CommandRunner* run) {
  CLI::App* command =
      app.add_subcommand("version", "Print the version of Lineup");
  command->callback([run] {
    *run = [] {
      std::cout << "lineup " << kLineupVersion << "\n";
      return absl::OkStatus();
    };
  });
}

}  // namespace lineup

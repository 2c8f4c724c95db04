// The `lineup` command.

#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/synchronization/mutex.h"
#include "cli/command.h"
#include "cli/command_line.h"
#include "cli/evaluate_command.h"
#include "cli/inspect_command.h"
#include "cli/job_commands.h"
#include "cli/node_commands.h"
#include "cli/predict_command.h"
#include "cli/train_command.h"
#include "cli/version_command.h"
#include "common/base/malloc_tuning.h"
#include "glog/logging.h"

int main(int argc, char** argv) {
  lineup::KeepFreedMemory();
  // Debian's Abseil looks for deadlocks at each lock, in gRPC too, as it is
  // built with its assertions. Tests keep that; it costs a few per cent.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  FLAGS_logtostderr = true;
  google::InitGoogleLogging(argv[0]);
  CLI::App app(
      "Lineup trains many linear models at once, in one pass over the data, "
      "and keeps the one that does best.",
      "lineup");
  lineup::CommandRunner run;
  lineup::AddPredictCommand(app, &run);
  lineup::AddEvaluateCommand(app, &run);
  lineup::AddInspectCommand(app, &run);
  lineup::AddTrainCommand(app, &run);
  lineup::AddNodeCommands(app, &run);
  lineup::AddJobCommands(app, &run);
  lineup::AddVersionCommand(app, &run);
  app.require_subcommand(1);
  return lineup::RunCommandLine(
      app, &run, std::vector<std::string>(argv + 1, argv + argc));
}

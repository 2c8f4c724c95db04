// `lineup train --train PATH… --output DIR …`: a whole job in one process.
//
// A failed run never replaces an earlier model. The first Ctrl-C ends training
// with the best model so far, the second one at once.

#ifndef LINEUP_CLI_TRAIN_COMMAND_H_
#define LINEUP_CLI_TRAIN_COMMAND_H_

#include <atomic>
#include <functional>
#include <ostream>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "cli/command.h"
#include "cli/job_flags.h"

namespace lineup {

struct TrainOptions {
  JobFlags job;
  int threads = 0;           // 0: one a processor
  std::string cache_memory;  // empty: half of the machine's
  std::string cache_dir = "/tmp";
  // What `out` gets: a "human" reader's tables, or the log of the
  // "linear-learner" (cli/linear_learner_observer.h).
  std::string log_format = "human";
  bool quiet = false;  // no progress
  // The width of the terminal that `err` is; 0, or no function: it is none,
  // and progress comes in plain lines (cli/progress_lines.h), not as a bar.
  std::function<int()> terminal_columns;
};

// Reports to `out`, progress and notes to `err`. Ends early, with the best
// model so far, when `stop` becomes true.
absl::Status RunTrain(const TrainOptions& options,
                      const std::atomic<bool>& stop, std::ostream& out,
                      std::ostream& err);

void AddTrainCommand(CLI::App& app, CommandRunner* run);

}  // namespace lineup

#endif  // LINEUP_CLI_TRAIN_COMMAND_H_

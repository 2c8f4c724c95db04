// `lineup evaluate --model MODEL --input FILE…`: measures a model on labelled
// data, with the metrics of common/linear/metrics.h.
//
// Splits of the data are read in parallel; the result does not depend on how
// many threads there are.

#ifndef LINEUP_CLI_EVALUATE_COMMAND_H_
#define LINEUP_CLI_EVALUATE_COMMAND_H_

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "cli/command.h"
#include "cli/data_flags.h"

namespace lineup {

struct EvaluateOptions {
  std::string model;
  std::vector<std::string> inputs;
  bool json = false;
  uint32_t threads = 0;  // 0: one for each processor
  DataFlags data;
};

// The report goes to `out`, notes to `err`.
absl::Status RunEvaluate(const EvaluateOptions& options, std::ostream& out,
                         std::ostream& err);

void AddEvaluateCommand(CLI::App& app, CommandRunner* run);

}  // namespace lineup

#endif  // LINEUP_CLI_EVALUATE_COMMAND_H_

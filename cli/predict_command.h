// `lineup predict --model MODEL --input FILE… --output FILE`: scores data.
//
// Input and output are streamed: memory does not grow with the data. The
// answers stand in the order of the records; the output appears only when it
// is complete.

#ifndef LINEUP_CLI_PREDICT_COMMAND_H_
#define LINEUP_CLI_PREDICT_COMMAND_H_

#include <ostream>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "cli/command.h"
#include "cli/data_flags.h"

namespace lineup {

struct PredictOptions {
  std::string model;
  std::vector<std::string> inputs;
  std::string output = "-";
  std::string output_format;  // empty: by the name of the output
  DataFlags data;
};

// Notes go to `err`.
absl::Status RunPredict(const PredictOptions& options, std::ostream& err);

void AddPredictCommand(CLI::App& app, CommandRunner* run);

}  // namespace lineup

#endif  // LINEUP_CLI_PREDICT_COMMAND_H_

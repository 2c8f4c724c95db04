#include "cli/inspect_command.h"

#include <iostream>
#include <memory>

#include "cli/flag_checks.h"
#include "cli/model_report.h"
#include "common/base/status_macros.h"
#include "common/model/json_text.h"
#include "common/model/model_directory.h"

namespace lineup {

absl::Status RunInspect(const InspectOptions& options, std::ostream& out) {
  LINEUP_ASSIGN_OR_RETURN(const ModelFile file, ReadModel(options.model));
  if (options.json) {
    out << ReadableJson(ModelReportJson(file, options.top));
  } else {
    out << ModelReport(file, options.top);
  }
  return absl::OkStatus();
}

void AddInspectCommand(CLI::App& app, CommandRunner* run) {
  auto options = std::make_shared<InspectOptions>();
  CLI::App* command = app.add_subcommand(
      "inspect",
      "Show a model's settings, metrics, candidates and strongest weights");
  command
      ->add_option("model,--model", options->model,
                   "Model directory, model.json, or model.tar.gz (also one of "
                   "Amazon's Linear Learner)")
      ->required();
  command->add_option("--top", options->top, "How many weights to show")
      ->check(WholeNumber(0, 1000000000))
      ->capture_default_str();
  command->add_flag("--json", options->json, "Print JSON");
  command->callback([options, run] {
    *run = [options] { return RunInspect(*options, std::cout); };
  });
}

}  // namespace lineup

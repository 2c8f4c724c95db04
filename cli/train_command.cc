#include "cli/train_command.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <iostream>
#include <memory>
#include <thread>
#include <vector>

#include "cli/byte_size.h"
#include "cli/flag_checks.h"
#include "cli/linear_learner_observer.h"
#include "cli/model_input.h"
#include "cli/model_report.h"
#include "cli/progress_lines.h"
#include "common/base/clock.h"
#include "common/base/status_macros.h"
#include "common/job/job_plan.h"
#include "common/model/model_directory.h"
#include "coordinator/job_result.h"
#include "embedded/local_job.h"

namespace lineup {
namespace {

std::atomic<bool> interrupted{false};

void OnInterrupt(int) {
  if (interrupted.exchange(true)) _exit(130);
}

absl::StatusOr<LocalJobOptions> MakeLocalJobOptions(
    const TrainOptions& options) {
  LocalJobOptions local;
  local.threads = options.threads > 0
                      ? options.threads
                      : std::max(1u, std::thread::hardware_concurrency());
  local.cache_dir = options.cache_dir;
  if (options.cache_memory.empty()) {
    local.cache_memory_bytes = static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) *
                               sysconf(_SC_PAGE_SIZE) / 2;
  } else {
    LINEUP_ASSIGN_OR_RETURN(
        local.cache_memory_bytes,
        ParseByteSize("--cache-memory", options.cache_memory));
  }
  return local;
}

constexpr char kHuman[] = "human";
constexpr char kLinearLearner[] = "linear-learner";

std::unique_ptr<JobObserver> MakeObserver(const TrainOptions& options,
                                          const JobPlan& plan,
                                          const Clock& clock, std::ostream& out,
                                          std::ostream& err) {
  if (options.log_format == kLinearLearner) {
    return std::make_unique<LinearLearnerObserver>(&plan, &clock, &out);
  }
  return std::make_unique<ProgressLines>(&plan, &clock, &err);
}

void PrintResult(const ModelDocument& document, const std::string& directory,
                 std::ostream& out) {
  out << CandidatesTable(document) << "\n"
      << MetricsTable({{"train", document.train_metrics},
                       {"validation", document.validation_metrics},
                       {"test", document.test_metrics}})
      << "\nCandidate " << document.best_candidate << " was chosen by "
      << document.selection_criterion << " on the " << document.selection_data
      << " data. The model is in " << directory << ".\n";
}

}  // namespace

absl::Status RunTrain(const TrainOptions& options,
                      const std::atomic<bool>& stop, std::ostream& out,
                      std::ostream& err) {
  std::vector<std::string> notes;
  LINEUP_ASSIGN_OR_RETURN(const JobSpec spec,
                          MakeJobSpec(options.job, /*default_lanes=*/1,
                                      /*default_staleness=*/0, &notes));
  LINEUP_ASSIGN_OR_RETURN(const LocalJobOptions local,
                          MakeLocalJobOptions(options));
  LINEUP_RETURN_IF_ERROR(CheckModelDirectoryWritable(options.job.output));
  LINEUP_ASSIGN_OR_RETURN(const JobPlan plan, PlanJob(spec));
  for (const std::string& note : notes) err << "lineup: note: " << note << "\n";
  const RealClock clock;
  const std::unique_ptr<JobObserver> observer =
      MakeObserver(options, plan, clock, out, err);
  LocalJob job(&plan, local, observer.get());
  LINEUP_RETURN_IF_ERROR(job.Run(stop));
  LINEUP_ASSIGN_OR_RETURN(const LinearModel model,
                          MakeModel(plan, job.machine()));
  const ModelDocument document =
      MakeDocument(plan, job.machine(), job.bad_records().count());
  LINEUP_RETURN_IF_ERROR(
      WriteModelDirectory(options.job.output, document, model));
  ReportBadRecords(job.bad_records(), err);
  if (options.log_format == kHuman) {
    PrintResult(document, options.job.output, out);
  } else {
    err << "The model is in " << options.job.output << ".\n";
  }
  for (const std::string& note : document.notes) {
    (options.log_format == kHuman ? out : err) << "Note: " << note << "\n";
  }
  return absl::OkStatus();
}

void AddTrainCommand(CLI::App& app, CommandRunner* run) {
  auto options = std::make_shared<TrainOptions>();
  CLI::App* command =
      app.add_subcommand("train", "Train a lineup of models and keep the best");
  AddJobFlags(command, &options->job);
  command
      ->add_option("--output", options->job.output,
                   "The model directory to write; an earlier model in it is "
                   "replaced when the new one is complete")
      ->required();
  command->add_option("--threads", options->threads,
                      "Threads; 0: one for each processor. The result is the "
                      "same whatever their number");
  command->add_option("--cache-memory", options->cache_memory,
                      "Keep parsed data in memory up to this size, such as "
                      "4GiB (default: half of the machine's memory)");
  command
      ->add_option("--cache-dir", options->cache_dir,
                   "Where parsed data goes beyond that")
      ->capture_default_str();
  command
      ->add_option("--log-format", options->log_format,
                   "What goes to standard output: human (tables at the end) or "
                   "linear-learner (log lines that the metric definitions of "
                   "Amazon SageMaker's Linear Learner match)")
      ->check(OneOf({kHuman, kLinearLearner}))
      ->capture_default_str();
  command->callback([options, run] {
    *run = [options] {
      std::signal(SIGINT, OnInterrupt);
      std::signal(SIGTERM, OnInterrupt);
      return RunTrain(*options, interrupted, std::cout, std::cerr);
    };
  });
}

}  // namespace lineup

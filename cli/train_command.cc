#include "cli/train_command.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <thread>
#include <vector>

#include "cli/byte_size.h"
#include "cli/flag_checks.h"
#include "cli/linear_learner_observer.h"
#include "cli/model_input.h"
#include "cli/model_report.h"
#include "cli/progress_bar.h"
#include "cli/progress_lines.h"
#include "common/base/clock.h"
#include "common/base/status_macros.h"
#include "common/job/job_plan.h"
#include "common/model/background_archive.h"
#include "common/model/model_directory.h"
#include "coordinator/job_machine.h"
#include "coordinator/job_result.h"
#include "embedded/local_job.h"

namespace lineup {
namespace {

constexpr int kUsualColumns = 80;
constexpr uint64_t kMostThreads = 1024;

std::atomic<bool> interrupted{false};

constexpr int kExitInterrupted = 128 + SIGINT;

// Only what a signal handler may do.
void OnInterrupt(int) {
  if (interrupted.exchange(true)) _exit(kExitInterrupted);
  constexpr char kMessage[] =
      "\nlineup: stopping with the best model so far; once more to quit at "
      "once\n";
  // Nothing can be done if standard error is closed.
  [[maybe_unused]] const ssize_t written =
      write(STDERR_FILENO, kMessage, sizeof(kMessage) - 1);
}

// The width of the terminal that standard error is, 0 if it is none (or one
// that cannot draw over a line).
int TerminalColumns() {
  const char* term = std::getenv("TERM");
  const bool can_draw = term != nullptr && std::string(term) != "dumb";
  if (!can_draw || isatty(STDERR_FILENO) == 0) return 0;
  winsize size = {};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) {
    return kUsualColumns;
  }
  return size.ws_col;
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

// Null if nothing is to be told.
std::unique_ptr<JobObserver> MakeObserver(const TrainOptions& options,
                                          const JobPlan& plan,
                                          const Clock& clock, std::ostream& out,
                                          std::ostream& err) {
  if (options.log_format == kLinearLearner) {
    return std::make_unique<LinearLearnerObserver>(&plan, &clock, &out);
  }
  if (options.quiet) return nullptr;
  if (options.terminal_columns && options.terminal_columns() > 0) {
    return std::make_unique<ProgressBar>(&plan, &clock,
                                         options.terminal_columns, &err);
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

// Whatever the log format, standard error says that training was stopped.
void Report(const TrainOptions& options, const JobMachine& machine,
            const ModelDocument& document, std::ostream& out,
            std::ostream& err) {
  if (machine.stopped_by_user()) {
    err << "lineup: training was stopped in epoch " << machine.epoch() + 1
        << "; the best model so far is kept\n";
  }
  if (options.log_format == kHuman) {
    PrintResult(document, options.job.output, out);
  } else {
    err << "The model is in " << options.job.output << ".\n";
  }
  for (const std::string& note : document.notes) {
    (options.log_format == kHuman ? out : err) << "Note: " << note << "\n";
  }
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
  LINEUP_RETURN_IF_ERROR(job.Run(stop, JobMachine::Step::kMeasure));
  LINEUP_ASSIGN_OR_RETURN(const LinearModel model,
                          MakeModel(plan, job.machine()));
  BackgroundArchive archive(&model);
  LINEUP_RETURN_IF_ERROR(job.Run(stop));
  const ModelDocument document =
      MakeDocument(plan, job.machine(), job.bad_records().count());
  LINEUP_RETURN_IF_ERROR(
      WriteModelDirectory(options.job.output, document, model, &archive));
  ReportBadRecords(job.bad_records(), err);
  Report(options, job.machine(), document, out, err);
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
  command
      ->add_option("--threads", options->threads,
                   "Threads; 0: one for each processor. The result is the "
                   "same whatever their number")
      ->check(WholeNumber(0, kMostThreads));
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
  command->add_flag("--quiet", options->quiet, "Do not show the progress");
  options->terminal_columns = TerminalColumns;
  command->callback([options, run] {
    *run = [options] {
      std::signal(SIGINT, OnInterrupt);
      std::signal(SIGTERM, OnInterrupt);
      return RunTrain(*options, interrupted, std::cout, std::cerr);
    };
  });
}

}  // namespace lineup

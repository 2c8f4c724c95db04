#include "cli/job_commands.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "cli/cluster_flags.h"
#include "cli/job_flags.h"
#include "cli/job_text.h"
#include "cli/text_table.h"
#include "cli/watch_screen.h"
#include "common/base/status_macros.h"
#include "common/job/job_codec.h"
#include "common/job/job_state.h"
#include "common/rpc/jobs_client.h"
#include "common/rpc/protocol.h"
#include "common/rpc/retry.h"
#include "common/rpc/transport.h"
#include "google/protobuf/util/json_util.h"
#include "nlohmann/json.hpp"
#include "proto/jobs.pb.h"

namespace lineup {
namespace {

constexpr Staleness kDefaultStaleness = 8;

struct OperatorOptions {
  ClusterFlags cluster;
  double max_silence_seconds = 0;  // watch
  bool json = false;
  std::string name;  // of a job or node
};

// `one_line`: for what prints one message after the other.
void PrintJson(const google::protobuf::Message& message,
               bool one_line = false) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = !one_line;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string text;
  (void)google::protobuf::util::MessageToJsonString(message, &text, options);
  std::cout << text;
  if (one_line) std::cout << std::endl;
}

std::string Bytes(uint64_t bytes) {
  return absl::StrFormat("%.0f MB", bytes / 1e6);
}

std::string TimeLeft(double seconds) {
  if (seconds < 0) return "";
  return absl::StrCat(
      ", about ",
      absl::FormatDuration(absl::Seconds(static_cast<int64_t>(seconds))),
      " left");
}

// A few lines about one job.
std::string Describe(const v1::JobStatus& job) {
  std::string text = absl::StrCat(job.job(), " ", JobStateName(job.state()));
  if (!job.phase().empty()) {
    absl::StrAppend(&text, ": ", job.phase(), ", epoch ", job.epoch(), " of ",
                    job.epochs(),
                    absl::StrFormat(", %.0f %%", 100 * job.phase_progress()));
  }
  absl::StrAppend(&text, "\n");
  if (job.examples_per_second() > 0) {
    absl::StrAppend(
        &text, absl::StrFormat("  %.0f examples/s", job.examples_per_second()),
        TimeLeft(job.seconds_left()), "\n");
  }
  if (job.best_candidate() >= 0) {
    absl::StrAppend(&text, "  best so far: candidate ", job.best_candidate(),
                    ", ", job.criterion(), " ", ShortNumber(job.best_value()),
                    "\n");
  }
  if (job.bad_records() > 0) {
    absl::StrAppend(&text, "  skipped ", job.bad_records(),
                    " records that cannot be read\n");
  }
  if (!job.why_waiting().empty()) {
    absl::StrAppend(&text, "  waits for ", job.why_waiting(), "\n");
  }
  if (!job.error().empty()) {
    absl::StrAppend(&text, "  error: ", job.error(), "\n");
  }
  if (job.error().empty() && (job.state() == v1::JOB_STATE_SUCCEEDED ||
                              job.state() == v1::JOB_STATE_STOPPED)) {
    absl::StrAppend(&text, "  the model is in ", job.spec().output(), "\n");
  }
  return text;
}

absl::Status RunJobs(const OperatorOptions& options) {
  LINEUP_ASSIGN_OR_RETURN(const JobsClient jobs, OpenJobs(options.cluster));
  LINEUP_ASSIGN_OR_RETURN(const v1::ListJobsResponse response, jobs.ListJobs());
  if (options.json) {
    PrintJson(response);
    return absl::OkStatus();
  }
  TextTable table({"job", "name", "state", "phase", "epoch", "output"});
  for (const v1::JobStatus& job : response.jobs()) {
    table.AddRow({job.job(), job.spec().name(), JobStateName(job.state()),
                  job.phase(), absl::StrCat(job.epoch(), "/", job.epochs()),
                  job.spec().output()});
  }
  std::cout << table.ToString();
  return absl::OkStatus();
}

absl::Status RunStatus(const OperatorOptions& options) {
  LINEUP_ASSIGN_OR_RETURN(const JobsClient jobs, OpenJobs(options.cluster));
  LINEUP_ASSIGN_OR_RETURN(const v1::JobStatus job, jobs.GetJob(options.name));
  if (options.json) {
    PrintJson(job);
  } else {
    std::cout << Describe(job);
  }
  return absl::OkStatus();
}

// Those that it answers for, and those of others that it keeps as a replica.
std::string SlotsText(const v1::NodeStatus& server) {
  std::string text = absl::StrCat(server.slots());
  if (server.replica_slots() > 0) {
    absl::StrAppend(&text, " + ", server.replica_slots(), " kept");
  }
  return text;
}

absl::Status RunNodes(const OperatorOptions& options) {
  LINEUP_ASSIGN_OR_RETURN(const JobsClient jobs, OpenJobs(options.cluster));
  LINEUP_ASSIGN_OR_RETURN(const v1::ListNodesResponse response,
                          jobs.ListNodes());
  if (options.json) {
    PrintJson(response);
    return absl::OkStatus();
  }
  TextTable table({"node", "role", "address", "cpu", "memory", "lanes", "slots",
                   "idle", "heard"});
  for (const v1::NodeStatus& node : response.nodes()) {
    const bool worker = node.role() == v1::NODE_ROLE_WORKER;
    table.AddRow(
        {node.node_id() + (node.draining() ? " (leaving)" : ""),
         worker ? "worker" : "server", node.address(),
         absl::StrFormat("%.1f", node.cpu_load()), Bytes(node.memory_bytes()),
         worker ? absl::StrJoin(node.lanes(), " ") : "-",
         worker ? "-" : SlotsText(node),
         worker ? absl::StrFormat("%.0f %%", 100 * node.idle_share()) : "-",
         absl::StrFormat("%.1f s", node.seconds_since_heard())});
  }
  std::cout << table.ToString();
  return absl::OkStatus();
}

absl::Status RunLanes(const OperatorOptions& options) {
  LINEUP_ASSIGN_OR_RETURN(const JobsClient jobs, OpenJobs(options.cluster));
  LINEUP_ASSIGN_OR_RETURN(const v1::ListLanesResponse response,
                          jobs.ListLanes());
  if (options.json) {
    PrintJson(response);
    return absl::OkStatus();
  }
  TextTable table(
      {"lane", "state", "holder", "clock", "examples", "waits for"});
  for (const v1::LaneStatus& lane : response.lanes()) {
    table.AddRow({absl::StrCat(lane.lane()), lane.state(),
                  lane.holder().empty() ? "-" : lane.holder(),
                  absl::StrCat(lane.clock()), absl::StrCat(lane.examples()),
                  lane.why_waiting()});
  }
  std::cout << table.ToString();
  return absl::OkStatus();
}

absl::Status RunCandidates(const OperatorOptions& options) {
  LINEUP_ASSIGN_OR_RETURN(const JobsClient jobs, OpenJobs(options.cluster));
  LINEUP_ASSIGN_OR_RETURN(const v1::ListCandidatesResponse response,
                          jobs.ListCandidates(options.name));
  if (options.json) {
    PrintJson(response);
    return absl::OkStatus();
  }
  TextTable table({"candidate", "train loss", "validation loss", "epochs",
                   "state", "hyperparameters"});
  for (const v1::CandidateStatus& c : response.candidates()) {
    const auto validation =
        nlohmann::json::parse(c.validation_json(), nullptr, false);
    std::string loss = "-";
    if (validation.is_object() && validation.contains("objective_loss") &&
        validation["objective_loss"].is_number()) {
      loss = ShortNumber(validation["objective_loss"].get<double>());
    }
    table.AddRow({absl::StrCat(c.index(), c.best() ? " *" : ""),
                  c.train_loss().empty()
                      ? "-"
                      : ShortNumber(c.train_loss(c.train_loss_size() - 1)),
                  loss, absl::StrCat(c.train_loss_size()), c.state(),
                  c.hyperparameters_json()});
  }
  std::cout << table.ToString();
  return absl::OkStatus();
}

absl::Status RunStop(const OperatorOptions& options, bool discard) {
  LINEUP_ASSIGN_OR_RETURN(const JobsClient jobs, OpenJobs(options.cluster));
  v1::StopJobRequest request;
  request.set_job(options.name);
  request.set_discard(discard);
  return jobs.StopJob(request);
}

absl::Status RunDrain(const OperatorOptions& options) {
  LINEUP_ASSIGN_OR_RETURN(const JobsClient jobs, OpenJobs(options.cluster));
  return jobs.DrainNode(options.name);
}

// So long a coordinator may be silent before whoever watches gives up; one that
// is started anew is back sooner.
constexpr double kMaxSilenceSeconds = 60;

// Enough for an attempt to connect again.
const absl::Duration kConnecting = kConnectTimeout + kMaxReconnectPause;

void AddSilenceFlag(CLI::App* command, double* seconds) {
  command
      ->add_option("--connect-timeout-seconds", *seconds,
                   "End when the coordinator, once found, has not answered for "
                   "so long")
      ->check(CLI::Range(0.1, 1e7))
      ->capture_default_str();
}

// Follows a job's events, or all events if it is "".
class Follower {
 public:
  Follower(std::string job, bool json) : job_(std::move(job)), json_(json) {
    begun_ = job_.empty();
    heard_ = !job_.empty();
  }

  // Until the job has ended: then its own outcome. Otherwise why the
  // coordinator has not been heard for `max_silence`.
  absl::Status Run(const JobsClient& jobs, absl::Duration max_silence) {
    for (;;) {
      absl::Status lost = jobs.WatchEvents(
          seen_, [this](const v1::Event& event) { return OnEvent(event); });
      if (lost.ok()) return outcome_;
      // One that was never there may have another address.
      if (!heard_) return lost;
      const absl::Time until = absl::Now() + max_silence;
      if (IsRetryable(lost)) {
        std::cerr << "lineup: " << lost.message() << "; trying for another "
                  << absl::FormatDuration(max_silence) << std::endl;
      }
      // A coordinator that does not know the job is another one.
      while (IsRetryable(lost) && absl::Now() < until) {
        absl::SleepFor(kPause);
        jobs.AwaitConnection(std::min(kConnecting, until - absl::Now()));
        lost = jobs.GetJob(job_).status();
        if (job_.empty() && absl::IsNotFound(lost)) lost = absl::OkStatus();
      }
      if (lost.ok()) continue;
      return job_.empty() ? lost
                          : WithContext(absl::StrCat("lost sight of ", job_,
                                                     " (lineup watch ", job_,
                                                     " looks again)"),
                                        lost);
    }
  }

 private:
  static constexpr absl::Duration kPause = absl::Milliseconds(200);

  // Whether to go on.
  bool OnEvent(const v1::Event& event) {
    heard_ = true;
    seen_.set_after(event.number());
    seen_.set_coordinator_id(event.coordinator_id());
    if (!job_.empty() && !event.job().empty() && event.job() != job_) {
      return true;
    }
    begun_ |= event.job() == job_;
    if (!begun_) return true;
    Print(event);
    if (job_.empty() || event.job() != job_) return true;
    if (event.kind() == "job_failed") {
      outcome_ = absl::InternalError(event.text());
    }
    return event.kind() != "job_succeeded" && event.kind() != "job_failed" &&
           event.kind() != "job_stopped";
  }

  void Print(const v1::Event& event) const {
    if (json_) return PrintJson(event, /*one_line=*/true);
    std::cout << absl::FormatTime("%H:%M:%S",
                                  absl::FromUnixMillis(event.unix_ms()),
                                  absl::LocalTimeZone())
              << "  " << event.text() << std::endl;
  }

  const std::string job_;
  const bool json_;
  bool begun_;  // what was before the job is not its own
  bool heard_;  // the coordinator has told of the job, or something else
  v1::WatchEventsRequest seen_;
  absl::Status outcome_;
};

struct SubmitOptions {
  ClusterFlags cluster;
  JobFlags job;
  std::string name;
  uint32_t min_servers = 0;
  uint32_t min_workers = 0;
  std::string checkpoint_dir;
  double checkpoint_seconds = 0;
  uint32_t keep_checkpoints = 0;
  uint32_t replicas = 0;
  bool follow = false;
  double max_silence_seconds = kMaxSilenceSeconds;
  bool json = false;
};

std::string Absolute(const std::string& path) {
  return path.empty() ? path : std::filesystem::absolute(path).string();
}

// Hands a request over, and follows the job if that is asked for.
absl::Status SendRequest(const SubmitOptions& options,
                         v1::SubmitJobRequest request) {
  request.set_protocol_version(kProtocolVersion);
  request.mutable_spec()->set_output(Absolute(options.job.output));
  request.mutable_spec()->set_min_servers(options.min_servers);
  request.mutable_spec()->set_min_workers(options.min_workers);
  LINEUP_ASSIGN_OR_RETURN(const JobsClient jobs, OpenJobs(options.cluster));
  LINEUP_ASSIGN_OR_RETURN(const v1::SubmitJobResponse response,
                          jobs.SubmitJob(request));
  if (options.json) {
    PrintJson(response);
  } else {
    std::cout << response.job() << std::endl;
  }
  if (!options.follow) return absl::OkStatus();
  return Follower(response.job(), options.json)
      .Run(jobs, absl::Seconds(options.max_silence_seconds));
}

// `checkpoint_dir` holds the checkpoints.
absl::Status RunResume(const SubmitOptions& options) {
  v1::SubmitJobRequest request;
  request.set_resume_from(Absolute(options.checkpoint_dir));
  return SendRequest(options, std::move(request));
}

absl::Status RunCheckpoint(const OperatorOptions& options) {
  LINEUP_ASSIGN_OR_RETURN(const JobsClient jobs, OpenJobs(options.cluster));
  return jobs.TakeCheckpoint(options.name);
}

absl::Status RunSubmit(const SubmitOptions& options) {
  std::vector<std::string> notes;
  LINEUP_ASSIGN_OR_RETURN(JobSpec spec, MakeJobSpec(options.job, kAutoLanes,
                                                    kDefaultStaleness, &notes));
  for (const std::string& note : notes) {
    std::cerr << "lineup: note: " << note << "\n";
  }
  // Other processes have other working directories.
  for (auto* paths : {&spec.train, &spec.validation, &spec.test}) {
    for (std::string& path : *paths) path = Absolute(path);
  }
  spec.warm_start = Absolute(spec.warm_start);
  v1::SubmitJobRequest request;
  *request.mutable_spec() = EncodeJobSpec(spec);
  request.mutable_spec()->set_name(options.name);
  request.mutable_spec()->set_checkpoint_dir(Absolute(options.checkpoint_dir));
  request.mutable_spec()->set_checkpoint_seconds(options.checkpoint_seconds);
  request.mutable_spec()->set_keep_checkpoints(options.keep_checkpoints);
  request.mutable_spec()->set_replicas(options.replicas);
  return SendRequest(options, std::move(request));
}

absl::StatusOr<WatchedCluster> AskForWatch(const JobsClient& jobs,
                                           const std::string& job) {
  WatchedCluster cluster;
  LINEUP_ASSIGN_OR_RETURN(cluster.job, jobs.GetJob(job));
  LINEUP_ASSIGN_OR_RETURN(cluster.candidates,
                          jobs.ListCandidates(cluster.job.job()));
  LINEUP_ASSIGN_OR_RETURN(cluster.nodes, jobs.ListNodes());
  return cluster;
}

void Draw(const WatchedCluster& cluster) {
  winsize size{};
  const bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
                     size.ws_col > 0 && size.ws_row > 0;
  std::cout << DrawWatchScreen(cluster, known ? size.ws_col : 80,
                               known ? size.ws_row : 24)
            << std::flush;
}

// A screen about the job that runs, drawn anew every second.
absl::Status RunWatch(const OperatorOptions& options) {
  LINEUP_ASSIGN_OR_RETURN(const JobsClient jobs, OpenJobs(options.cluster));
  const absl::Duration max_silence = absl::Seconds(options.max_silence_seconds);
  if (options.json || !isatty(STDOUT_FILENO)) {
    if (!options.name.empty()) {
      LINEUP_RETURN_IF_ERROR(jobs.GetJob(options.name).status());
    }
    return Follower(options.name, options.json).Run(jobs, max_silence);
  }
  LINEUP_ASSIGN_OR_RETURN(WatchedCluster cluster,
                          AskForWatch(jobs, options.name));
  // The job that was found, whichever runs next.
  const std::string job = cluster.job.job();
  absl::Time answered = absl::Now();
  for (;;) {
    Draw(cluster);
    if (cluster.trouble.empty() && HasEnded(cluster.job.state())) {
      return absl::OkStatus();
    }
    absl::SleepFor(absl::Seconds(1));
    if (!cluster.trouble.empty()) jobs.AwaitConnection(kConnecting);
    absl::StatusOr<WatchedCluster> newer = AskForWatch(jobs, job);
    if (newer.ok()) {
      cluster = *std::move(newer);
      answered = absl::Now();
    } else if (absl::Now() - answered > max_silence) {
      return newer.status();
    } else {
      cluster.trouble = absl::StrCat("no news: ", newer.status().message());
    }
  }
}

// A command with --coordinator and --json, and perhaps a name.
void Add(CLI::App& app, CommandRunner* run, const std::string& command_name,
         const std::string& help, const std::string& name_help, bool required,
         absl::Status (*work)(const OperatorOptions&)) {
  auto options = std::make_shared<OperatorOptions>();
  CLI::App* command = app.add_subcommand(command_name, help);
  AddClusterFlags(command, &options->cluster);
  command->add_flag("--json", options->json, "Print JSON");
  if (!name_help.empty()) {
    command->add_option("name", options->name, name_help)->required(required);
  }
  command->callback([options, run, work] {
    *run = [options, work] { return work(*options); };
  });
}

constexpr char kJob[] = "The job; the running or newest one, if not given";

void AddWatch(CLI::App& app, CommandRunner* run) {
  auto options = std::make_shared<OperatorOptions>();
  options->max_silence_seconds = kMaxSilenceSeconds;
  CLI::App* command = app.add_subcommand("watch", "Show a job as it runs");
  AddClusterFlags(command, &options->cluster);
  command->add_flag("--json", options->json, "Print JSON");
  command->add_option("name", options->name, kJob);
  AddSilenceFlag(command, &options->max_silence_seconds);
  command->callback(
      [options, run] { *run = [options] { return RunWatch(*options); }; });
}

// What submit and resume have in common.
void AddRunFlags(CLI::App* command, SubmitOptions* options) {
  command->add_option("--min-servers", options->min_servers,
                      "Wait for so many servers");
  command->add_option("--min-workers", options->min_workers,
                      "Wait for so many workers");
  command->add_flag("--follow", options->follow,
                    "Tell what happens until the job has ended");
  AddSilenceFlag(command, &options->max_silence_seconds);
  command->add_flag("--json", options->json, "Print JSON");
}

void AddResume(CLI::App& app, CommandRunner* run) {
  auto options = std::make_shared<SubmitOptions>();
  CLI::App* command = app.add_subcommand(
      "resume", "Go on with a job from its newest whole checkpoint");
  AddClusterFlags(command, &options->cluster);
  command
      ->add_option("directory", options->checkpoint_dir,
                   "The job's --checkpoint-dir")
      ->required();
  command->add_option("--output", options->job.output,
                      "Another model directory than the job's own");
  AddRunFlags(command, options.get());
  command->callback(
      [options, run] { *run = [options] { return RunResume(*options); }; });
}

void AddSubmit(CLI::App& app, CommandRunner* run) {
  auto options = std::make_shared<SubmitOptions>();
  CLI::App* command = app.add_subcommand(
      "submit", "Give a training job to a cluster (flags as of train)");
  AddClusterFlags(command, &options->cluster);
  AddJobFlags(command, &options->job);
  command
      ->add_option("--output", options->job.output,
                   "The model directory, which the coordinator writes")
      ->required();
  command->add_option("--name", options->name, "A name for people");
  command->add_option("--checkpoint-dir", options->checkpoint_dir,
                      "Make checkpoints here, at the end of each epoch: a "
                      "directory that the coordinator and all servers see");
  command
      ->add_option("--checkpoint-seconds", options->checkpoint_seconds,
                   "Make one so often within epochs, too")
      ->check(CLI::NonNegativeNumber);
  command->add_option("--keep-checkpoints", options->keep_checkpoints,
                      "Keep the newest of them (2)");
  command
      ->add_option("--replicas", options->replicas,
                   "How many other servers keep each server's weights, too: 0, "
                   "or 1, so that one takes over when it is lost and nothing "
                   "is trained again (0)")
      ->check(CLI::Range(0, 1));
  AddRunFlags(command, options.get());
  command->callback(
      [options, run] { *run = [options] { return RunSubmit(*options); }; });
}

void AddStop(CLI::App& app, CommandRunner* run) {
  auto options = std::make_shared<OperatorOptions>();
  auto discard = std::make_shared<bool>(false);
  CLI::App* command =
      app.add_subcommand("stop", "End a job with the best model so far");
  AddClusterFlags(command, &options->cluster);
  command->add_option("name", options->name,
                      "The job; the running one, if not given");
  command->add_flag("--discard", *discard, "End it without a model");
  command->callback([options, discard, run] {
    *run = [options, discard] { return RunStop(*options, *discard); };
  });
}

}  // namespace

void AddJobCommands(CLI::App& app, CommandRunner* run) {
  AddSubmit(app, run);
  Add(app, run, "jobs", "List a cluster's jobs", "", false, RunJobs);
  Add(app, run, "status", "Tell how a job is getting on", kJob, false,
      RunStatus);
  AddWatch(app, run);
  Add(app, run, "candidates", "List a job's candidates", kJob, false,
      RunCandidates);
  Add(app, run, "nodes", "List a cluster's servers and workers", "", false,
      RunNodes);
  Add(app, run, "lanes", "List the running job's lanes", "", false, RunLanes);
  AddResume(app, run);
  Add(app, run, "checkpoint", "Make a checkpoint of a job now",
      "The job; the running one, if not given", false, RunCheckpoint);
  AddStop(app, run);
  Add(app, run, "drain", "Let a server or worker leave",
      "The node, as lineup nodes calls it", true, RunDrain);
}

}  // namespace lineup

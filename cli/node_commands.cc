#include "cli/node_commands.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <iostream>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "cli/byte_size.h"
#include "cli/cluster_flags.h"
#include "common/base/clock.h"
#include "common/base/failpoint.h"
#include "common/base/machine_memory.h"
#include "common/base/random.h"
#include "common/base/scheduling.h"
#include "common/base/status_macros.h"
#include "common/rpc/call_faults.h"
#include "common/rpc/security.h"
#include "coordinator/coordinator_process.h"
#include "glog/logging.h"
#include "server/cluster_server.h"
#include "worker/worker_process.h"

namespace lineup {
namespace {

// How often a process looks whether it was told to stop.
constexpr absl::Duration kLook = absl::Milliseconds(100);

// Of a certificate that expires.
constexpr absl::Duration kRemindEvery = absl::Hours(6);

constexpr char kAuto[] = "auto";

// For a server or worker to wait for its coordinator, which may be started
// last, or again after a fault.
constexpr double kConnectTimeoutSeconds = 600;

std::atomic<bool> told_to_stop{false};

void OnSignal(int) {
  if (told_to_stop.exchange(true)) _exit(130);
}

void CatchSignals() {
  std::signal(SIGINT, OnSignal);
  std::signal(SIGTERM, OnSignal);
}

std::string HostName() {
  char name[256] = "";
  gethostname(name, sizeof(name) - 1);
  return name;
}

// Not to be had again by any process: a node that is started anew is another.
std::string NewNodeId(const std::string& role) {
  std::random_device device;
  const uint64_t random = (uint64_t{device()} << 32) | device();
  return absl::StrCat(role, "-", HostName(), "-", getpid(), "-",
                      absl::Hex(random % 0x10000, absl::kZeroPad4));
}

int ThreadsOf(int threads) {
  return threads > 0 ? threads
                     : std::max(1u, std::thread::hardware_concurrency());
}

// Says from time to time, in the log, that the process's certificate expires.
class ExpiryReminder {
 public:
  explicit ExpiryReminder(Security security) : security_(std::move(security)) {}

  void Look() {
    const absl::Time now = absl::Now();
    if (now < next_) return;
    next_ = now + kRemindEvery;
    const std::string warning = security_.ExpiryWarning(now);
    if (!warning.empty()) LOG(WARNING) << warning;
  }

 private:
  const Security security_;
  absl::Time next_ = absl::InfinitePast();
};

// Runs a server or worker until it is over.
template <typename Node>
absl::Status RunUntilOver(const Security& security, Node* node) {
  ExpiryReminder reminder(security);
  bool draining = false;
  for (;;) {
    reminder.Look();
    const std::optional<absl::Status> over = node->WaitUntilOver(kLook);
    if (over.has_value()) return *over;
    if (told_to_stop && !draining) {
      draining = true;
      std::cerr << "lineup: handing back what this node holds; once more ends "
                   "it at once\n";
      node->Drain();
    }
  }
}

struct CoordinatorOptions {
  std::string listen = "127.0.0.1:7000";
  double lease_seconds = 10;
  std::string journal;
  SecurityOptions security;
  std::vector<std::string> failpoints;
};

absl::Status RunCoordinator(const CoordinatorOptions& options) {
  LINEUP_RETURN_IF_ERROR(ArmFailpoints(options.failpoints));
  PreferThroughput();
  CatchSignals();
  LINEUP_ASSIGN_OR_RETURN(const Address listen,
                          ParseAddressFlag("--listen", options.listen, true));
  CoordinatorProcessOptions process_options;
  process_options.core.lease = absl::Seconds(options.lease_seconds);
  process_options.journal = options.journal;
  LINEUP_ASSIGN_OR_RETURN(process_options.security,
                          Security::Create(options.security));
  const RealClock clock;
  LINEUP_ASSIGN_OR_RETURN(
      const std::unique_ptr<CoordinatorProcess> process,
      CoordinatorProcess::Start(listen, process_options, &clock));
  std::cout << "lineup: the coordinator listens on "
            << process->address().ToString() << std::endl;
  ExpiryReminder reminder(process_options.security);
  while (!told_to_stop && process->failure().ok()) {
    reminder.Look();
    absl::SleepFor(kLook);
  }
  return process->failure();
}

struct ServerOptions {
  ClusterFlags cluster;
  std::string listen;
  std::string advertise;
  double connect_timeout_seconds = kConnectTimeoutSeconds;
  int threads = 0;
  std::string max_memory = kAuto;
  std::vector<std::string> failpoints;
};

absl::Status RunServer(const ServerOptions& options) {
  LINEUP_RETURN_IF_ERROR(ArmFailpoints(options.failpoints));
  PreferThroughput();
  CatchSignals();
  LINEUP_ASSIGN_OR_RETURN(const Address listen,
                          ParseAddressFlag("--listen", options.listen, true));
  if (options.advertise.empty() && listen.IsWildcard()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--listen: workers cannot connect to ", options.listen,
                     "; say with --advertise where they reach this server"));
  }
  LINEUP_ASSIGN_OR_RETURN(
      const Address coordinator,
      ParseAddressFlag("--coordinator", options.cluster.coordinator, false));
  ClusterServerOptions server{NewNodeId("server"), options.advertise,
                              ServerProcessOptions{listen}};
  LINEUP_ASSIGN_OR_RETURN(server.serving.security,
                          Security::Create(options.cluster.security));
  server.connect_timeout = absl::Seconds(options.connect_timeout_seconds);
  server.serving.threads = ThreadsOf(options.threads);
  if (options.max_memory == kAuto) {
    server.serving.max_weight_bytes = MachineMemoryBytes() / 5 * 4;
  } else {
    LINEUP_ASSIGN_OR_RETURN(server.serving.max_weight_bytes,
                            ParseByteSize("--max-memory", options.max_memory));
  }
  const RealClock clock;
  LINEUP_ASSIGN_OR_RETURN(const std::unique_ptr<ClusterServer> process,
                          ClusterServer::Start(coordinator, server, &clock));
  std::cout << "lineup: " << server.node_id << " listens on "
            << process->address().ToString() << " and reports to "
            << options.cluster.coordinator << std::endl;
  return RunUntilOver(server.serving.security, process.get());
}

struct WorkerOptions {
  ClusterFlags cluster;
  double connect_timeout_seconds = kConnectTimeoutSeconds;
  int threads = 0;
  std::string cache_memory = "1GiB";
  std::string cache_dir = "/tmp";
  double delay_ms = 0;
  CallFaultOptions faults;
  std::vector<std::string> failpoints;
};

// A delay before each minibatch, uniform between 0 and twice the mean.
std::function<void(LaneClock)> RandomDelay(double mean_ms) {
  if (mean_ms <= 0) return nullptr;
  return [mean_ms](LaneClock at) {
    const double part = UniformFromHash(HashMix(at.lane, at.clock));
    absl::SleepFor(absl::Milliseconds(2 * mean_ms * part));
  };
}

absl::Status RunWorker(const WorkerOptions& options) {
  LINEUP_RETURN_IF_ERROR(ArmFailpoints(options.failpoints));
  PreferThroughput();
  CatchSignals();
  LINEUP_ASSIGN_OR_RETURN(
      const Address coordinator,
      ParseAddressFlag("--coordinator", options.cluster.coordinator, false));
  WorkerProcessOptions worker;
  worker.node_id = NewNodeId("worker");
  worker.host = HostName();
  worker.connect_timeout = absl::Seconds(options.connect_timeout_seconds);
  worker.node.threads = ThreadsOf(options.threads);
  worker.node.before_minibatch = RandomDelay(options.delay_ms);
  worker.node.job.cache_dir = options.cache_dir;
  LINEUP_ASSIGN_OR_RETURN(
      worker.node.job.cache_memory_bytes,
      ParseByteSize("--cache-memory", options.cache_memory));
  LINEUP_ASSIGN_OR_RETURN(worker.services.security,
                          Security::Create(options.cluster.security));
  CallFaults faults(options.faults);
  if (options.faults.share > 0) worker.services.faults = &faults;
  const RealClock clock;
  LINEUP_ASSIGN_OR_RETURN(const std::unique_ptr<WorkerProcess> process,
                          WorkerProcess::Start(coordinator, worker, &clock));
  std::cout << "lineup: " << worker.node_id << " reports to "
            << options.cluster.coordinator << std::endl;
  return RunUntilOver(worker.services.security, process.get());
}

void AddFailpointFlag(CLI::App* command, std::vector<std::string>* failpoints) {
  command->add_option("--failpoint", *failpoints,
                      "For tests: NAME[=PASS]:kill, :error or :delay=MS, where "
                      "to fail (docs/testing.md)");
}

void AddCoordinatorCommand(CLI::App& app, CommandRunner* run) {
  auto options = std::make_shared<CoordinatorOptions>();
  CLI::App* command = app.add_subcommand(
      "coordinator", "Run the coordinator of a cluster (docs/cluster.md)");
  command
      ->add_option("--listen", options->listen,
                   "Where to listen: HOST:PORT or unix:PATH")
      ->capture_default_str();
  command
      ->add_option("--lease-seconds", options->lease_seconds,
                   "A node that is not heard of for so long is given up")
      ->check(CLI::Range(0.1, 3600.0))
      ->capture_default_str();
  command->add_option("--journal", options->journal,
                      "Remember jobs in this file (on a local disk): after a "
                      "restart with it they go on");
  AddSecurityFlags(command, &options->security);
  AddFailpointFlag(command, &options->failpoints);
  command->callback([options, run] {
    *run = [options] { return RunCoordinator(*options); };
  });
}

void AddConnectTimeoutFlag(CLI::App* command, double* seconds) {
  command
      ->add_option("--connect-timeout-seconds", *seconds,
                   "End when the coordinator has not answered for so long, at "
                   "first or later")
      ->check(CLI::Range(0.1, 1e7))
      ->capture_default_str();
}

void AddServerCommand(CLI::App& app, CommandRunner* run) {
  auto options = std::make_shared<ServerOptions>();
  CLI::App* command =
      app.add_subcommand("server", "Run a parameter server of a cluster");
  AddClusterFlags(command, &options->cluster);
  command
      ->add_option("--listen", options->listen,
                   "Where workers connect to: HOST:PORT (0: any free port) or "
                   "unix:PATH")
      ->required();
  command->add_option("--advertise", options->advertise,
                      "The address that workers are told, if it is not that "
                      "of --listen");
  AddConnectTimeoutFlag(command, &options->connect_timeout_seconds);
  command->add_option("--threads", options->threads,
                      "Threads that apply updates; 0: one a processor");
  command
      ->add_option("--max-memory", options->max_memory,
                   "A job whose weights would take more here fails, such as "
                   "8GiB; auto: four fifths of the machine's memory")
      ->capture_default_str();
  AddFailpointFlag(command, &options->failpoints);
  command->callback(
      [options, run] { *run = [options] { return RunServer(*options); }; });
}

void AddWorkerCommand(CLI::App& app, CommandRunner* run) {
  auto options = std::make_shared<WorkerOptions>();
  CLI::App* command = app.add_subcommand("worker", "Run a worker of a cluster");
  AddClusterFlags(command, &options->cluster);
  AddConnectTimeoutFlag(command, &options->connect_timeout_seconds);
  command->add_option("--threads", options->threads,
                      "Threads; 0: one a processor");
  command
      ->add_option("--cache-memory", options->cache_memory,
                   "Keep parsed data in memory up to this size")
      ->capture_default_str();
  command
      ->add_option("--cache-dir", options->cache_dir,
                   "Where parsed data goes beyond that")
      ->capture_default_str();
  command->add_option("--delay-ms", options->delay_ms,
                      "For measurements: before each minibatch a random delay "
                      "of 0 to twice this");
  command
      ->add_option("--fault-share", options->faults.share,
                   "For tests: this share of all calls is delayed, doubled, or "
                   "fails, before it is sent or after it was carried out")
      ->check(CLI::Range(0.0, 1.0));
  command->add_option("--fault-seed", options->faults.seed,
                      "For tests: chooses those calls");
  AddFailpointFlag(command, &options->failpoints);
  command->callback(
      [options, run] { *run = [options] { return RunWorker(*options); }; });
}

}  // namespace

void AddNodeCommands(CLI::App& app, CommandRunner* run) {
  AddCoordinatorCommand(app, run);
  AddServerCommand(app, run);
  AddWorkerCommand(app, run);
}

}  // namespace lineup

// How much weights and gradients travel through Pull and Push: one parameter
// server process, and clients that call it as workers do, without computing
// anything. benchmarks/rpc/run.sh runs both.
//
//   rpc_benchmark server --listen ADDRESS
//   rpc_benchmark client --connect ADDRESS
//
// Each line of the client is one kind of work, on one or more lanes that
// overlap, for a fixed time: payload in GB/s (10^9 bytes of numbers), and, on
// machines that have other things to do, processor time per GB.

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "cli/cluster_flags.h"
#include "common/base/files.h"
#include "common/base/malloc_tuning.h"
#include "common/base/random.h"
#include "common/base/scheduling.h"
#include "common/linear/aligned.h"
#include "glog/logging.h"
#include "server/server_process.h"
#include "worker/blocking_call.h"
#include "worker/remote_parameter_client.h"

namespace lineup {
namespace {

constexpr char kJob[] = "rpc_benchmark";

void MustSucceed(const absl::Status& status) { CHECK(status.ok()) << status; }

// What server and client must agree on.
struct JobFlags {
  int candidates = 32;
  std::string optimizer = "sgd";
  uint32_t lanes = 2;  // of all clients

  void AddTo(CLI::App* app) {
    app->add_option("--candidates", candidates, "Columns of a row");
    app->add_option("--optimizer", optimizer, "What a push costs the server");
    app->add_option("--lanes", lanes, "Of all clients together");
  }
  LineupColumns Columns() const {
    std::vector<Candidate> list(candidates);
    for (int i = 0; i < candidates; ++i) {
      list[i].index = i;
      list[i].margin = i;  // or they would share columns
      list[i].optimizer = OptimizerTypeFromName(optimizer).value();
    }
    return LineupColumns(std::move(list), 1);
  }
};

Security MakeSecurity(const SecurityOptions& options) {
  auto security = Security::Create(options);
  CHECK(security.ok()) << security.status();
  return *std::move(security);
}

int RunServer(const JobFlags& flags, const SecurityOptions& security,
              const std::string& listen, int threads) {
  ServerProcessOptions options{*Address::ParseListening(listen)};
  options.security = MakeSecurity(security);
  options.threads = threads;
  auto server = ServerProcess::Start(options);
  CHECK(server.ok()) << server.status();
  ServedJobOptions job;
  job.job = kJob;
  job.columns = flags.Columns();
  job.shard.num_lanes = flags.lanes;
  job.shard.staleness = kUnboundedStaleness;
  MustSucceed((*server)->jobs().OpenJob(std::move(job)));
  MustSucceed((*server)->jobs().job()->BeginEpoch(0, 0));
  std::cout << "serving on " << (*server)->address().ToString() << std::endl;
  // Until the input ends: the script's way to say so.
  std::cin.ignore(std::numeric_limits<std::streamsize>::max());
  return 0;
}

// Processor time of a process so far; 0 if it is not known.
double CpuSeconds(const std::string& pid) {
  const absl::StatusOr<std::string> stat =
      ReadFile(absl::StrCat("/proc/", pid, "/stat"));
  if (!stat.ok()) return 0;
  // The name, in parentheses, may contain spaces; utime and stime are the
  // 12th and 13th fields after it (man 5 proc).
  const std::vector<std::string> fields =
      absl::StrSplit(stat->substr(stat->rfind(')') + 2), ' ');
  double ticks = 0;
  for (const int field : {11, 12}) ticks += std::stod(fields[field]);
  return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

struct ClientFlags {
  std::string connect;
  SecurityOptions security;
  std::string server_pid;
  double seconds = 1;
  int channels = 2;
  uint64_t part_kib = 8192;
  bool bfloat16 = false;
  bool blocks_only = false;
  // Of those of the job, the lanes of this client.
  uint32_t first_lane = 0;
  uint32_t num_lanes = 1;
  std::vector<uint32_t> block_kib = {64, 256, 1024, 4096};
};

enum class Direction { kPull, kPush, kBoth };

// One kind of work.
struct Work {
  std::string name;
  std::vector<RowSet> rows;  // in turn
};

RowSet RandomRows(uint32_t count, uint32_t below, uint64_t seed) {
  SplitMix64 random(seed);
  std::vector<bool> chosen(below);
  std::array<std::vector<uint32_t>, kNumStripes> stripes;
  for (uint32_t n = 0; n < count;) {
    const auto row = static_cast<uint32_t>(random.Below(below));
    if (chosen[row]) continue;
    chosen[row] = true;
    stripes[StripeOfRow(row)].push_back(row);
    ++n;
  }
  std::vector<uint32_t> rows;
  std::array<uint32_t, kNumStripes + 1> begins{};
  for (uint32_t s = 0; s < kNumStripes; ++s) {
    rows.insert(rows.end(), stripes[s].begin(), stripes[s].end());
    begins[s + 1] = static_cast<uint32_t>(rows.size());
  }
  return RowSet::Grouped(std::move(rows), begins);
}

class Client {
 public:
  Client(const JobFlags& job, const ClientFlags& flags)
      : flags_(flags), columns_(job.Columns()) {
    ParameterRouting routing;
    routing.job = kJob;
    const auto address = Address::Parse(flags.connect);
    CHECK(address.ok()) << address.status();
    routing.servers = {*address};
    RemoteParameterClientOptions options;
    options.security = MakeSecurity(flags.security);
    options.channels_per_server = flags.channels;
    options.part_bytes = flags.part_kib << 10;
    if (flags.bfloat16) options.format = FloatFormat::kBfloat16;
    auto client = RemoteParameterClient::Create(routing, columns_, options,
                                                &clock_, &pool_);
    CHECK(client.ok()) << client.status();
    client_ = *std::move(client);
    next_clock_.assign(job.lanes, 1);
  }

  void Run() {
    absl::PrintF("%-26s | %22s | %22s | %22s\n", "", "pull", "push",
                 "push + next pull");
    absl::PrintF("%-26s", "");
    for (int i = 0; i < 3; ++i) {
      absl::PrintF(" | %6s %7s %6s", "GB/s", "us/call", "cpu/GB");
    }
    absl::PrintF("\n");
    for (const uint32_t kib : flags_.block_kib) {
      const uint32_t rows = (kib << 10) / RowBytes();
      Measure({absl::StrFormat("block of %u KiB", kib), {RowSet::All(rows)}});
    }
    if (flags_.blocks_only) return;
    Measure({"block of 25,120 values",
             {RowSet::All(25120 /
                          static_cast<uint32_t>(columns_.num_candidates()))}});
    Work sparse{"20,000 of 1,000,000 rows", {}};
    for (uint64_t i = 0; i < 8; ++i) {
      sparse.rows.push_back(RandomRows(20000, 1000000, i));
    }
    Measure(sparse);
  }

 private:
  uint32_t RowBytes() const {
    return static_cast<uint32_t>(columns_.num_candidates() * sizeof(float));
  }

  struct Result {
    double gb_per_second;
    double call_us;
    double cpu_seconds_per_gb;
  };

  void Measure(const Work& work) {
    // Creates the rows.
    for (const RowSet& rows : work.rows) PullOnce(flags_.first_lane, rows);
    absl::PrintF("%-26s", work.name);
    for (const Direction direction :
         {Direction::kPull, Direction::kPush, Direction::kBoth}) {
      const Result result = Measure(work, direction);
      absl::PrintF(" | %6.2f %7.0f %6.2f", result.gb_per_second, result.call_us,
                   result.cpu_seconds_per_gb);
      std::fflush(stdout);
    }
    absl::PrintF("\n");
  }

  // All lanes call at the same time, each one call after the other.
  Result Measure(const Work& work, Direction direction) {
    std::atomic<uint64_t> calls{0};
    const double cpu_start = Cpu();
    const absl::Time start = absl::Now();
    const absl::Time end = start + absl::Seconds(flags_.seconds);
    std::vector<std::thread> lanes;
    for (uint32_t l = 0; l < flags_.num_lanes; ++l) {
      lanes.emplace_back([&, lane = flags_.first_lane + l] {
        RunLane(lane, work, direction, end, &calls);
      });
    }
    for (std::thread& lane : lanes) lane.join();
    const double seconds = absl::ToDoubleSeconds(absl::Now() - start);
    const double gb =
        static_cast<double>(calls * work.rows[0].size()) * RowBytes() / 1e9;
    return {gb / seconds, 1e6 * seconds * flags_.num_lanes / calls,
            (Cpu() - cpu_start) / gb};
  }

  double Cpu() const {
    return CpuSeconds("self") + CpuSeconds(flags_.server_pid);
  }

  void RunLane(uint32_t lane, const Work& work, Direction direction,
               absl::Time end, std::atomic<uint64_t>* calls) {
    const size_t width = columns_.width();
    AlignedFloats weights(work.rows[0].size() * width);
    const AlignedFloats gradient(work.rows[0].size() * width, 1e-9f);
    for (size_t i = 0; absl::Now() < end; ++i, ++*calls) {
      const RowSet& rows = work.rows[i % work.rows.size()];
      if (direction == Direction::kPull) {
        MustSucceed(BlockingCall([&](ParameterClient::Done done) {
          client_->Pull({lane, next_clock_[lane]}, rows, weights.data(),
                        std::move(done));
        }));
        continue;
      }
      const LaneClock at = {lane, next_clock_[lane]++};
      const auto copy = [&](size_t first, size_t stride, size_t count,
                            float* out) {
        for (size_t j = 0; j < count; ++j) {
          const float* row = &gradient[(first + j * stride) * width];
          std::copy(row, row + width, out + j * width);
        }
      };
      const std::vector<double> losses(columns_.num_candidates());
      MustSucceed(BlockingCall([&](ParameterClient::Done done) {
        if (direction == Direction::kPush) {
          client_->Push(at, rows, {copy, 1, losses}, std::move(done));
        } else {
          client_->PushAndPull(at, rows, {copy, 1, losses}, rows,
                               weights.data(), std::move(done));
        }
      }));
    }
  }

  void PullOnce(uint32_t lane, const RowSet& rows) {
    AlignedFloats weights(rows.size() * columns_.width());
    MustSucceed(BlockingCall([&](ParameterClient::Done done) {
      client_->Pull({lane, next_clock_[lane]}, rows, weights.data(),
                    std::move(done));
    }));
  }

  const ClientFlags flags_;
  const LineupColumns columns_;
  RealClock clock_;
  ThreadPool pool_{1};
  std::vector<uint64_t> next_clock_;  // by lane
  std::unique_ptr<RemoteParameterClient> client_;
};

int Main(int argc, char** argv) {
  KeepFreedMemory();
  PreferThroughput();
  CLI::App app("Payload through Pull and Push over gRPC.");
  app.require_subcommand(1);
  JobFlags job;
  CLI::App* const server = app.add_subcommand("server");
  job.AddTo(server);
  SecurityOptions server_security;
  AddSecurityFlags(server, &server_security);
  std::string listen;
  int threads = 2;
  server->add_option("--listen", listen)->required();
  server->add_option("--threads", threads);
  CLI::App* const client = app.add_subcommand("client");
  job.AddTo(client);
  ClientFlags flags;
  AddSecurityFlags(client, &flags.security);
  client->add_option("--connect", flags.connect)->required();
  client->add_option("--server-pid", flags.server_pid,
                     "Counts its processor time, too");
  client->add_option("--seconds", flags.seconds, "Of each measurement");
  client->add_option("--channels", flags.channels);
  client->add_option("--part-kib", flags.part_kib);
  client->add_flag("--bfloat16", flags.bfloat16);
  client->add_flag("--blocks-only", flags.blocks_only);
  client->add_option("--first-lane", flags.first_lane);
  client->add_option("--num-lanes", flags.num_lanes, "That overlap");
  client->add_option("--block-kib", flags.block_kib);
  CLI11_PARSE(app, argc, argv);
  if (server->parsed()) return RunServer(job, server_security, listen, threads);
  Client(job, flags).Run();
  return 0;
}

}  // namespace
}  // namespace lineup

int main(int argc, char** argv) { return lineup::Main(argc, argv); }

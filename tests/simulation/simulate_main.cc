// Runs simulations (simulation.h):
//
//   bazel run //tests/simulation:simulate -- --seed 17 --trace
//   bazel run //tests/simulation:simulate -- --seeds 1..10000

#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "glog/logging.h"
#include "tests/simulation/simulation.h"

namespace lineup::simulation {
namespace {

struct Flags {
  uint64_t first = 1;
  uint64_t last = 1;
  bool trace = false;
  int max_failures = 20;
};

bool ParseFlags(int argc, char** argv, Flags* flags) {
  for (int i = 1; i < argc; ++i) {
    const std::string flag = argv[i];
    if (flag == "--trace") {
      flags->trace = true;
      continue;
    }
    if (i + 1 == argc) return false;
    const std::vector<std::string> range = absl::StrSplit(argv[++i], "..");
    if (flag == "--seed" && absl::SimpleAtoi(argv[i], &flags->first)) {
      flags->last = flags->first;
    } else if (flag == "--max-failures") {
      if (!absl::SimpleAtoi(argv[i], &flags->max_failures)) return false;
    } else if (flag != "--seeds" || range.size() != 2 ||
               !absl::SimpleAtoi(range[0], &flags->first) ||
               !absl::SimpleAtoi(range[1], &flags->last)) {
      return false;
    }
  }
  return flags->first <= flags->last;
}

int Run(const Flags& flags) {
  const std::string directory =
      absl::StrCat(std::filesystem::temp_directory_path().string(),
                   "/lineup-simulation-", getpid());
  SimulatedJobs jobs(directory);
  ThreadPool pool(1);
  RunOptions options;
  if (flags.trace) {
    options.trace = [](absl::Duration at, absl::string_view who,
                       absl::string_view what) {
      std::printf("%9.4f %-12s %s\n", absl::ToDoubleSeconds(at),
                  std::string(who).c_str(), std::string(what).c_str());
    };
  }
  const absl::Time begin = absl::Now();
  std::vector<uint64_t> failed;
  uint64_t runs = 0;
  uint64_t messages = 0;
  uint64_t rewinds = 0;
  uint64_t checkpoints = 0;
  uint64_t moves = 0;
  uint64_t takeovers = 0;
  uint64_t restarts = 0;
  absl::Duration simulated;
  for (uint64_t seed = flags.first; seed <= flags.last; ++seed) {
    const RunResult result = Simulate(seed, &jobs, &pool, options);
    ++runs;
    messages += result.messages;
    rewinds += result.rewinds;
    checkpoints += result.checkpoints;
    moves += result.moves;
    takeovers += result.takeovers;
    restarts += result.restarts;
    simulated += result.simulated;
    if (result.problems.empty()) continue;
    failed.push_back(seed);
    std::printf("seed %llu fails: %s\n", static_cast<unsigned long long>(seed),
                result.scenario.c_str());
    for (const std::string& problem : result.problems) {
      std::printf("  %s\n", problem.c_str());
    }
    std::fflush(stdout);
    if (static_cast<int>(failed.size()) == flags.max_failures) break;
  }
  std::filesystem::remove_all(directory);
  const double seconds = absl::ToDoubleSeconds(absl::Now() - begin);
  std::printf(
      "%llu seeds in %.1f s (%.1f ms each): %.0f simulated s, %llu messages, "
      "%llu rewinds, %llu checkpoints, %llu moves of slots, %llu replicas that "
      "took over, %llu restarts of the coordinator; %zu failed\n",
      static_cast<unsigned long long>(runs), seconds, 1000 * seconds / runs,
      absl::ToDoubleSeconds(simulated),
      static_cast<unsigned long long>(messages),
      static_cast<unsigned long long>(rewinds),
      static_cast<unsigned long long>(checkpoints),
      static_cast<unsigned long long>(moves),
      static_cast<unsigned long long>(takeovers),
      static_cast<unsigned long long>(restarts), failed.size());
  for (const uint64_t seed : failed) {
    std::printf(
        "  bazel run //tests/simulation:simulate -- --seed %llu "
        "--trace\n",
        static_cast<unsigned long long>(seed));
  }
  return failed.empty() ? 0 : 1;
}

}  // namespace
}  // namespace lineup::simulation

int main(int argc, char** argv) {
  // What nodes log of faults is expected; a trace tells more.
  FLAGS_minloglevel = google::GLOG_FATAL;
  google::InitGoogleLogging(argv[0]);
  lineup::simulation::Flags flags;
  if (!lineup::simulation::ParseFlags(argc, argv, &flags)) {
    std::fprintf(stderr,
                 "usage: simulate --seed N [--trace] | --seeds A..B "
                 "[--max-failures N]\n");
    return 2;
  }
  return lineup::simulation::Run(flags);
}

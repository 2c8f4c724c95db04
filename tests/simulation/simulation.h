// Runs the real cores of a coordinator, servers and workers in one thread, on a
// simulated clock, network and disk, through the scenario of a seed, and says
// what was not as it must be:
//
//  * the job ends with a model, in bounded time after the last fault;
//  * each example is counted exactly once an epoch in every shard, by the
//    servers, and by the weights of jobs made for it;
//  * at staleness 0 the weights have the bits of the undisturbed run;
//  * no acknowledged push is lost while its placement lasts, and none that a
//    lane goes on from, unless the job rewinds;
//  * what was told to be a complete checkpoint stays one.
//
// The same seed gives the same run, event by event.

#ifndef LINEUP_TESTS_SIMULATION_SIMULATION_H_
#define LINEUP_TESTS_SIMULATION_SIMULATION_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/thread_pool.h"
#include "tests/simulation/simulated_job.h"

namespace lineup::simulation {

struct RunOptions {
  // Told of everything that happens, if set.
  std::function<void(absl::Duration at, absl::string_view who,
                     absl::string_view what)>
      trace;
};

struct RunResult {
  std::string scenario;
  std::vector<std::string> problems;  // empty: all is as it must be
  absl::Duration simulated;
  uint64_t messages = 0;
  uint64_t rewinds = 0;
  uint64_t checkpoints = 0;
  uint64_t moves = 0;      // of slots between servers
  uint64_t takeovers = 0;  // by replicas
  uint64_t restarts = 0;   // of the coordinator
};

// `jobs` and `pool`, of one thread, are shared by runs.
RunResult Simulate(uint64_t seed, SimulatedJobs* jobs, ThreadPool* pool,
                   const RunOptions& options);

}  // namespace lineup::simulation

#endif  // LINEUP_TESTS_SIMULATION_SIMULATION_H_

// What a simulation is about, drawn from its seed: the job, the cluster, and
// everything that goes wrong, and when.

#ifndef LINEUP_TESTS_SIMULATION_SCENARIO_H_
#define LINEUP_TESTS_SIMULATION_SCENARIO_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/simulation/simulated_job.h"
#include "tests/simulation/simulated_network.h"

namespace lineup::simulation {

struct Fault {
  enum class Kind {
    kKillWorker,   // and another one starts where it was
    kDrainWorker,  // it leaves, and another one starts
    kPauseWorker,  // its machine is suspended; its clock jumps
    kAddWorker,    // beside the others
    kAddServer,    // slots move to it
    kDrainServer,  // slots move from it, then it leaves
    kKillServer,   // the process; another one starts at its address
    kPowerServer,  // the machine, with what it has not flushed
    kKillInWrite,  // within one of the next changes that it makes on the disk
    kPauseServer,  // suspended
    kKillCoordinator,  // and it starts again from its journal
    kPauseCoordinator,
    kCutWorker,  // from the coordinator, or from a server
    kCutServer,  // from the coordinator
    kFillDisk,
    kTakeCheckpoint  // no fault, but at any moment
  };
  Kind kind;
  absl::Duration at;
  absl::Duration lasts;
  uint64_t target = 0;  // modulo those that there are
  uint64_t other = 0;   // the other end of a link; or changes until it dies
  int directions = 3;   // 1: to the node; 2: from it; 3: both

  std::string Describe() const;
};

struct Scenario {
  SimulatedJob job;
  int servers = 1;
  int workers = 1;
  absl::Duration lease;
  absl::Duration step_time;
  NetworkFaults network;
  std::vector<Fault> faults;
  // From then on nothing goes wrong any more, and the job must end within
  // `patience`.
  absl::Duration calm_at;
  absl::Duration patience = absl::Minutes(10);

  std::string Describe() const;
};

Scenario DrawScenario(uint64_t seed);

}  // namespace lineup::simulation

#endif  // LINEUP_TESTS_SIMULATION_SCENARIO_H_

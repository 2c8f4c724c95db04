// What all nodes of a simulation share.

#ifndef LINEUP_TESTS_SIMULATION_WORLD_H_
#define LINEUP_TESTS_SIMULATION_WORLD_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/random.h"
#include "common/base/thread_pool.h"
#include "tests/simulation/event_queue.h"
#include "tests/simulation/simulated_disk.h"
#include "tests/simulation/simulated_network.h"

namespace lineup::simulation {

// Where the coordinator is.
inline constexpr char kCoordinatorAddress[] = "coordinator:7000";

struct World {
  // `pool`: of one thread, which therefore does nothing by itself.
  World(uint64_t seed, ThreadPool* pool)
      : random(HashMix(seed, 1)),
        network(&events, HashMix(seed, 2)),
        disk(HashMix(seed, 3)),
        pool(*pool) {}

  NodeId NewNode() { return ++last_node; }
  // A random while, up to the double of `mean`.
  absl::Duration About(absl::Duration mean) {
    return 2 * mean * random.Uniform();
  }
  void Trace(absl::string_view who, absl::string_view what) const {
    if (trace) trace(who, what);
  }

  SplitMix64 random;
  EventQueue events;
  SimulatedNetwork network;
  SimulatedDisk disk;
  ThreadPool& pool;
  std::function<void(absl::string_view who, absl::string_view what)> trace;
  // Computing a minibatch, or a piece of a task.
  absl::Duration step_time = absl::Milliseconds(5);
  NodeId last_node = kNobody;
};

}  // namespace lineup::simulation

#endif  // LINEUP_TESTS_SIMULATION_WORLD_H_

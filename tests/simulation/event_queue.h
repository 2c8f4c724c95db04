// Simulated time: what is to happen when, and to whom. One thread runs one
// event after the other; nothing happens in between.
//
// A node that is paused gets its events late, in their order; one that has
// ended gets none any more.

#ifndef LINEUP_TESTS_SIMULATION_EVENT_QUEUE_H_
#define LINEUP_TESTS_SIMULATION_EVENT_QUEUE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "absl/time/time.h"
#include "common/base/clock.h"

namespace lineup::simulation {

// A process, from its start to its end.
using NodeId = int;
inline constexpr NodeId kNobody = 0;

class EventQueue {
 public:
  const Clock& clock() const { return clock_; }
  absl::Time now() const { return clock_.Now(); }
  absl::Duration elapsed() const { return now() - absl::UnixEpoch(); }

  void After(absl::Duration delay, NodeId owner, std::function<void()> event);

  // Runs the next event; false if there is none.
  bool RunNext();

  // Events of the node wait until then.
  void Pause(NodeId node, absl::Time until) { paused_[node] = until; }
  bool IsPaused(NodeId node) const;
  // Events of the node do not happen any more.
  void End(NodeId node) { ended_[node] = true; }
  bool HasEnded(NodeId node) const { return ended_.count(node) > 0; }

 private:
  struct Event {
    NodeId owner;
    std::function<void()> run;
  };

  SimulatedClock clock_;
  uint64_t last_ = 0;
  // By time, and in the order in which they were added.
  std::map<std::pair<absl::Time, uint64_t>, Event> events_;
  std::map<NodeId, absl::Time> paused_;
  std::map<NodeId, bool> ended_;
};

}  // namespace lineup::simulation

#endif  // LINEUP_TESTS_SIMULATION_EVENT_QUEUE_H_

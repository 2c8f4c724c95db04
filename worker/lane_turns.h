// Which lanes of a worker may have pulled weights that they have not yet used.
//
// A lane that pulls early waits with weights that grow old while other lanes
// of its worker compute: with eight lanes on one thread every gradient would be
// seven updates late, for nothing. So a lane asks for a turn before it pulls,
// and only as many have one as keep the threads busy: one that computes and one
// that is ready, for each, and a few more to cover the time that calls take.
//
// Turns go to the lane with the lowest clock. A lane keeps its turn for a few
// minibatches (`run`), so that it can push and pull in one call, and yields it
// to one that is behind. A lane so far behind that others may wait for it at
// the servers gets a turn at once; with `run` at most the job's staleness,
// lanes never wait for one another in a circle.
//
// Thread safety: thread-safe. Wakes others with no lock held.

#ifndef LINEUP_WORKER_LANE_TURNS_H_
#define LINEUP_WORKER_LANE_TURNS_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "common/base/mutex.h"

namespace lineup {

class LaneTurns {
 public:
  using Lane = const void*;  // a name
  using Wake = std::function<void()>;

  LaneTurns(size_t max_turns, uint64_t run)
      : max_turns_(max_turns), run_(run) {}

  // Whether the lane may pull at `clock`, its next. If not, `wake` is called
  // once it may: then it asks again.
  bool Take(Lane lane, uint64_t clock, Wake wake);

  // The lane neither has nor wants a turn.
  void Leave(Lane lane);

 private:
  struct Waiting {
    uint64_t clock = 0;
    Wake wake;
  };

  // Gives turns to lanes that wait; returns whom to wake.
  std::vector<Wake> Grant() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::map<Lane, Waiting>::iterator Slowest()
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t max_turns_;
  const uint64_t run_;
  Mutex mutex_;
  std::map<Lane, uint64_t> turns_ ABSL_GUARDED_BY(mutex_);  // clocks
  std::map<Lane, Waiting> waiting_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lineup

#endif  // LINEUP_WORKER_LANE_TURNS_H_

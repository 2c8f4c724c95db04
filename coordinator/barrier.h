// The moment when every lane of a job stands between two minibatches and every
// server at the same, known clocks. What a consistent view of all servers is
// needed for is done at one: checkpoints, and whatever moves or drops weights.
//
//   kNone      lanes run
//   kFreezing  servers answer no pull beyond those that they have answered, and
//              say how far those are
//   kRunning   each lane runs up to the furthest that any server has answered
//              (at staleness 0: the furthest of all lanes, for they make one
//              update together), so that none waits for what some servers have
//              answered and others will not
//   kStanding  all lanes stand on all servers, until End()
//
// Lanes stay with their holders, which wait in their next pull, and may change
// holders as ever. server/shard.h tells the same from a server's side.
//
// A state machine: orders are derived from it, and reports move it on, both in
// any order and any number of times. Thread safety: one thread at a time.

#ifndef LINEUP_COORDINATOR_BARRIER_H_
#define LINEUP_COORDINATOR_BARRIER_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "proto/node.pb.h"

namespace lineup {

class Barrier {
 public:
  enum class State { kNone, kFreezing, kRunning, kStanding };

  // Barriers' numbers are above `last_number`.
  Barrier(uint32_t num_lanes, bool synchronous, uint64_t last_number)
      : num_lanes_(num_lanes),
        synchronous_(synchronous),
        number_(last_number) {}

  void Begin();
  void End() { state_ = State::kNone; }

  // Takes in the newest reports of all servers; none of them null.
  void Update(absl::Span<const v1::ServerReport* const> reports);

  State state() const { return state_; }
  bool active() const { return state_ != State::kNone; }
  bool standing() const { return state_ == State::kStanding; }

  // What servers are to do.
  void AddOrder(v1::ServerOrders* orders) const;

 private:
  void Freeze(absl::Span<const v1::ServerReport* const> reports);

  const uint32_t num_lanes_;
  const bool synchronous_;
  State state_ = State::kNone;
  uint64_t number_;
  std::vector<uint64_t> clocks_;  // by lane, from kRunning on
};

}  // namespace lineup

#endif  // LINEUP_COORDINATOR_BARRIER_H_

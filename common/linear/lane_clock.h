// The name of one gradient: lane and clock.
//
// A lane is one logical stream of minibatches. Its clock counts them, from 1,
// through all epochs of a job: minibatch number c of a lane is the same
// examples for ever, whoever computes it and how often.

#ifndef LINEUP_COMMON_LINEAR_LANE_CLOCK_H_
#define LINEUP_COMMON_LINEAR_LANE_CLOCK_H_

#include <cstdint>

namespace lineup {

struct LaneClock {
  uint32_t lane = 0;
  uint64_t clock = 0;
  // Counts the holders of the lane: a server that has heard of a newer holder
  // refuses the older ones, which may not know yet that they lost the lane.
  uint64_t term = 0;
};

// How far a lane may run ahead of the slowest, in clocks: 0 is synchronous
// (one update from all lanes' gradients, in lane order), kUnbounded is
// asynchronous.
using Staleness = uint32_t;
inline constexpr Staleness kUnboundedStaleness = UINT32_MAX;

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_LANE_CLOCK_H_

// Which splits a lane reads in an epoch, in which order, and which of them it
// mixes: pure functions, so that every process comes to the same plan.
//
// A lane's epoch is a list of windows. The examples of a window are in memory
// together, and with shuffling they come in a random order; windows follow one
// another.

#ifndef LINEUP_COMMON_JOB_LANE_PLAN_H_
#define LINEUP_COMMON_JOB_LANE_PLAN_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "common/data/split.h"
#include "common/job/job_spec.h"

namespace lineup {

using Window = std::vector<size_t>;  // splits, in order
using LaneWindows = std::vector<Window>;

struct LanePlanOptions {
  bool shuffle = true;
  uint64_t seed = 0;
  // Of estimated bytes: so much is mixed at a time, by all lanes together.
  // Each gathers splits into a window while that stays within its part, so
  // that the memory of a job does not grow with its lanes.
  uint64_t window_bytes = uint64_t{512} << 20;
};

// As the job asks for.
LanePlanOptions LanePlanOptionsOf(const JobSpec& spec);

// The splits in the order of an epoch: their own, or a random one.
std::vector<size_t> SplitOrder(size_t num_splits, int64_t epoch,
                               const LanePlanOptions& options);

// One list of windows a lane: every split once, in the order of the epoch
// within a lane. The lanes' estimated bytes differ by no more than the largest
// split has. Lanes without a split get an empty list.
std::vector<LaneWindows> PlanLanes(absl::Span<const Split> splits,
                                   size_t num_lanes, int64_t epoch,
                                   const LanePlanOptions& options);

}  // namespace lineup

#endif  // LINEUP_COMMON_JOB_LANE_PLAN_H_

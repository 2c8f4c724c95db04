// A training job as its user asked for it. A plain value.

#ifndef LINEUP_COMMON_JOB_JOB_SPEC_H_
#define LINEUP_COMMON_JOB_JOB_SPEC_H_

#include <cstdint>
#include <string>
#include <vector>

#include "common/data/schema.h"
#include "common/linear/hyperparameters.h"
#include "common/linear/lane_clock.h"

namespace lineup {

// More lanes than any cluster has use for; what is kept of each is bounded.
inline constexpr uint32_t kMaxLanes = 1024;

// A number of lanes: as many as the data is enough for (job_plan.cc).
inline constexpr uint32_t kAutoLanes = 0;

struct JobSpec {
  Hyperparameters hyperparameters;

  // Files, directories and globs; validation and test may be empty.
  std::vector<std::string> train;
  std::vector<std::string> validation;
  std::vector<std::string> test;
  // Part of the training examples that is held out for validation; above 0
  // only without `validation`.
  double validation_fraction = 0;
  DataOptions data;

  // A model directory or archive to continue from; empty: from scratch.
  std::string warm_start;

  // Examples come in a random order, which the seed decides, or in file order.
  bool shuffle = true;
  // With shuffle, about this many bytes of files are mixed at a time.
  uint64_t shuffle_window_bytes = uint64_t{512} << 20;
  // Leave out the last, partial minibatch of an epoch.
  bool drop_last = false;

  // Streams of minibatches. At staleness 0 an update sees one minibatch of
  // each, and the result depends on their number. kAutoLanes: PlanJob decides.
  uint32_t num_lanes = 1;
  Staleness staleness = 0;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_JOB_JOB_SPEC_H_

#include "common/job/lane_plan.h"

#include <algorithm>
#include <numeric>

#include "common/base/random.h"
#include "glog/logging.h"

namespace lineup {

LanePlanOptions LanePlanOptionsOf(const JobSpec& spec) {
  return {spec.shuffle, spec.hyperparameters.seed, spec.shuffle_window_bytes};
}

std::vector<size_t> SplitOrder(size_t num_splits, int64_t epoch,
                               const LanePlanOptions& options) {
  std::vector<size_t> order(num_splits);
  std::iota(order.begin(), order.end(), size_t{0});
  if (options.shuffle) {
    constexpr uint64_t kPurpose = 0x73706c6974u;  // not another shuffle's hash
    SplitMix64 random(HashMix(options.seed, kPurpose, epoch));
    Shuffle(absl::MakeSpan(order), random);
  }
  return order;
}

std::vector<LaneWindows> PlanLanes(absl::Span<const Split> splits,
                                   size_t num_lanes, int64_t epoch,
                                   const LanePlanOptions& options) {
  CHECK_GT(num_lanes, 0u);
  std::vector<LaneWindows> lanes(num_lanes);
  std::vector<uint64_t> lane_bytes(num_lanes, 0);
  std::vector<uint64_t> window_bytes(num_lanes, 0);
  const uint64_t max_window_bytes = options.window_bytes / num_lanes;
  for (const size_t split : SplitOrder(splits.size(), epoch, options)) {
    // The lane with the least to do takes it.
    const size_t lane = std::min_element(lane_bytes.begin(), lane_bytes.end()) -
                        lane_bytes.begin();
    const uint64_t bytes = splits[split].estimated_bytes;
    if (lanes[lane].empty() || window_bytes[lane] + bytes > max_window_bytes) {
      lanes[lane].emplace_back();
      window_bytes[lane] = 0;
    }
    lanes[lane].back().push_back(split);
    window_bytes[lane] += bytes;
    lane_bytes[lane] += std::max<uint64_t>(bytes, 1);
  }
  return lanes;
}

}  // namespace lineup

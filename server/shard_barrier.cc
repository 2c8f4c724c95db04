// Shard's barriers, and its state at one.

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "glog/logging.h"
#include "server/shard.h"

namespace lineup {

void Shard::Freeze() {
  for (Lane& lane : lanes_) lane.limit = lane.reached();
}

void Shard::RunUpTo(absl::Span<const uint64_t> clocks) {
  CHECK_EQ(clocks.size(), lanes_.size());
  for (size_t l = 0; l < lanes_.size(); ++l) lanes_[l].limit = clocks[l];
  AnswerWaiting();
}

void Shard::Release() {
  for (Lane& lane : lanes_) lane.limit = kNoLimit;
  AnswerWaiting();
}

std::vector<uint64_t> Shard::Answered() const {
  std::vector<uint64_t> clocks;
  for (const Lane& lane : lanes_) {
    clocks.push_back(lane.reached());
  }
  return clocks;
}

bool Shard::Standing() const {
  return std::all_of(lanes_.begin(), lanes_.end(), [this](const Lane& lane) {
    if (lane.finished) return true;
    if (lane.limit == kNoLimit || lane.pushed != lane.limit) return false;
    return !synchronous() || lane.waiting.clock == lane.limit + 1;
  });
}

ShardClocks Shard::Clocks() const {
  ShardClocks clocks;
  clocks.epoch = epoch_;
  clocks.num_updates = store_.num_updates();
  clocks.epoch_loss = epoch_loss_;
  for (const Lane& lane : lanes_) {
    CHECK(!lane.pending) << "a shard's clocks are known when it stands";
    clocks.lanes.push_back({lane.pushed, lane.finished});
  }
  return clocks;
}

absl::Status Shard::RestoreClocks(const ShardClocks& clocks) {
  if (clocks.lanes.size() != lanes_.size() ||
      clocks.epoch_loss.loss_sums.size() !=
          (clocks.epoch < 0 ? 0 : columns().num_candidates())) {
    return absl::InvalidArgumentError(absl::StrCat(
        "a state of ", clocks.lanes.size(), " lanes with the losses of ",
        clocks.epoch_loss.loss_sums.size(), " candidates is not of this job, ",
        "which has ", lanes_.size(), " lanes and ", columns().num_candidates(),
        " candidates"));
  }
  uint64_t running_at = UINT64_MAX;
  uint64_t max_clock = 0;
  for (const ShardClocks::Lane& lane : clocks.lanes) {
    max_clock = std::max(max_clock, lane.clock);
    if (lane.finished) continue;
    if (synchronous() && running_at != UINT64_MAX && running_at != lane.clock) {
      return absl::InvalidArgumentError(absl::StrCat(
          "a state of a synchronous job whose lanes stand at clocks ",
          running_at, " and ", lane.clock));
    }
    running_at = std::min(running_at, lane.clock);
  }
  epoch_ = clocks.epoch;
  epoch_loss_ = clocks.epoch_loss;
  applied_ = running_at == UINT64_MAX ? max_clock : running_at;
  lanes_running_ = 0;
  for (size_t l = 0; l < lanes_.size(); ++l) {
    Lane& lane = lanes_[l];
    lane.pushed = lane.committed = lane.answered = clocks.lanes[l].clock;
    lane.finished = clocks.lanes[l].finished;
    lanes_running_ += lane.finished ? 0 : 1;
  }
  return absl::OkStatus();
}

absl::Status Shard::Restore(const ShardClocks& clocks) {
  LINEUP_RETURN_IF_ERROR(RestoreClocks(clocks));
  store_.FastForward(clocks.num_updates);
  return absl::OkStatus();
}

absl::Status Shard::Adopt(const ShardClocks& clocks, WeightStore store,
                          const ShardCounters& counters) {
  CHECK_EQ(store.num_updates(), clocks.num_updates);
  CHECK_EQ(store.width(), store_.width());
  LINEUP_RETURN_IF_ERROR(RestoreClocks(clocks));
  store_ = std::move(store);
  counters_ = counters;
  return absl::OkStatus();
}

}  // namespace lineup

#include "coordinator/lane_table.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

namespace lineup {
namespace {

// Splits that a lane is given beyond the one it reads, so that it can read
// ahead.
constexpr uint64_t kSplitsAhead = 1;

}  // namespace

void LaneTable::BeginEpoch(std::deque<uint32_t> splits, bool fixed_plan) {
  Reset();
  unread_ = std::move(splits);
  fixed_plan_ = fixed_plan;
  halted_ = false;
  changes_ = {true, {}};
  for (Lane& lane : lanes_) lane.closed = fixed_plan;
}

void LaneTable::ContinueEpoch(const v1::LaneSplits& splits,
                              const v1::TrainingClocks& clocks,
                              bool fixed_plan) {
  BeginEpoch({splits.unread().begin(), splits.unread().end()}, fixed_plan);
  for (int l = 0; l < static_cast<int>(lanes_.size()); ++l) {
    Lane& lane = lanes_[l];
    if (l < clocks.lanes_size()) {
      lane.finished = clocks.lanes(l).finished();
      lane.clock = clocks.lanes(l).clock();
    }
    if (fixed_plan || l >= splits.lanes_size()) continue;
    for (const uint32_t split : splits.lanes(l).splits()) Give(&lane, split);
    lane.closed = splits.lanes(l).closed();
  }
}

v1::LaneSplits LaneTable::Splits() const {
  v1::LaneSplits splits;
  for (const Lane& lane : lanes_) {
    v1::LaneSplits::Lane* added = splits.add_lanes();
    added->mutable_splits()->Add(lane.splits.begin(), lane.splits.end());
    added->set_closed(lane.closed);
  }
  splits.mutable_unread()->Add(unread_.begin(), unread_.end());
  return splits;
}

void LaneTable::Reopen(absl::Span<const v1::ServerLane> lanes,
                       absl::Span<const Worker> workers) {
  std::set<std::string> staying;
  for (const Worker& worker : workers) {
    if (!worker.leaves) staying.insert(worker.id);
  }
  for (size_t l = 0; l < lanes_.size(); ++l) {
    Lane& lane = lanes_[l];
    if (l < lanes.size() && lanes[l].finished()) {
      lane.finished = true;
      lane.holder.clear();
    }
    if (lane.finished) continue;
    // Nobody's orders name a lane now, so nobody would hear that it is wanted
    // back.
    if (lane.withdrawn || staying.count(lane.holder) == 0) {
      Free(static_cast<uint32_t>(l));
    }
    if (!lane.holder.empty()) lane.term = ++last_term_;
  }
}

void LaneTable::Reset() {
  halted_ = true;
  unread_.clear();
  for (Lane& lane : lanes_) {
    Lane none;
    none.term = lane.term;
    none.clock = lane.clock;
    lane = std::move(none);
  }
}

void LaneTable::Give(Lane* lane, uint32_t split) {
  lane->splits.push_back(split);
  changes_.given.push_back(
      {static_cast<uint32_t>(lane - lanes_.data()), split});
}

void LaneTable::GiveSplits(Lane* lane, uint64_t windows_opened, bool waits) {
  while (lane->splits.size() < windows_opened + kSplitsAhead) {
    const auto split = SplitFor(lane->holder, waits);
    if (split == unread_.end()) break;
    readers_.Note(v1::DATA_PART_TRAIN, *split, lane->holder);
    Give(lane, *split);
    unread_.erase(split);
  }
  lane->closed = unread_.empty();
}

std::deque<uint32_t>::iterator LaneTable::SplitFor(const std::string& worker,
                                                   bool waits) {
  auto unread_by_all = unread_.end();
  for (auto split = unread_.begin(); split != unread_.end(); ++split) {
    const std::string* const reader = readers_.Of(v1::DATA_PART_TRAIN, *split);
    if (reader != nullptr && *reader == worker) return split;
    if (reader == nullptr && unread_by_all == unread_.end()) {
      unread_by_all = split;
    }
  }
  if (unread_by_all != unread_.end() || unread_.empty() || !waits) {
    return unread_by_all;
  }
  return std::prev(unread_.end());  // its reader comes from the other end
}

void LaneTable::Balance(absl::Span<const Worker> workers) {
  if (halted_) return;
  std::map<std::string, uint32_t> held;  // by workers that stay
  std::set<std::string> leaving;
  for (const Worker& worker : workers) {
    if (worker.leaves) {
      leaving.insert(worker.id);
    } else {
      held[worker.id] = 0;
    }
  }
  for (Lane& lane : lanes_) {
    if (lane.finished || lane.holder.empty() || lane.withdrawn) continue;
    const auto holder = held.find(lane.holder);
    if (holder != held.end()) {
      ++holder->second;
    } else if (leaving.count(lane.holder) > 0) {
      Withdraw(&lane, workers);
    }
  }
  if (held.empty()) return;
  for (Lane& lane : lanes_) {
    if (lane.finished || !lane.holder.empty()) continue;
    const auto least = std::min_element(
        held.begin(), held.end(),
        [](const auto& a, const auto& b) { return a.second < b.second; });
    ++least->second;
    lane.holder = least->first;
    lane.term = ++last_term_;
    lane.withdrawn = false;
    if (!fixed_plan_) GiveSplits(&lane, 0, lane.splits.empty());
  }
  // Nobody shall hold more than its share, rounded up. Of all lanes: at the end
  // of an epoch, when some have finished, those left stay where their data is.
  const size_t share = (lanes_.size() + held.size() - 1) / held.size();
  for (Lane& lane : lanes_) {
    if (lane.finished || lane.holder.empty() || lane.withdrawn) continue;
    const auto holder = held.find(lane.holder);
    if (holder == held.end() || holder->second <= share) continue;
    --holder->second;
    Withdraw(&lane, workers);
  }
}

void LaneTable::Withdraw(Lane* lane, absl::Span<const Worker> workers) {
  lane->withdrawn = true;
  for (const Worker& worker : workers) {
    if (worker.id == lane->holder) lane->withdrawn_at = worker.orders_version;
  }
}

void LaneTable::Halt(absl::Span<const Worker> workers) {
  halted_ = true;
  for (Lane& lane : lanes_) {
    if (!lane.holder.empty() && !lane.withdrawn) Withdraw(&lane, workers);
  }
}

void LaneTable::OnReport(const std::string& worker, uint64_t orders_version,
                         const v1::WorkerReport& report, int64_t epoch) {
  std::vector<bool> named(lanes_.size(), false);
  for (const v1::WorkerLane& reported : report.lanes()) {
    if (reported.lane() >= lanes_.size()) continue;
    Lane& lane = lanes_[reported.lane()];
    if (lane.holder != worker || lane.term != reported.term() ||
        reported.epoch() != epoch) {
      continue;
    }
    named[reported.lane()] = true;
    lane.clock = std::max(lane.clock, reported.clock());
    lane.examples = reported.examples();
    lane.why_waiting = reported.why_waiting();
    if (reported.state() == v1::WorkerLane::STATE_FINISHED) {
      lane.finished = true;
      lane.holder.clear();
    } else if (!fixed_plan_ && !lane.withdrawn) {
      GiveSplits(&lane, reported.windows_opened(),
                 reported.state() == v1::WorkerLane::STATE_NEEDS_SPLIT);
    }
  }
  for (size_t l = 0; l < lanes_.size(); ++l) {
    Lane& lane = lanes_[l];
    if (lane.holder == worker && lane.withdrawn && !named[l] &&
        orders_version > lane.withdrawn_at) {
      Free(l);
    }
  }
}

void LaneTable::OnGone(const std::string& worker) {
  for (size_t l = 0; l < lanes_.size(); ++l) {
    if (lanes_[l].holder == worker) Free(l);
  }
}

void LaneTable::Free(uint32_t lane) {
  lanes_[lane].holder.clear();
  lanes_[lane].withdrawn = false;
  lanes_[lane].why_waiting = "a worker";
}

bool LaneTable::all_finished() const {
  return std::all_of(lanes_.begin(), lanes_.end(),
                     [](const Lane& lane) { return lane.finished; });
}

bool LaneTable::any_held() const {
  return std::any_of(lanes_.begin(), lanes_.end(),
                     [](const Lane& lane) { return !lane.holder.empty(); });
}

void LaneTable::AddOrders(const std::string& worker,
                          v1::WorkerOrders* orders) const {
  for (size_t l = 0; l < lanes_.size(); ++l) {
    const Lane& lane = lanes_[l];
    if (lane.holder != worker || lane.withdrawn) continue;
    v1::LaneOrder* order = orders->add_lanes();
    order->set_lane(static_cast<uint32_t>(l));
    order->set_term(lane.term);
    order->set_closed(lane.closed);
    for (const uint32_t split : lane.splits) {
      order->add_windows()->add_splits(split);
    }
  }
}

}  // namespace lineup

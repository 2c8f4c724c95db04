#include "worker/lane_turns.h"

#include <algorithm>
#include <utility>

namespace lineup {

bool LaneTurns::Take(Lane lane, uint64_t clock, Wake wake) {
  std::vector<Wake> wakes;
  bool may = false;
  {
    MutexLock lock(&mutex_);
    const auto turn = turns_.find(lane);
    if (turn != turns_.end()) {
      const bool goes_on = turn->second == clock || waiting_.empty() ||
                           clock < Slowest()->second.clock + run_;
      if (goes_on) {
        turn->second = clock;
        return true;
      }
      turns_.erase(turn);
    }
    waiting_[lane] = {clock, nullptr};
    wakes = Grant();
    may = turns_.count(lane) > 0;
    if (!may) waiting_[lane].wake = std::move(wake);
  }
  for (const Wake& other : wakes) other();
  return may;
}

void LaneTurns::Leave(Lane lane) {
  std::vector<Wake> wakes;
  {
    MutexLock lock(&mutex_);
    turns_.erase(lane);
    waiting_.erase(lane);
    wakes = Grant();
  }
  for (const Wake& wake : wakes) wake();
}

std::map<LaneTurns::Lane, LaneTurns::Waiting>::iterator LaneTurns::Slowest() {
  return std::min_element(waiting_.begin(), waiting_.end(),
                          [](const auto& a, const auto& b) {
                            return a.second.clock < b.second.clock;
                          });
}

std::vector<LaneTurns::Wake> LaneTurns::Grant() {
  std::vector<Wake> wakes;
  while (!waiting_.empty()) {
    const auto slowest = Slowest();
    const uint64_t clock = slowest->second.clock;
    const bool is_needed = std::all_of(
        turns_.begin(), turns_.end(),
        [&](const auto& turn) { return turn.second > clock + run_; });
    if (turns_.size() >= max_turns_ && !is_needed) break;
    turns_[slowest->first] = clock;
    if (slowest->second.wake) wakes.push_back(std::move(slowest->second.wake));
    waiting_.erase(slowest);
  }
  return wakes;
}

}  // namespace lineup

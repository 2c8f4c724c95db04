#include "tests/simulation/event_queue.h"

namespace lineup::simulation {

void EventQueue::After(absl::Duration delay, NodeId owner,
                       std::function<void()> event) {
  events_.emplace(std::make_pair(now() + delay, ++last_),
                  Event{owner, std::move(event)});
}

bool EventQueue::IsPaused(NodeId node) const {
  const auto paused = paused_.find(node);
  return paused != paused_.end() && now() < paused->second;
}

bool EventQueue::RunNext() {
  if (events_.empty()) return false;
  const auto first = events_.begin();
  const auto [time, number] = first->first;
  Event event = std::move(first->second);
  events_.erase(first);
  clock_.Advance(time - now());
  if (HasEnded(event.owner)) return true;
  if (IsPaused(event.owner)) {
    events_.emplace(std::make_pair(paused_[event.owner], number),
                    std::move(event));
  } else {
    event.run();
  }
  return true;
}

}  // namespace lineup::simulation

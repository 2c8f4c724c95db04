#include "coordinator/barrier.h"

#include <algorithm>
#include <utility>

namespace lineup {

void Barrier::Begin() {
  ++number_;
  clocks_.clear();
  state_ = State::kFreezing;
}

void Barrier::Update(absl::Span<const v1::ServerReport* const> reports) {
  if (!active() || reports.empty()) return;
  for (const v1::ServerReport* report : reports) {
    if (report->barrier().number() != number_) return;
  }
  if (state_ == State::kFreezing) Freeze(reports);
  if (state_ == State::kRunning &&
      std::all_of(reports.begin(), reports.end(),
                  [](const v1::ServerReport* report) {
                    return report->barrier().standing();
                  })) {
    state_ = State::kStanding;
  }
}

void Barrier::Freeze(absl::Span<const v1::ServerReport* const> reports) {
  std::vector<uint64_t> clocks(num_lanes_, 0);
  for (const v1::ServerReport* report : reports) {
    const auto& answered = report->barrier().answered();
    if (answered.size() != static_cast<int>(num_lanes_)) return;
    for (uint32_t l = 0; l < num_lanes_; ++l) {
      clocks[l] = std::max(clocks[l], answered[l]);
    }
  }
  if (synchronous_) {
    clocks.assign(num_lanes_, *std::max_element(clocks.begin(), clocks.end()));
  }
  clocks_ = std::move(clocks);
  state_ = State::kRunning;
}

void Barrier::AddOrder(v1::ServerOrders* orders) const {
  if (!active()) return;
  v1::BarrierOrder* const order = orders->mutable_barrier();
  order->set_number(number_);
  for (const uint64_t clock : clocks_) order->add_clocks(clock);
}

}  // namespace lineup

#include "common/rpc/call_batch.h"

#include <algorithm>
#include <utility>

#include "glog/logging.h"

namespace lineup {
namespace {

thread_local CallBatch* current = nullptr;

}  // namespace

CallBatch::CallBatch() {
  CHECK(current == nullptr) << "a thread's second batch of calls";
  current = this;
}

CallBatch::~CallBatch() {
  Send();
  current = nullptr;
}

CallBatch* CallBatch::Current() { return current; }

void CallBatch::Hold(std::shared_ptr<CallHolder> holder) {
  ++num_calls_;
  if (std::find(holders_.begin(), holders_.end(), holder) == holders_.end()) {
    holders_.push_back(std::move(holder));
  }
}

void CallBatch::Send() {
  num_calls_ = 0;
  for (const auto& holder : std::exchange(holders_, {})) holder->SendHeld();
}

}  // namespace lineup

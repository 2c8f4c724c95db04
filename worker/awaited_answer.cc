#include "worker/awaited_answer.h"

#include <utility>

#include "glog/logging.h"

namespace lineup {

AwaitedAnswer::AwaitedAnswer(std::function<void()> wake)
    : wake_(std::move(wake)) {}

AwaitedAnswer::~AwaitedAnswer() {
  MutexLock lock(&mutex_);
  CHECK(!under_way_) << "whoever awaits an answer is destroyed during the call";
  while (waking_ > 0) answered_.Wait(&mutex_);
}

std::function<void(absl::Status)> AwaitedAnswer::Expect() {
  MutexLock lock(&mutex_);
  under_way_ = true;
  return [this](absl::Status status) {
    {
      MutexLock lock(&mutex_);
      answer_ = std::move(status);
      under_way_ = false;
      ++waking_;
    }
    wake_();
    MutexLock lock(&mutex_);
    --waking_;
    answered_.SignalAll();
  };
}

bool AwaitedAnswer::Answered(absl::Status* status) {
  MutexLock lock(&mutex_);
  if (under_way_) return false;
  *status = answer_;
  return true;
}

bool AwaitedAnswer::idle() {
  MutexLock lock(&mutex_);
  return !under_way_ && waking_ == 0;
}

void AwaitedAnswer::WaitUntilIdle() {
  MutexLock lock(&mutex_);
  while (under_way_ || waking_ > 0) answered_.Wait(&mutex_);
}

}  // namespace lineup

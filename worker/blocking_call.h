// Makes a call of a parameter client and waits for its answer.

#ifndef LINEUP_WORKER_BLOCKING_CALL_H_
#define LINEUP_WORKER_BLOCKING_CALL_H_

#include <memory>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/base/mutex.h"
#include "worker/parameter_client.h"

namespace lineup {

// `start` gets the callback that it must see called once. Clients bound every
// call by a deadline, so the wait ends. `keep_waiting` is called now and then
// meanwhile; it may end the call.
template <typename Start>
absl::Status BlockingCall(
    Start start, absl::FunctionRef<void()> keep_waiting = [] {}) {
  constexpr absl::Duration kNowAndThen = absl::Milliseconds(50);
  struct Answer {
    Mutex mutex;
    CondVar answered;
    bool done ABSL_GUARDED_BY(mutex) = false;
    absl::Status status ABSL_GUARDED_BY(mutex);
  };
  // Shared: the callback may still hold the lock when the wait has ended.
  const auto answer = std::make_shared<Answer>();
  start([answer](absl::Status status) {
    MutexLock lock(&answer->mutex);
    answer->status = std::move(status);
    answer->done = true;
    answer->answered.SignalAll();
  });
  for (;;) {
    {
      MutexLock lock(&answer->mutex);
      if (!answer->done) {
        answer->answered.WaitWithTimeout(&answer->mutex, kNowAndThen);
      }
      if (answer->done) return answer->status;
    }
    keep_waiting();
  }
}

}  // namespace lineup

#endif  // LINEUP_WORKER_BLOCKING_CALL_H_

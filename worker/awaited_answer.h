// The answer to a call, for something that goes on step by step: it makes a
// call, is left alone, and looks for the answer when it is woken.
//
// Thread safety: answers come on any thread; the rest by one thread at a time.

#ifndef LINEUP_WORKER_AWAITED_ANSWER_H_
#define LINEUP_WORKER_AWAITED_ANSWER_H_

#include <functional>

#include "absl/status/status.h"
#include "common/base/mutex.h"

namespace lineup {

class AwaitedAnswer {
 public:
  // `wake` is called by each answer, without locks held.
  explicit AwaitedAnswer(std::function<void()> wake);
  // No call may be under way.
  ~AwaitedAnswer();

  // What to give to a call that is about to be made, when none is under way.
  std::function<void(absl::Status)> Expect();

  // Whether the last call, if there was any, has been answered, and how.
  bool Answered(absl::Status* status);

  // Whether no call is under way and `wake` has returned from telling so: what
  // it refers to may go then. WaitUntilIdle() blocks until that is so, and must
  // not be called from `wake`, nor the destructor.
  bool idle();
  void WaitUntilIdle();

 private:
  const std::function<void()> wake_;
  Mutex mutex_;
  CondVar answered_;
  bool under_way_ ABSL_GUARDED_BY(mutex_) = false;
  int waking_ ABSL_GUARDED_BY(mutex_) = 0;  // calls of wake_ by answers
  absl::Status answer_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lineup

#endif  // LINEUP_WORKER_AWAITED_ANSWER_H_

#ifndef LINEUP_COMMON_RPC_RETRY_H_
#define LINEUP_COMMON_RPC_RETRY_H_

// Trying a call again: when, and after how long. By status code and typed
// reason only, never by message text. No gRPC, clock or random source of its
// own: the caller brings them, so a test or the simulator decides.

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/random.h"

namespace lineup {

struct BackoffOptions {
  // The first wait, about a round trip to a process that is just starting.
  absl::Duration initial = absl::Milliseconds(50);
  // Waits double up to this: a peer that is back is found within half a
  // second, and one that is not costs two calls a second.
  absl::Duration max = absl::Milliseconds(500);
};

// The waits between attempts: exponential, each drawn uniformly from its upper
// half, so that many callers do not come back in step. For one thread.
class Backoff {
 public:
  // `random` must outlive it.
  Backoff(const BackoffOptions& options, SplitMix64* random);

  absl::Duration Next();

  // As at first: after a success.
  void Reset() { next_ = options_.initial; }

 private:
  BackoffOptions options_;
  SplitMix64* random_;
  absl::Duration next_;
};

// Whether the same call may succeed later without anyone changing anything:
// the peer was not there, did not answer in time, had no memory, or said
// "later". All calls of Lineup's services may be repeated, so not knowing what
// became of the first one is no obstacle.
bool IsRetryable(const absl::Status& status);

// How long to wait after a failed attempt: as the back-off says, and at least
// as long as the peer asks for.
absl::Duration PauseAfter(const absl::Status& status, Backoff& backoff);

// The same error, detail included, with another message.
absl::Status WithMessage(const absl::Status& status, absl::string_view message);

// The last attempt's status with the number of attempts added to the message.
absl::Status GivenUp(const absl::Status& status, int attempts);

// The same error with text put before its message: which peer, which call.
absl::Status WithContext(absl::string_view context, const absl::Status& status);

// Waits for as long as told, or until there is a reason to stop: then false.
using InterruptibleWait = absl::FunctionRef<bool(absl::Duration)>;

// Calls attempt() until it succeeds, fails with something that is not
// retryable, or the next attempt would begin after `deadline`. Returns the
// last attempt's status, with the number of attempts added to the message of
// one that was given up for lack of time; CancelledError if the wait was
// interrupted. There is always a first attempt.
absl::Status RetryUntil(absl::Time deadline, const Clock& clock,
                        Backoff backoff, InterruptibleWait wait,
                        absl::FunctionRef<absl::Status()> attempt);

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_RETRY_H_

#include "common/rpc/retry.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/rpc/errors.h"

namespace lineup {

absl::Status WithMessage(const absl::Status& status,
                         absl::string_view message) {
  absl::Status result(status.code(), message);
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) {
    result.SetPayload(url, payload);
  });
  return result;
}

Backoff::Backoff(const BackoffOptions& options, SplitMix64* random)
    : options_(options), random_(random), next_(options.initial) {}

absl::Duration Backoff::Next() {
  const absl::Duration full = std::min(next_, options_.max);
  next_ = std::min(2 * full, options_.max);
  return full * (0.5 + 0.5 * random_->Uniform());
}

bool IsRetryable(const absl::Status& status) {
  const v1::ErrorReason reason = ReasonOf(status);
  // Without a reason gRPC itself has no memory for the call at the moment.
  const bool no_memory = absl::IsResourceExhausted(status) &&
                         reason == v1::ERROR_REASON_UNSPECIFIED;
  return status.code() == absl::StatusCode::kUnavailable ||
         status.code() == absl::StatusCode::kDeadlineExceeded || no_memory ||
         reason == v1::ERROR_REASON_RETRY_LATER;
}

absl::Duration PauseAfter(const absl::Status& status, Backoff& backoff) {
  return std::max(backoff.Next(),
                  absl::Milliseconds(DetailOf(status).retry_after_ms()));
}

absl::Status GivenUp(const absl::Status& status, int attempts) {
  return WithMessage(
      status, absl::StrCat(status.message(), " (given up after ", attempts,
                           attempts == 1 ? " attempt)" : " attempts)"));
}

absl::Status WithContext(absl::string_view context,
                         const absl::Status& status) {
  if (status.ok()) return status;
  return WithMessage(status, absl::StrCat(context, ": ", status.message()));
}

absl::Status RetryUntil(absl::Time deadline, const Clock& clock,
                        Backoff backoff, InterruptibleWait wait,
                        absl::FunctionRef<absl::Status()> attempt) {
  for (int attempts = 1;; ++attempts) {
    const absl::Status status = attempt();
    if (status.ok() || !IsRetryable(status)) return status;
    const absl::Duration pause = PauseAfter(status, backoff);
    if (clock.Now() + pause >= deadline) return GivenUp(status, attempts);
    if (!wait(pause)) {
      return absl::CancelledError(absl::StrCat(
          "interrupted while waiting to try again after: ", status.message()));
    }
  }
}

}  // namespace lineup

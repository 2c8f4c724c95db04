#include "common/rpc/retry.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/rpc/errors.h"

namespace lineup {
namespace {

// The same error with more to its message.
absl::Status Annotate(const absl::Status& status, absl::string_view addition) {
  absl::Status result(status.code(), absl::StrCat(status.message(), addition));
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) {
    result.SetPayload(url, payload);
  });
  return result;
}

}  // namespace

Backoff::Backoff(const BackoffOptions& options, SplitMix64* random)
    : options_(options), random_(random), next_(options.initial) {}

absl::Duration Backoff::Next() {
  const absl::Duration full = std::min(next_, options_.max);
  next_ = std::min(2 * full, options_.max);
  return full * (0.5 + 0.5 * random_->Uniform());
}

bool IsRetryable(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnavailable ||
         status.code() == absl::StatusCode::kDeadlineExceeded ||
         ReasonOf(status) == v1::ERROR_REASON_RETRY_LATER;
}

absl::Status RetryUntil(absl::Time deadline, const Clock& clock,
                        Backoff backoff, InterruptibleWait wait,
                        absl::FunctionRef<absl::Status()> attempt) {
  for (int attempts = 1;; ++attempts) {
    const absl::Status status = attempt();
    if (status.ok() || !IsRetryable(status)) return status;
    const absl::Duration pause = std::max(
        backoff.Next(), absl::Milliseconds(DetailOf(status).retry_after_ms()));
    if (clock.Now() + pause >= deadline) {
      return Annotate(status,
                      absl::StrCat(" (given up after ", attempts,
                                   attempts == 1 ? " attempt)" : " attempts)"));
    }
    if (!wait(pause)) {
      return absl::CancelledError(absl::StrCat(
          "interrupted while waiting to try again after: ", status.message()));
    }
  }
}

}  // namespace lineup

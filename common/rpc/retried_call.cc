#include "common/rpc/retried_call.h"

#include <utility>

#include "common/rpc/errors.h"
#include "glog/logging.h"

namespace lineup {
namespace {

// A call that a newer one of the same lane displaced: here the newer one is an
// attempt of the same call that has been given up already.
bool IsWorthRetrying(const absl::Status& status) {
  return IsRetryable(status) || ReasonOf(status) == v1::ERROR_REASON_SUPERSEDED;
}

absl::Status Cancelled() { return absl::CancelledError("cancelled"); }

}  // namespace

RetriedCall::RetriedCall(Context* context, CallTransport* transport,
                         std::string method, std::vector<Part> parts, Done done)
    : context_(*context),
      transport_(*transport),
      method_(std::move(method)),
      parts_(std::move(parts)),
      done_(std::move(done)),
      give_up_at_(context->clock->Now() + context->options.patience),
      random_(HashMix(context->seed, context->attempt_ids.load())),
      backoff_(context->options.backoff, &random_) {
  CHECK(!parts_.empty());
}

void RetriedCall::Run(const std::shared_ptr<RetriedCall>& call) {
  call->self_ = call;
  call->Attempt();
}

void RetriedCall::Attempt() {
  // The last answer may end the call while its parts are still being started.
  const std::shared_ptr<RetriedCall> self = self_;
  {
    MutexLock lock(&mutex_);
    unanswered_ = parts_.size();
    error_ = absl::OkStatus();
    calls_.clear();
  }
  ++attempts_;
  const uint64_t id = ++context_.attempt_ids;
  for (size_t i = 0; i < parts_.size(); ++i) {
    const std::shared_ptr<PendingCall> call = transport_.Call(
        method_, parts_[i].encode(id), context_.options.attempt_timeout,
        [self, i](absl::StatusOr<grpc::ByteBuffer> answer) {
          self->OnAnswer(i, answer);
        });
    MutexLock lock(&mutex_);
    calls_.push_back(call);
    if (cancelled_ || !error_.ok()) call->Cancel();
  }
}

void RetriedCall::OnAnswer(size_t part,
                           const absl::StatusOr<grpc::ByteBuffer>& answer) {
  const absl::Status status =
      answer.ok() ? parts_[part].decode(*answer) : answer.status();
  {
    MutexLock lock(&mutex_);
    if (!status.ok() && error_.ok()) {
      error_ = status;
      for (const std::shared_ptr<PendingCall>& call : calls_) call->Cancel();
    }
    if (--unanswered_ > 0) return;
  }
  EndAttempt();
}

void RetriedCall::EndAttempt() {
  absl::Status status;
  bool cancelled;
  {
    MutexLock lock(&mutex_);
    status = error_;
    cancelled = cancelled_;
  }
  if (status.ok() || cancelled) {
    Finish(status.ok() ? status : Cancelled());
    return;
  }
  if (!IsWorthRetrying(status)) {
    Finish(status);
    return;
  }
  const absl::Duration pause = PauseAfter(status, backoff_);
  if (context_.clock->Now() + pause >= give_up_at_) {
    Finish(GivenUp(status, attempts_));
    return;
  }
  MutexLock lock(&mutex_);
  pause_ = transport_.Pause(pause, [this] { OnPauseEnd(); });
  if (cancelled_) pause_->Cancel();
}

void RetriedCall::OnPauseEnd() {
  bool cancelled;
  {
    MutexLock lock(&mutex_);
    cancelled = cancelled_;
  }
  if (cancelled) {
    Finish(Cancelled());
  } else {
    Attempt();
  }
}

void RetriedCall::Cancel() {
  MutexLock lock(&mutex_);
  cancelled_ = true;
  for (const std::shared_ptr<PendingCall>& call : calls_) call->Cancel();
  if (pause_ != nullptr) pause_->Cancel();
}

void RetriedCall::Finish(absl::Status status) {
  const std::shared_ptr<RetriedCall> self = std::move(self_);
  const Done done = std::move(done_);
  done(std::move(status));
}

}  // namespace lineup

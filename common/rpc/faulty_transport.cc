#include "common/rpc/faulty_transport.h"

namespace lineup {
namespace {

absl::Status Lost() { return absl::UnavailableError("lost, for a test"); }

}  // namespace

// A call that is still to be made, and then is under way.
class FaultyTransport::DelayedCall final : public PendingCall {
 public:
  void Cancel() override {
    MutexLock lock(&mutex_);
    cancelled_ = true;
    if (call_ != nullptr) call_->Cancel();
  }

  void Started(std::shared_ptr<PendingCall> call) {
    MutexLock lock(&mutex_);
    call_ = std::move(call);
    if (cancelled_) call_->Cancel();
  }

 private:
  Mutex mutex_;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  std::shared_ptr<PendingCall> call_ ABSL_GUARDED_BY(mutex_);
};

FaultyTransport::~FaultyTransport() {
  MutexLock lock(&mutex_);
  while (copies_under_way_ > 0) copy_ended_.Wait(&mutex_);
}

std::shared_ptr<PendingCall> FaultyTransport::Call(const std::string& method,
                                                   grpc::ByteBuffer request,
                                                   absl::Duration timeout,
                                                   Done done) {
  const CallFaults::Fault fault = faults_.Draw();
  switch (fault.kind) {
    case CallFaults::Kind::kNone:
      break;
    case CallFaults::Kind::kDelayed: {
      const auto call = std::make_shared<DelayedCall>();
      transport_->Pause(fault.delay, [=, request = std::move(request)] {
        call->Started(transport_->Call(method, request, timeout, done));
      });
      return call;
    }
    case CallFaults::Kind::kDuplicated:
      SendCopy(method, request, fault.delay);
      break;
    case CallFaults::Kind::kUnsent:
      return transport_->Pause(absl::ZeroDuration(),
                               [done = std::move(done)] { done(Lost()); });
    case CallFaults::Kind::kUnanswered:
      return transport_->Call(
          method, std::move(request), timeout,
          [done = std::move(done)](const auto&) { done(Lost()); });
  }
  return transport_->Call(method, std::move(request), timeout, std::move(done));
}

void FaultyTransport::SendCopy(const std::string& method,
                               const grpc::ByteBuffer& request,
                               absl::Duration delay) {
  {
    MutexLock lock(&mutex_);
    ++copies_under_way_;
  }
  transport_->Pause(delay, [this, method, request] {
    transport_->Call(method, request, faults_.copy_timeout(),
                     [this](const auto&) {
                       MutexLock lock(&mutex_);
                       --copies_under_way_;
                       copy_ended_.SignalAll();
                     });
  });
}

std::shared_ptr<PendingCall> FaultyTransport::Pause(
    absl::Duration pause, std::function<void()> done) {
  return transport_->Pause(pause, std::move(done));
}

}  // namespace lineup

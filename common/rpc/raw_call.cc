#include "common/rpc/raw_call.h"

#include <utility>

#include "common/rpc/handover.h"
#include "common/rpc/status.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/support/slice.h"
#include "grpcpp/support/stub_options.h"

namespace lineup {

RawCall::RawCall(grpc::ByteBuffer request, Done done)
    : request_(std::move(request)), done_(std::move(done)) {
  if (!request_.Valid()) {  // gRPC aborts on a buffer without slices
    const grpc::Slice empty;
    request_ = grpc::ByteBuffer(&empty, 1);
  }
}

std::shared_ptr<RawCall> RawCall::Start(
    const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
    grpc::ByteBuffer request, absl::Duration timeout, Done done,
    bool wait_for_ready) {
  const std::shared_ptr<RawCall> call(
      new RawCall(std::move(request), std::move(done)));
  call->self_ = call;
  {
    MutexLock lock(&call->mutex_);
    call->context_ = std::make_unique<grpc::ClientContext>();
    call->context_->set_deadline(absl::ToChronoTime(absl::Now() + timeout));
    call->context_->set_wait_for_ready(wait_for_ready);
    grpc::GenericStub(channel).PrepareUnaryCall(
        call->context_.get(), method, grpc::StubOptions(), &call->request_,
        &call->response_, call.get());
  }
  HandToRpc();
  call->StartCall();
  return call;
}

void RawCall::Cancel() {
  MutexLock lock(&mutex_);
  if (context_ != nullptr) context_->TryCancel();
}

void RawCall::OnDone(const grpc::Status& status) {
  TakeFromRpc();
  const std::shared_ptr<RawCall> self = std::move(self_);
  {
    MutexLock lock(&mutex_);
    context_.reset();
  }
  const Done done = std::move(done_);
  if (status.ok()) {
    done(std::move(response_));
  } else {
    done(FromGrpcStatus(status));
  }
}

}  // namespace lineup

#include "common/rpc/raw_call.h"

#include <utility>

#include "common/rpc/handover.h"
#include "common/rpc/status.h"
#include "grpcpp/generic/generic_stub.h"

namespace lineup {

std::shared_ptr<RawCall> RawCall::Start(
    const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
    grpc::ByteBuffer request, absl::Duration timeout, Done done) {
  const std::shared_ptr<RawCall> call(new RawCall());
  call->request_ = std::move(request);
  if (!call->request_.Valid()) {  // gRPC aborts on a buffer without slices
    const grpc::Slice empty;
    call->request_ = grpc::ByteBuffer(&empty, 1);
  }
  call->done_ = std::move(done);
  call->context_.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
  HandToRpc();
  grpc::GenericStub(channel).UnaryCall(
      &call->context_, method, grpc::StubOptions(), &call->request_,
      &call->response_, [call](grpc::Status status) {
        TakeFromRpc();
        if (status.ok()) {
          call->done_(std::move(call->response_));
        } else {
          call->done_(FromGrpcStatus(status));
        }
      });
  return call;
}

}  // namespace lineup

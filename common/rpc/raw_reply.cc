#include "common/rpc/raw_reply.h"

#include <utility>

#include "absl/status/status.h"
#include "common/rpc/handover.h"
#include "common/rpc/status.h"

namespace lineup {

std::shared_ptr<RawReply> RawReply::Create(grpc::ByteBuffer* response) {
  const std::shared_ptr<RawReply> reply(new RawReply(response));
  reply->self_ = reply;
  HandToRpc();  // which may cancel it at any time
  return reply;
}

void RawReply::Send(absl::StatusOr<grpc::ByteBuffer> answer) {
  {
    MutexLock lock(&mutex_);
    if (sent_) return;
    sent_ = true;
    // gRPC needs the buffer until Finish() below, which only the first call
    // comes to.
    if (answer.ok()) *response_ = *std::move(answer);
  }
  const grpc::Status status = ToGrpcStatus(answer.status());
  HandToRpc();
  Finish(status);
}

void RawReply::OnCancel() {
  TakeFromRpc();
  Send(absl::CancelledError("the call was cancelled"));
}

void RawReply::OnDone() {
  TakeFromRpc();
  const std::shared_ptr<RawReply> self = std::move(self_);
}

}  // namespace lineup

#include "common/rpc/test_service.h"

#include <utility>

#include "common/rpc/errors.h"
#include "common/rpc/handover.h"
#include "common/rpc/message_codec.h"
#include "common/rpc/status.h"

namespace lineup {

using v1::test::TestMessage;

grpc::ServerUnaryReactor* TestService::Echo(grpc::CallbackServerContext*,
                                            const grpc::ByteBuffer* request,
                                            grpc::ByteBuffer* response) {
  TakeFromRpc();
  const std::shared_ptr<RawReply> reply = RawReply::Create(response);
  if (request->Valid()) {
    ++echoes_;
    reply->Send(*request);
  } else {
    reply->Send(absl::CancelledError("ended before its message came"));
  }
  return reply->reactor();
}

grpc::ServerUnaryReactor* TestService::Fail(
    grpc::CallbackServerContext* context, const TestMessage* request,
    TestMessage*) {
  TakeFromRpc();
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  const grpc::Status status =
      ToGrpcStatus(WrongClockError(0, 0, request->count()));
  HandToRpc();
  reactor->Finish(status);
  return reactor;
}

grpc::ServerUnaryReactor* TestService::Wait(grpc::CallbackServerContext*,
                                            const grpc::ByteBuffer* request,
                                            grpc::ByteBuffer* response) {
  TakeFromRpc();
  Waiting waiting;
  waiting.reply = RawReply::Create(response);
  grpc::ServerUnaryReactor* const reactor = waiting.reply->reactor();
  const auto message = ReceivedMessage::Decode(*request, {}, &waiting.request);
  if (!message.ok()) {
    waiting.reply->Send(message.status());
    return reactor;
  }
  MutexLock lock(&mutex_);
  waiting_.push_back(std::move(waiting));
  changed_.SignalAll();
  return reactor;
}

TestService::Waiting TestService::AwaitWaiting() {
  MutexLock lock(&mutex_);
  while (waiting_.empty()) changed_.Wait(&mutex_);
  Waiting waiting = std::move(waiting_.front());
  waiting_.pop_front();
  return waiting;
}

}  // namespace lineup

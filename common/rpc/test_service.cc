#include "common/rpc/test_service.h"

#include "common/rpc/errors.h"
#include "common/rpc/handover.h"
#include "common/rpc/status.h"

namespace lineup {

using v1::test::TestMessage;

grpc::ServerUnaryReactor* TestService::Echo(grpc::CallbackServerContext*,
                                            const grpc::ByteBuffer* request,
                                            grpc::ByteBuffer* response) {
  TakeFromRpc();
  const std::shared_ptr<RawReply> reply = RawReply::Create(response);
  reply->Send(*request);
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
                                            const grpc::ByteBuffer*,
                                            grpc::ByteBuffer* response) {
  TakeFromRpc();
  const std::shared_ptr<RawReply> reply = RawReply::Create(response);
  MutexLock lock(&mutex_);
  waiting_.push_back(reply);
  changed_.SignalAll();
  return reply->reactor();
}

std::shared_ptr<RawReply> TestService::AwaitWaiting() {
  MutexLock lock(&mutex_);
  while (waiting_.empty()) changed_.Wait(&mutex_);
  std::shared_ptr<RawReply> reply = std::move(waiting_.back());
  waiting_.pop_back();
  return reply;
}

}  // namespace lineup

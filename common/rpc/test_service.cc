#include "common/rpc/test_service.h"

#include "common/rpc/errors.h"
#include "common/rpc/handover.h"
#include "common/rpc/status.h"

namespace lineup {
namespace {

using v1::test::TestMessage;

class WaitReactor : public grpc::ServerUnaryReactor {
 public:
  void OnCancel() override { Finish(grpc::Status::CANCELLED); }
  void OnDone() override { delete this; }
};

}  // namespace

grpc::ServerUnaryReactor* TestService::Echo(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
    grpc::ByteBuffer* response) {
  TakeFromRpc();
  *response = *request;
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  HandToRpc();
  reactor->Finish(grpc::Status::OK);
  return reactor;
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
                                            const TestMessage*, TestMessage*) {
  auto* const reactor = new WaitReactor();
  MutexLock lock(&mutex_);
  ++waiting_;
  changed_.SignalAll();
  return reactor;
}

void TestService::AwaitWaiting() {
  MutexLock lock(&mutex_);
  while (waiting_ == 0) changed_.Wait(&mutex_);
}

}  // namespace lineup

#ifndef LINEUP_COMMON_RPC_TEST_SERVICE_H_
#define LINEUP_COMMON_RPC_TEST_SERVICE_H_

// The service that tests of the transport call.

#include "common/base/mutex.h"
#include "common/rpc/test_service.grpc.pb.h"

namespace lineup {

// Thread-safe. Echo is a raw method, as those with large messages are.
class TestService final
    : public v1::test::TestService::WithRawCallbackMethod_Echo<
          v1::test::TestService::WithCallbackMethod_Fail<
              v1::test::TestService::WithCallbackMethod_Wait<
                  v1::test::TestService::Service>>> {
 public:
  grpc::ServerUnaryReactor* Echo(grpc::CallbackServerContext* context,
                                 const grpc::ByteBuffer* request,
                                 grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* Fail(grpc::CallbackServerContext* context,
                                 const v1::test::TestMessage* request,
                                 v1::test::TestMessage* response) override;
  grpc::ServerUnaryReactor* Wait(grpc::CallbackServerContext* context,
                                 const v1::test::TestMessage* request,
                                 v1::test::TestMessage* response) override;

  // Returns when a Wait has arrived.
  void AwaitWaiting();

 private:
  Mutex mutex_;
  CondVar changed_;
  int waiting_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_TEST_SERVICE_H_

#ifndef LINEUP_COMMON_RPC_TEST_SERVICE_H_
#define LINEUP_COMMON_RPC_TEST_SERVICE_H_

// The service that tests of the transport call.

#include <memory>
#include <vector>

#include "common/base/mutex.h"
#include "common/rpc/raw_reply.h"
#include "common/rpc/test_service.grpc.pb.h"

namespace lineup {

// Thread-safe. Echo and Wait are raw methods, as those with large messages and
// those that wait are.
class TestService final
    : public v1::test::TestService::WithRawCallbackMethod_Echo<
          v1::test::TestService::WithCallbackMethod_Fail<
              v1::test::TestService::WithRawCallbackMethod_Wait<
                  v1::test::TestService::Service>>> {
 public:
  grpc::ServerUnaryReactor* Echo(grpc::CallbackServerContext* context,
                                 const grpc::ByteBuffer* request,
                                 grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* Fail(grpc::CallbackServerContext* context,
                                 const v1::test::TestMessage* request,
                                 v1::test::TestMessage* response) override;
  grpc::ServerUnaryReactor* Wait(grpc::CallbackServerContext* context,
                                 const grpc::ByteBuffer* request,
                                 grpc::ByteBuffer* response) override;

  // The next Wait to arrive, which is answered by nobody else. Blocks.
  std::shared_ptr<RawReply> AwaitWaiting();

 private:
  Mutex mutex_;
  CondVar changed_;
  std::vector<std::shared_ptr<RawReply>> waiting_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_TEST_SERVICE_H_

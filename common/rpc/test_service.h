#ifndef LINEUP_COMMON_RPC_TEST_SERVICE_H_
#define LINEUP_COMMON_RPC_TEST_SERVICE_H_

// The service that tests of the transport call.

#include <atomic>
#include <deque>
#include <memory>

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

  // Echoes given so far.
  int echoes() const { return echoes_; }

  // A Wait that has arrived, to be answered by whoever takes it.
  struct Waiting {
    v1::test::TestMessage request;
    std::shared_ptr<RawReply> reply;
  };
  // Takes the one that arrived first; blocks until there is one.
  Waiting AwaitWaiting();

 private:
  std::atomic<int> echoes_{0};
  Mutex mutex_;
  CondVar changed_;
  std::deque<Waiting> waiting_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_TEST_SERVICE_H_

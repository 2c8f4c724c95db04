#ifndef LINEUP_COMMON_RPC_TEST_SERVICE_H_
#define LINEUP_COMMON_RPC_TEST_SERVICE_H_

// The service that tests of the transport call.

#include <atomic>
#include <deque>
#include <string>

#include "common/base/mutex.h"
#include "common/rpc/answer_stream.h"
#include "common/rpc/test_service.grpc.pb.h"

namespace lineup {

// Thread-safe. Echo and Wait are raw methods, as those with large messages and
// those that wait are.
class TestService final
    : public v1::test::TestService::WithRawCallbackMethod_Echo<
          v1::test::TestService::WithCallbackMethod_Fail<
              v1::test::TestService::WithRawCallbackMethod_Wait<
                  v1::test::TestService::WithRawCallbackMethod_Stream<
                      v1::test::TestService::Service>>>> {
 public:
  using Reply = AnswerStreams::Reply;

  grpc::ServerUnaryReactor* Echo(grpc::CallbackServerContext* context,
                                 const grpc::ByteBuffer* request,
                                 grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* Fail(grpc::CallbackServerContext* context,
                                 const v1::test::TestMessage* request,
                                 v1::test::TestMessage* response) override;
  grpc::ServerUnaryReactor* Wait(grpc::CallbackServerContext* context,
                                 const grpc::ByteBuffer* request,
                                 grpc::ByteBuffer* response) override;

  AnswerStreams::Reactor* Stream(grpc::CallbackServerContext* context) override;

  // Echoes given, streams opened and calls of streams so far.
  int echoes() const { return echoes_; }
  int streams() const { return num_streams_; }
  int streamed_calls() const { return streamed_calls_; }

  void CloseStreams() { streams_.Close(); }

  // A Wait that has arrived, to be answered by whoever takes it.
  struct Waiting {
    v1::test::TestMessage request;
    Reply reply;
  };
  // Takes the one that arrived first; blocks until there is one.
  Waiting AwaitWaiting();

 private:
  void Keep(const grpc::ByteBuffer& request, Reply reply);
  // A call of a stream.
  void Run(const std::string& method, const grpc::ByteBuffer& request,
           Reply reply);

  std::atomic<int> echoes_{0};
  std::atomic<int> num_streams_{0};
  std::atomic<int> streamed_calls_{0};
  AnswerStreams streams_;
  Mutex mutex_;
  CondVar changed_;
  std::deque<Waiting> waiting_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_TEST_SERVICE_H_

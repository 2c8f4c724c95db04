#ifndef LINEUP_COMMON_RPC_ANSWER_STREAM_H_
#define LINEUP_COMMON_RPC_ANSWER_STREAM_H_

// Calls over one stream (proto/stream.proto), on the server's side.
//
//   grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* Stream(
//       grpc::CallbackServerContext*) override {
//     return streams_.Open([this](const std::string& method,
//                                 const grpc::ByteBuffer& request,
//                                 AnswerStreams::Reply reply) { ... });
//   }

#include <functional>
#include <memory>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "common/base/mutex.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"

namespace lineup {

// The streams of a service. Thread-safe. It must outlive gRPC's server.
class AnswerStreams {
 public:
  using Reactor = grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>;
  // Called once, perhaps later and by another thread. What is given after the
  // stream has ended is dropped.
  using Reply = std::function<void(absl::StatusOr<grpc::ByteBuffer>)>;
  // Carries out a call, by one of gRPC's threads.
  using Run = std::function<void(const std::string& method,
                                 const grpc::ByteBuffer& request, Reply reply)>;

  // For gRPC.
  Reactor* Open(Run run);

  // Ends all streams now: calls that wait will not be answered.
  void Close();

 private:
  class Stream;

  Mutex mutex_;
  std::set<std::shared_ptr<Stream>> streams_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_ANSWER_STREAM_H_

#ifndef LINEUP_COMMON_RPC_RAW_REPLY_H_
#define LINEUP_COMMON_RPC_RAW_REPLY_H_

// The answer to a raw unary call on the server's side, which may be given
// later and from any thread.
//
//   grpc::ServerUnaryReactor* Pull(grpc::CallbackServerContext*,
//                                  const grpc::ByteBuffer* request,
//                                  grpc::ByteBuffer* response) override {
//     const std::shared_ptr<RawReply> reply = RawReply::Create(response);
//     ... keep `reply`, and sooner or later reply->Send(...) ...
//     return reply->reactor();
//   }

#include <memory>

#include "absl/status/statusor.h"
#include "common/base/mutex.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"

namespace lineup {

// Thread-safe. A call that is cancelled (by its caller, its deadline, or the
// server's shutdown) is ended at once; what is sent after that is dropped.
// Somebody must send something: the last reference's end without an answer
// leaves the caller waiting for its deadline.
class RawReply : private grpc::ServerUnaryReactor {
 public:
  // `response` is where gRPC takes the answer from.
  static std::shared_ptr<RawReply> Create(grpc::ByteBuffer* response);

  // For gRPC. Valid as long as the handler has not returned or the answer has
  // not been sent.
  grpc::ServerUnaryReactor* reactor() { return this; }

  // The first call sends; later ones do nothing.
  void Send(absl::StatusOr<grpc::ByteBuffer> answer);

 private:
  explicit RawReply(grpc::ByteBuffer* response) : response_(response) {}

  void OnCancel() override;
  void OnDone() override;

  Mutex mutex_;
  bool sent_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::ByteBuffer* const response_;  // gRPC's, until the answer is sent
  std::shared_ptr<RawReply> self_;    // while gRPC refers to it
};

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_RAW_REPLY_H_

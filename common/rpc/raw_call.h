#ifndef LINEUP_COMMON_RPC_RAW_CALL_H_
#define LINEUP_COMMON_RPC_RAW_CALL_H_

// One unary call with messages that are encoded already
// (common/rpc/message_codec.h), without waiting for its answer.

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/byte_buffer.h"

namespace lineup {

// A call on its way. Thread-safe.
class RawCall {
 public:
  using Done = std::function<void(absl::StatusOr<grpc::ByteBuffer>)>;

  // Calls `method` ("/package.Service/Method"). `done` is called exactly once,
  // from one of gRPC's threads, so it must not wait for another call: with the
  // answer, with the peer's error and its typed detail, or with
  // DEADLINE_EXCEEDED or UNAVAILABLE.
  static std::shared_ptr<RawCall> Start(
      const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
      grpc::ByteBuffer request, absl::Duration timeout, Done done);

  // Asks to end it early; `done` then gets CANCELLED, if not something else.
  void Cancel() { context_.TryCancel(); }

 private:
  RawCall() = default;

  grpc::ClientContext context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
  Done done_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_RAW_CALL_H_

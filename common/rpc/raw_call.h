#ifndef LINEUP_COMMON_RPC_RAW_CALL_H_
#define LINEUP_COMMON_RPC_RAW_CALL_H_

// One unary call with messages that are encoded already
// (common/rpc/message_codec.h), without waiting for its answer.

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/mutex.h"
#include "common/rpc/call_transport.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/client_callback.h"

namespace lineup {

// A call on its way. Thread-safe.
class RawCall final : public PendingCall, private grpc::ClientUnaryReactor {
 public:
  using Done = std::function<void(absl::StatusOr<grpc::ByteBuffer>)>;

  // Calls `method` ("/package.Service/Method"). `done` is called exactly once:
  // with the answer, with the peer's error and its typed detail, or with
  // DEADLINE_EXCEEDED or UNAVAILABLE. Without a connection that is at once, but
  // at the deadline if the call is to `wait_for_ready`. It is called from one
  // of gRPC's threads, so it must not wait for another call, nor let go of the
  // channel's last reference: a channel's destructor waits for those threads.
  // The channel must live until `done` is called.
  static std::shared_ptr<RawCall> Start(
      const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
      grpc::ByteBuffer request, absl::Duration timeout, Done done,
      bool wait_for_ready = false);

  // Asks to end it early; `done` then gets CANCELLED, if not something else.
  void Cancel() override;

 private:
  RawCall(grpc::ByteBuffer request, Done done);

  void OnDone(const grpc::Status& status) override;

  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
  Done done_;
  std::shared_ptr<RawCall> self_;  // while gRPC refers to it

  Mutex mutex_;
  // Null once the call is done. It refers to the channel.
  std::unique_ptr<grpc::ClientContext> context_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_RAW_CALL_H_

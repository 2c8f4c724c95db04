#ifndef LINEUP_COMMON_RPC_CALL_TRANSPORT_H_
#define LINEUP_COMMON_RPC_CALL_TRANSPORT_H_

// The way to one peer: calls of messages that are encoded already, and pauses
// between them, without waiting for either. Channels of gRPC in processes
// (common/rpc/channel_transport.h), a simulated network in tests.

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/rpc/address.h"
#include "grpcpp/support/byte_buffer.h"

namespace lineup {

// A call or a pause on its way. Thread-safe.
class PendingCall {
 public:
  virtual ~PendingCall() = default;

  // Asks to end it early. Does not wait, and calls nothing back itself.
  virtual void Cancel() = 0;
};

// Thread-safe.
class CallTransport {
 public:
  using Done = std::function<void(absl::StatusOr<grpc::ByteBuffer>)>;

  virtual ~CallTransport() = default;

  // Calls `method` ("/package.Service/Method"). `done` is called exactly once,
  // perhaps by another thread before this returns: with the answer, with the
  // peer's error and its typed detail, or with DEADLINE_EXCEEDED, UNAVAILABLE
  // or CANCELLED. It must not wait for another call nor let go of the
  // transport, which must live until then.
  virtual std::shared_ptr<PendingCall> Call(const std::string& method,
                                            grpc::ByteBuffer request,
                                            absl::Duration timeout,
                                            Done done) = 0;

  // Calls `done` exactly once, after the pause or when it is cancelled, as
  // above.
  virtual std::shared_ptr<PendingCall> Pause(absl::Duration pause,
                                             std::function<void()> done) = 0;
};

// Finds the way to a peer. Does not wait for it to be there.
using Dial = std::function<absl::StatusOr<std::unique_ptr<CallTransport>>(
    const Address&)>;

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_CALL_TRANSPORT_H_

#ifndef LINEUP_COMMON_RPC_CHANNEL_TRANSPORT_H_
#define LINEUP_COMMON_RPC_CHANNEL_TRANSPORT_H_

// Calls over gRPC, which go over several channels in turn.

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "common/rpc/call_transport.h"
#include "common/rpc/channel.h"

namespace lineup {

// Thread-safe.
class ChannelTransport final : public CallTransport {
 public:
  explicit ChannelTransport(std::unique_ptr<ChannelGroup> channels)
      : channels_(std::move(channels)) {}

  std::shared_ptr<PendingCall> Call(const std::string& method,
                                    grpc::ByteBuffer request,
                                    absl::Duration timeout, Done done) override;
  std::shared_ptr<PendingCall> Pause(absl::Duration pause,
                                     std::function<void()> done) override;

 private:
  const std::unique_ptr<ChannelGroup> channels_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_CHANNEL_TRANSPORT_H_

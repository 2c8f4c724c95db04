#ifndef LINEUP_COMMON_RPC_CHANNEL_H_
#define LINEUP_COMMON_RPC_CHANNEL_H_

// Channels to one address. One TCP connection is served by one thread at a
// time on either end, so calls that overlap are spread over several.

#include <atomic>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "common/rpc/address.h"
#include "common/rpc/call_faults.h"
#include "common/rpc/role.h"
#include "common/rpc/security.h"
#include "grpcpp/channel.h"

namespace lineup {

// To somebody with the role `peer`: with TLS nobody else is talked to.
// Connecting is left to the first call; an address where nobody listens is no
// error here. `faults`, for tests, disturb the channel's calls and outlive it.
absl::StatusOr<std::shared_ptr<grpc::Channel>> OpenChannel(
    const Address& address, const Security& security, Role peer,
    CallFaults* faults = nullptr);

// Thread-safe.
class ChannelGroup {
 public:
  // `size` channels, at least 1, each with its own connection.
  static absl::StatusOr<std::unique_ptr<ChannelGroup>> Open(
      const Address& address, const Security& security, Role peer, int size);
  // Of one channel that is there already.
  explicit ChannelGroup(std::shared_ptr<grpc::Channel> channel)
      : channels_({std::move(channel)}) {}

  size_t size() const { return channels_.size(); }

  // The channels in turn.
  const std::shared_ptr<grpc::Channel>& Next() {
    return channels_[next_.fetch_add(1, std::memory_order_relaxed) %
                     channels_.size()];
  }

 private:
  ChannelGroup() = default;

  std::vector<std::shared_ptr<grpc::Channel>> channels_;
  std::atomic<size_t> next_{0};
};

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_CHANNEL_H_

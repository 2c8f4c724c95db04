#include "common/rpc/channel.h"

#include <utility>

#include "common/base/status_macros.h"
#include "common/rpc/transport.h"
#include "glog/logging.h"
#include "grpcpp/create_channel.h"

namespace lineup {

absl::StatusOr<std::shared_ptr<grpc::Channel>> OpenChannel(
    const Address& address, const Security& security, Role peer,
    CallFaults* faults) {
  LINEUP_ASSIGN_OR_RETURN(const auto credentials,
                          security.ForChannel(address, peer));
  std::shared_ptr<grpc::Channel> channel = grpc::CreateCustomChannel(
      address.ToTarget(), credentials, ClientTransport());
  if (faults == nullptr) return channel;
  return grpc::experimental::CreateCustomChannelWithInterceptors(
      address.ToTarget(), credentials, ClientTransport(),
      faults->Interceptors(std::move(channel)));
}

absl::StatusOr<std::unique_ptr<ChannelGroup>> ChannelGroup::Open(
    const Address& address, const Security& security, Role peer, int size) {
  CHECK_GE(size, 1);
  std::unique_ptr<ChannelGroup> group(new ChannelGroup());
  for (int i = 0; i < size; ++i) {
    LINEUP_ASSIGN_OR_RETURN(auto channel, OpenChannel(address, security, peer));
    group->channels_.push_back(std::move(channel));
  }
  return group;
}

}  // namespace lineup

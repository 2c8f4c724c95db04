#include "server/cluster_server.h"

#include <utility>

#include "common/base/status_macros.h"
#include "common/base/version.h"
#include "common/rpc/channel.h"
#include "common/rpc/channel_transport.h"

namespace lineup {
namespace {

// Slots come from another server over so many connections, each with a thread.
constexpr int kChannelsToServer = 2;

}  // namespace

absl::StatusOr<std::unique_ptr<ClusterServer>> ClusterServer::Start(
    const Address& coordinator, const ClusterServerOptions& options,
    const Clock* clock) {
  auto server =
      std::unique_ptr<ClusterServer>(new ClusterServer(options, clock));
  ClusterServer* const self = server.get();
  LINEUP_ASSIGN_OR_RETURN(server->process_,
                          ServerProcess::Start(options.serving));
  server->node_ = std::make_unique<ServerNode>(
      &server->process_->jobs(), clock,
      [self](std::function<void()> work) {
        self->background_.Schedule(std::move(work));
      },
      [self](const Address& address) { return self->DialServer(address); },
      [self] { self->life_.Wake(); });
  server->address_ = options.advertised_address.empty()
                         ? server->process_->address().ToString()
                         : options.advertised_address;
  LINEUP_ASSIGN_OR_RETURN(
      std::shared_ptr<grpc::Channel> channel,
      OpenChannel(coordinator, options.serving.security, Role::kCoordinator));
  const NodeLink::Options link{coordinator, options.serving.security,
                               options.connect_timeout};
  server->life_.Connect(
      std::move(channel), link, [self] { return self->MakeReport(); },
      [self](const v1::NodeOrders& orders) { self->node_->OnOrders(orders); });
  return server;
}

absl::StatusOr<std::unique_ptr<CallTransport>> ClusterServer::DialServer(
    const Address& address) const {
  LINEUP_ASSIGN_OR_RETURN(auto channels,
                          ChannelGroup::Open(address, options_.serving.security,
                                             Role::kServer, kChannelsToServer));
  return std::unique_ptr<CallTransport>(
      std::make_unique<ChannelTransport>(std::move(channels)));
}

ClusterServer::~ClusterServer() {
  life_.Disconnect();
  if (process_ != nullptr) process_->Shutdown(absl::Seconds(1));
}

v1::NodeReport ClusterServer::MakeReport() {
  v1::NodeReport report;
  report.set_node_id(options_.node_id);
  report.set_role(v1::NODE_ROLE_SERVER);
  report.set_address(address_);
  report.set_version(kLineupVersion);
  report.set_threads(static_cast<uint32_t>(options_.serving.threads));
  report.set_cpu_load(load_.CpuLoad(clock_.Now()));
  report.set_memory_bytes(ProcessLoad::MemoryBytes());
  *report.mutable_server() = node_->Report();
  return report;
}

}  // namespace lineup

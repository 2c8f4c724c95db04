#include "common/rpc/rpc_server.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/rpc/handover.h"
#include "common/rpc/listening.h"
#include "common/rpc/transport.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/server_builder.h"

namespace lineup {
namespace {

// What gRPC's server calls an address to listen on.
std::string ListeningTarget(const Address& address) {
  return address.is_unix() ? address.ToTarget() : address.ToString();
}

}  // namespace

absl::StatusOr<std::unique_ptr<RpcServer>> RpcServer::Start(
    const Address& address, const RpcServerOptions& options,
    absl::Span<grpc::Service* const> services) {
  LINEUP_RETURN_IF_ERROR(CheckCanListen(address));
  LINEUP_ASSIGN_OR_RETURN(const auto credentials,
                          options.security.ForServer(address));
  // Both are switches of the process, and may be thrown again.
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();

  grpc::ServerBuilder builder;
  SetServerTransport(options.message_memory_bytes, &builder);
  int port = 0;
  builder.AddListeningPort(ListeningTarget(address), credentials, &port);
  for (grpc::Service* const service : services) {
    builder.RegisterService(service);
  }
  HandToRpc();
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) {
    // Between the check above and now, or for a reason that is not the
    // address's; gRPC has logged it.
    LINEUP_RETURN_IF_ERROR(CheckCanListen(address));
    return absl::InternalError(absl::StrCat(
        "cannot serve on ", address.ToString(), "; gRPC's log says why"));
  }
  return std::unique_ptr<RpcServer>(new RpcServer(
      address.is_unix() ? address
                        : address.WithPort(static_cast<uint16_t>(port)),
      std::move(server)));
}

RpcServer::~RpcServer() { Shutdown(absl::ZeroDuration()); }

void RpcServer::SetHealthy(bool healthy) {
  server_->GetHealthCheckService()->SetServingStatus(healthy);
}

void RpcServer::Shutdown(absl::Duration grace) {
  server_->GetHealthCheckService()->Shutdown();
  server_->Shutdown(absl::ToChronoTime(absl::Now() + grace));
  server_->Wait();
  TakeFromRpc();
}

}  // namespace lineup

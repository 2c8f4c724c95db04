#include "server/standalone_server.h"

#include <utility>

#include "common/base/status_macros.h"

namespace lineup {

absl::StatusOr<std::unique_ptr<StandaloneServer>> StandaloneServer::Start(
    const StandaloneServerOptions& options) {
  std::unique_ptr<StandaloneServer> server(new StandaloneServer(options));
  RpcServerOptions rpc_options;
  rpc_options.security = options.security;
  LINEUP_ASSIGN_OR_RETURN(
      server->rpc_server_,
      RpcServer::Start(options.listen, rpc_options, {&server->service_}));
  return server;
}

StandaloneServer::~StandaloneServer() {
  if (rpc_server_ != nullptr) Shutdown(absl::ZeroDuration());
}

absl::Status StandaloneServer::OpenJob(ServedJobOptions options) {
  options.max_weight_bytes = options_.max_weight_bytes;
  return service_.Open(std::make_shared<ServedJob>(std::move(options), &pool_));
}

void StandaloneServer::Shutdown(absl::Duration grace) {
  rpc_server_->Shutdown(grace);
  // Answers go nowhere any more, but whoever waits in the job is let go.
  if (const auto open = job()) CloseJob(open->job());
}

}  // namespace lineup

#include "server/server_process.h"

#include <utility>

#include "common/base/status_macros.h"

namespace lineup {

absl::StatusOr<std::unique_ptr<ServerProcess>> ServerProcess::Start(
    const ServerProcessOptions& options) {
  LINEUP_RETURN_IF_ERROR(options.security.RequireRole(Role::kServer));
  std::unique_ptr<ServerProcess> process(new ServerProcess(options));
  RpcServerOptions rpc_options;
  rpc_options.security = options.security;
  // Besides calls in parts, which are held until they are complete.
  rpc_options.message_memory_bytes += ServedJobOptions().max_held_bytes;
  LINEUP_ASSIGN_OR_RETURN(
      process->rpc_server_,
      RpcServer::Start(options.listen, rpc_options, {&process->service_}));
  return process;
}

ServerProcess::~ServerProcess() {
  if (rpc_server_ != nullptr) Shutdown(absl::ZeroDuration());
}

void ServerProcess::Shutdown(absl::Duration grace) {
  service_.CloseStreams();
  rpc_server_->Shutdown(grace);
  // Answers go nowhere any more, but whoever waits in the job is let go.
  if (const auto open = jobs_.job()) jobs_.CloseJob(open->job());
}

}  // namespace lineup

#include "coordinator/coordinator_process.h"

#include <optional>
#include <random>
#include <utility>

#include "common/base/status_macros.h"
#include "worker/blocking_call.h"
#include "worker/remote_parameter_client.h"
#include "worker/remote_worker_services.h"

namespace lineup {

absl::StatusOr<std::unique_ptr<CoordinatorProcess>> CoordinatorProcess::Start(
    const Address& listen, const CoordinatorProcessOptions& options,
    const Clock* clock) {
  LINEUP_RETURN_IF_ERROR(options.security.RequireRole(Role::kCoordinator));
  auto process = std::unique_ptr<CoordinatorProcess>(
      new CoordinatorProcess(options, clock));
  CoordinatorProcess* const self = process.get();
  CoordinatorCore::Options core = options.core;
  core.pool = &process->pool_;
  if (core.id == 0) {
    std::random_device random;
    core.id = (uint64_t{random()} << 32) | random();
  }
  std::unique_ptr<Journal> journal;
  if (!options.journal.empty()) {
    LINEUP_ASSIGN_OR_RETURN(journal, Journal::Open(options.journal));
  }
  LINEUP_ASSIGN_OR_RETURN(
      process->host_,
      CoordinatorHost::Create(
          core, clock,
          [self](const CopyRequest& request) { return self->Copy(request); },
          std::move(journal)));
  process->nodes_service_ =
      std::make_unique<NodesService>(process->host_.get(), clock);
  process->jobs_service_ = std::make_unique<JobsService>(process->host_.get());
  RpcServerOptions rpc_options;
  rpc_options.security = options.security;
  grpc::Service* const services[] = {process->nodes_service_.get(),
                                     process->jobs_service_.get()};
  LINEUP_ASSIGN_OR_RETURN(process->rpc_server_,
                          RpcServer::Start(listen, rpc_options, services));
  return process;
}

CoordinatorProcess::~CoordinatorProcess() {
  if (rpc_server_ != nullptr) {
    jobs_service_->CloseWatches();
    // Reports wait for at most a second.
    rpc_server_->Shutdown(absl::Seconds(2));
  }
}

absl::StatusOr<CandidateWeights> CoordinatorProcess::Copy(
    const CopyRequest& request) {
  LINEUP_ASSIGN_OR_RETURN(const ParameterRouting routing,
                          MakeParameterRouting(request.job, request.routing));
  RemoteParameterClientOptions options;
  options.security = options_.security;
  LINEUP_ASSIGN_OR_RETURN(
      const std::unique_ptr<RemoteParameterClient> client,
      RemoteParameterClient::Create(routing, request.columns, options, &clock_,
                                    &pool_));
  return CopyCandidate(
      request.columns, request.candidate, request.num_features,
      [&](const RowSet& rows, std::optional<size_t> candidate, float* out) {
        return BlockingCall(
            [&](ParameterClient::Done done) {
              client->Peek(rows, candidate, out, std::move(done));
            },
            [&] {
              if (!request.is_wanted()) client->Cancel();
            });
      });
}

}  // namespace lineup

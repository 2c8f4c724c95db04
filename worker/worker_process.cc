#include "worker/worker_process.h"

#include <utility>

#include "common/base/status_macros.h"
#include "common/base/version.h"
#include "common/rpc/channel.h"
#include "common/rpc/channel_transport.h"

namespace lineup {

absl::StatusOr<std::unique_ptr<WorkerProcess>> WorkerProcess::Start(
    const Address& coordinator, const WorkerProcessOptions& options,
    const Clock* clock) {
  LINEUP_RETURN_IF_ERROR(options.services.security.RequireRole(Role::kWorker));
  LINEUP_ASSIGN_OR_RETURN(
      const std::shared_ptr<grpc::Channel> channel,
      OpenChannel(coordinator, options.services.security, Role::kCoordinator,
                  options.services.faults));
  auto process =
      std::unique_ptr<WorkerProcess>(new WorkerProcess(options, clock));
  WorkerProcess* const self = process.get();
  process->services_ = std::make_unique<RemoteWorkerServices>(
      std::make_unique<ChannelTransport>(
          std::make_unique<ChannelGroup>(channel)),
      options.services, clock, &process->encoding_pool_);
  process->node_ =
      std::make_unique<WorkerNode>(options.node, process->services_.get(),
                                   clock, [self] { self->life_.Wake(); });
  const NodeLink::Options link{coordinator, options.services.security,
                               options.connect_timeout};
  process->life_.Connect(
      channel, link, [self] { return self->MakeReport(); },
      [self](const v1::NodeOrders& orders) { self->node_->OnOrders(orders); });
  return process;
}

WorkerProcess::~WorkerProcess() {
  life_.Disconnect();
  node_ = nullptr;  // while what it calls is there
}

v1::NodeReport WorkerProcess::MakeReport() {
  v1::NodeReport report;
  report.set_node_id(options_.node_id);
  report.set_role(v1::NODE_ROLE_WORKER);
  report.set_address(options_.host);
  report.set_version(kLineupVersion);
  report.set_threads(static_cast<uint32_t>(options_.node.threads));
  report.set_cpu_load(load_.CpuLoad(clock_.Now()));
  report.set_memory_bytes(ProcessLoad::MemoryBytes());
  *report.mutable_worker() = node_->Report();
  return report;
}

}  // namespace lineup

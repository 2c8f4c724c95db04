// The coordinator as a process runs it: its host, the services of nodes and
// operators on one address, and the way to servers for copying weights.
//
// Thread safety: all of it.

#ifndef LINEUP_COORDINATOR_COORDINATOR_PROCESS_H_
#define LINEUP_COORDINATOR_COORDINATOR_PROCESS_H_

#include <algorithm>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/base/thread_pool.h"
#include "common/rpc/address.h"
#include "common/rpc/rpc_server.h"
#include "common/rpc/security.h"
#include "coordinator/coordinator_host.h"
#include "coordinator/jobs_service.h"
#include "coordinator/nodes_service.h"

namespace lineup {

struct CoordinatorProcessOptions {
  CoordinatorCore::Options core;
  Security security;
  // The file of its journal; empty: none.
  std::string journal;
};

class CoordinatorProcess {
 public:
  // `clock` must outlive it.
  static absl::StatusOr<std::unique_ptr<CoordinatorProcess>> Start(
      const Address& listen, const CoordinatorProcessOptions& options,
      const Clock* clock);
  // Stops: nodes go on trying to reach it.
  ~CoordinatorProcess();

  const Address& address() const { return rpc_server_->address(); }
  CoordinatorHost& host() { return *host_; }
  // Why it cannot go on; OK: it does.
  absl::Status failure() { return host_->failure(); }

 private:
  CoordinatorProcess(const CoordinatorProcessOptions& options,
                     const Clock* clock)
      : options_(options),
        clock_(*clock),
        pool_(static_cast<int>(
            std::max(1u, std::thread::hardware_concurrency()))) {}

  absl::StatusOr<CandidateWeights> Copy(const CopyRequest& request);

  const CoordinatorProcessOptions options_;
  const Clock& clock_;
  ThreadPool pool_;
  std::unique_ptr<CoordinatorHost> host_;
  std::unique_ptr<NodesService> nodes_service_;
  std::unique_ptr<JobsService> jobs_service_;
  std::unique_ptr<RpcServer> rpc_server_;
};

}  // namespace lineup

#endif  // LINEUP_COORDINATOR_COORDINATOR_PROCESS_H_

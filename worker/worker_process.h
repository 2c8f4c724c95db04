// A worker as a process runs it: a WorkerNode and its link to the coordinator.
// Tests run several in one process.
//
// Thread safety: all of it.

#ifndef LINEUP_WORKER_WORKER_PROCESS_H_
#define LINEUP_WORKER_WORKER_PROCESS_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/thread_pool.h"
#include "common/rpc/address.h"
#include "common/rpc/node_process.h"
#include "common/rpc/process_load.h"
#include "common/rpc/security.h"
#include "worker/remote_worker_services.h"
#include "worker/worker_node.h"

namespace lineup {

struct WorkerProcessOptions {
  std::string node_id;  // unique in the cluster and for ever
  std::string host;     // for people
  WorkerNode::Options node;
  RemoteWorkerServices::Options services;
  // To reach the coordinator, at first and later, before the worker ends.
  absl::Duration connect_timeout = absl::Minutes(10);
};

class WorkerProcess {
 public:
  // Does not need the coordinator to be there yet. `clock` must outlive it.
  static absl::StatusOr<std::unique_ptr<WorkerProcess>> Start(
      const Address& coordinator, const WorkerProcessOptions& options,
      const Clock* clock);
  // Stops at once; the coordinator notices when the lease runs out.
  ~WorkerProcess();

  void Drain() { life_.Drain(); }
  // As NodeProcess's.
  std::optional<absl::Status> WaitUntilOver(absl::Duration timeout) {
    return life_.WaitUntilOver(timeout);
  }

 private:
  WorkerProcess(const WorkerProcessOptions& options, const Clock* clock)
      : options_(options), clock_(*clock) {}

  v1::NodeReport MakeReport();

  const WorkerProcessOptions options_;
  const Clock& clock_;
  ProcessLoad load_;             // of the link's thread
  ThreadPool encoding_pool_{1};  // of one thread: a lane encodes by itself
  NodeProcess life_;
  std::unique_ptr<RemoteWorkerServices> services_;
  std::unique_ptr<WorkerNode> node_;
};

}  // namespace lineup

#endif  // LINEUP_WORKER_WORKER_PROCESS_H_

// A parameter server as part of a cluster: what serves its calls, the node that
// follows orders, and the link to the coordinator. Tests run several in one
// process.
//
// Thread safety: all of it.

#ifndef LINEUP_SERVER_CLUSTER_SERVER_H_
#define LINEUP_SERVER_CLUSTER_SERVER_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/thread_pool.h"
#include "common/rpc/address.h"
#include "common/rpc/call_transport.h"
#include "common/rpc/node_process.h"
#include "common/rpc/process_load.h"
#include "server/server_node.h"
#include "server/server_process.h"

namespace lineup {

struct ClusterServerOptions {
  std::string node_id;  // unique in the cluster and for ever
  // Where workers reach it; empty: the address it listens on.
  std::string advertised_address;
  ServerProcessOptions serving;
  // To reach the coordinator, at first and later, before the server ends.
  absl::Duration connect_timeout = absl::Minutes(10);
};

class ClusterServer {
 public:
  // Listens; does not need the coordinator to be there yet. `clock` must
  // outlive it.
  static absl::StatusOr<std::unique_ptr<ClusterServer>> Start(
      const Address& coordinator, const ClusterServerOptions& options,
      const Clock* clock);
  // Stops at once.
  ~ClusterServer();

  const Address& address() const { return process_->address(); }

  void Drain() { life_.Drain(); }
  // As NodeProcess's.
  std::optional<absl::Status> WaitUntilOver(absl::Duration timeout) {
    return life_.WaitUntilOver(timeout);
  }

 private:
  ClusterServer(const ClusterServerOptions& options, const Clock* clock)
      : options_(options), clock_(*clock) {}

  v1::NodeReport MakeReport();
  absl::StatusOr<std::unique_ptr<CallTransport>> DialServer(
      const Address& address) const;

  const ClusterServerOptions options_;
  const Clock& clock_;
  ProcessLoad load_;  // of the link's thread
  std::string address_;
  NodeProcess life_;
  std::unique_ptr<ServerProcess> process_;
  std::unique_ptr<ServerNode> node_;
  // Reads and writes checkpoints. Destroyed first: its tasks use all else.
  ThreadPool background_{3};
};

}  // namespace lineup

#endif  // LINEUP_SERVER_CLUSTER_SERVER_H_

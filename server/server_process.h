#ifndef LINEUP_SERVER_SERVER_PROCESS_H_
#define LINEUP_SERVER_SERVER_PROCESS_H_

// A parameter server as a process runs it, or a test within its own: threads,
// the gRPC server, and the job that is open.

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/thread_pool.h"
#include "common/rpc/address.h"
#include "common/rpc/rpc_server.h"
#include "common/rpc/security.h"
#include "server/job_slot.h"
#include "server/parameter_service.h"

namespace lineup {

struct ServerProcessOptions {
  Address listen;
  Security security;
  // That apply updates and read rows.
  int threads = 1;
  // Of a job's weights and optimizer state; 0: no limit.
  uint64_t max_weight_bytes = 0;
};

// Thread-safe.
class ServerProcess {
 public:
  static absl::StatusOr<std::unique_ptr<ServerProcess>> Start(
      const ServerProcessOptions& options);

  // Stops at once.
  ~ServerProcess();

  // Where it is reached, with the real port.
  const Address& address() const { return rpc_server_->address(); }

  const ServerProcessOptions& options() const { return options_; }

  // The job that is open, and those to be; they must not outlive this.
  JobSlot& jobs() { return jobs_; }

  // Takes no new calls, lets those that run go on for at most `grace`.
  void Shutdown(absl::Duration grace);

 private:
  explicit ServerProcess(const ServerProcessOptions& options)
      : options_(options),
        pool_(options.threads),
        jobs_(&pool_, options.max_weight_bytes),
        service_(&jobs_) {}

  const ServerProcessOptions options_;
  ThreadPool pool_;
  JobSlot jobs_;
  ParameterService service_;
  std::unique_ptr<RpcServer> rpc_server_;  // gone before what it serves
};

}  // namespace lineup

#endif  // LINEUP_SERVER_SERVER_PROCESS_H_

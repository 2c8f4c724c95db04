#ifndef LINEUP_SERVER_SERVER_PROCESS_H_
#define LINEUP_SERVER_SERVER_PROCESS_H_

// A parameter server as a process runs it, or a test within its own: threads,
// the gRPC server, and the job that is open.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/thread_pool.h"
#include "common/rpc/address.h"
#include "common/rpc/rpc_server.h"
#include "common/rpc/security.h"
#include "server/parameter_service.h"
#include "server/served_job.h"

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

  // A job with this process's threads and limits; it must not outlive it.
  std::shared_ptr<ServedJob> NewJob(ServedJobOptions options);
  // JOB_CONFLICT while another one is open.
  absl::Status OpenJob(std::shared_ptr<ServedJob> job) {
    return service_.Open(std::move(job));
  }
  absl::Status OpenJob(ServedJobOptions options) {
    return OpenJob(NewJob(std::move(options)));
  }
  // Ends the job's calls and frees its memory. Does nothing if it is not open.
  void CloseJob(const std::string& job) { service_.Close(job); }
  // The job that is open, or null.
  std::shared_ptr<ServedJob> job() const { return service_.job(); }

  // Takes no new calls, lets those that run go on for at most `grace`.
  void Shutdown(absl::Duration grace);

 private:
  explicit ServerProcess(const ServerProcessOptions& options)
      : options_(options), pool_(options.threads) {}

  const ServerProcessOptions options_;
  ThreadPool pool_;
  ParameterService service_;
  std::unique_ptr<RpcServer> rpc_server_;  // gone before what it serves
};

}  // namespace lineup

#endif  // LINEUP_SERVER_SERVER_PROCESS_H_

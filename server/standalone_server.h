#ifndef LINEUP_SERVER_STANDALONE_SERVER_H_
#define LINEUP_SERVER_STANDALONE_SERVER_H_

// A parameter server that no coordinator orders about: threads, the gRPC
// server, and a job that is opened by hand. For tests and benchmarks.

#include <cstdint>
#include <memory>
#include <string>

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

struct StandaloneServerOptions {
  Address listen;
  Security security;
  // That apply updates and read rows.
  int threads = 1;
  // Of a job's weights and optimizer state; 0: no limit.
  uint64_t max_weight_bytes = 0;
};

// Thread-safe.
class StandaloneServer {
 public:
  static absl::StatusOr<std::unique_ptr<StandaloneServer>> Start(
      const StandaloneServerOptions& options);

  // Stops at once.
  ~StandaloneServer();

  // Where it is reached, with the real port.
  const Address& address() const { return rpc_server_->address(); }

  // JOB_CONFLICT while another one is open.
  absl::Status OpenJob(ServedJobOptions options);
  // Ends the job's calls and frees its memory. Does nothing if it is not open.
  void CloseJob(const std::string& job) { service_.Close(job); }
  // The job that is open, or null.
  std::shared_ptr<ServedJob> job() const { return service_.job(); }

  // Takes no new calls, lets those that run go on for at most `grace`.
  void Shutdown(absl::Duration grace);

 private:
  explicit StandaloneServer(const StandaloneServerOptions& options)
      : options_(options), pool_(options.threads) {}

  const StandaloneServerOptions options_;
  ThreadPool pool_;
  ParameterService service_;
  std::unique_ptr<RpcServer> rpc_server_;  // gone before what it serves
};

}  // namespace lineup

#endif  // LINEUP_SERVER_STANDALONE_SERVER_H_

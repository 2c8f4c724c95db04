// What a worker asks of the rest of the cluster, so that the worker itself
// knows no network: gRPC in the worker's process, plain calls in tests.

#ifndef LINEUP_WORKER_WORKER_SERVICES_H_
#define LINEUP_WORKER_WORKER_SERVICES_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/linear/lineup_columns.h"
#include "proto/node.pb.h"
#include "worker/parameter_client.h"

namespace lineup {

// Thread-safe. Calls do not wait: they end by calling `done` exactly once, from
// any thread, perhaps before they return; `out` must live until then. They have
// deadlines, and what may pass is tried again.
class WorkerServices {
 public:
  using Done = ParameterClient::Done;

  virtual ~WorkerServices() = default;

  virtual void GetJobSetup(const std::string& job, v1::JobSetup* out,
                           Done done) = 0;
  virtual void GetKeptModel(const std::string& job, v1::KeptModel* out,
                            Done done) = 0;

  // A way to a job's servers.
  virtual absl::StatusOr<std::shared_ptr<ParameterClient>> Connect(
      const std::string& job, const v1::Routing& routing,
      const LineupColumns& columns) = 0;

  // Ends all calls under way, and every further one, with CANCELLED.
  virtual void Cancel() = 0;
};

}  // namespace lineup

#endif  // LINEUP_WORKER_WORKER_SERVICES_H_

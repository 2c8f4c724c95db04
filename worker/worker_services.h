// What a worker asks of the rest of the cluster, so that the worker itself
// knows no network: gRPC in the worker's process, plain calls in tests.

#ifndef LINEUP_WORKER_WORKER_SERVICES_H_
#define LINEUP_WORKER_WORKER_SERVICES_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "common/linear/lineup_columns.h"
#include "proto/node.pb.h"
#include "worker/parameter_client.h"

namespace lineup {

// Thread-safe. Calls block, with deadlines, and retry what may pass.
class WorkerServices {
 public:
  virtual ~WorkerServices() = default;

  virtual absl::StatusOr<v1::JobSetup> GetJobSetup(const std::string& job) = 0;
  virtual absl::StatusOr<v1::KeptModel> GetKeptModel(
      const std::string& job) = 0;

  // A way to a job's servers.
  virtual absl::StatusOr<std::shared_ptr<ParameterClient>> Connect(
      const std::string& job, const v1::Routing& routing,
      const LineupColumns& columns) = 0;
  // The smallest clock of a lane that some server of the job has not accepted.
  // ABORTED as soon as `wanted`, which is asked now and then, says no.
  virtual absl::StatusOr<uint64_t> NextClock(
      const std::string& job, const v1::Routing& routing, uint32_t lane,
      absl::FunctionRef<bool()> wanted) = 0;
};

}  // namespace lineup

#endif  // LINEUP_WORKER_WORKER_SERVICES_H_

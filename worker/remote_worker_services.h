// A worker's services in a cluster: the coordinator and the servers over gRPC.

#ifndef LINEUP_WORKER_REMOTE_WORKER_SERVICES_H_
#define LINEUP_WORKER_REMOTE_WORKER_SERVICES_H_

#include <map>
#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/base/thread_pool.h"
#include "common/rpc/call_faults.h"
#include "common/rpc/float_codec.h"
#include "common/rpc/security.h"
#include "grpcpp/channel.h"
#include "proto/node.grpc.pb.h"
#include "worker/worker_services.h"

namespace lineup {

class RemoteWorkerServices final : public WorkerServices {
 public:
  struct Options {
    Security security;
    FloatFormat format = FloatFormat::kFloat32;
    int channels_per_server = 2;
    // One attempt of a call, and how long attempts are repeated.
    absl::Duration timeout = absl::Seconds(20);
    absl::Duration patience = absl::Minutes(2);
    // For tests, or null; they outlive the services.
    CallFaults* faults = nullptr;
  };

  // `coordinator` is its channel; `clock` must outlive this.
  RemoteWorkerServices(std::shared_ptr<grpc::Channel> coordinator,
                       const Options& options, const Clock* clock);

  absl::StatusOr<v1::JobSetup> GetJobSetup(const std::string& job) override;
  absl::StatusOr<v1::KeptModel> GetKeptModel(const std::string& job) override;
  absl::StatusOr<std::shared_ptr<ParameterClient>> Connect(
      const std::string& job, const v1::Routing& routing,
      const LineupColumns& columns) override;
  absl::StatusOr<uint64_t> NextClock(const std::string& job,
                                     const v1::Routing& routing, uint32_t lane,
                                     absl::FunctionRef<bool()> wanted) override;

 private:
  absl::StatusOr<std::shared_ptr<grpc::Channel>> ServerChannel(
      const std::string& address);
  template <typename Request, typename Response, typename Call>
  absl::StatusOr<Response> CallUntilAnswered(
      const Request& request, Call call,
      absl::FunctionRef<bool()> wanted = [] { return true; });

  const std::shared_ptr<grpc::Channel> coordinator_;
  const std::unique_ptr<v1::Nodes::Stub> nodes_;
  const Options options_;
  const Clock& clock_;
  ThreadPool pool_;  // of one thread: gradients are encoded by the lane's

  Mutex mutex_;
  std::map<std::string, std::shared_ptr<grpc::Channel>> server_channels_
      ABSL_GUARDED_BY(mutex_);
};

// What a routing from the coordinator means to a parameter client.
struct ParameterRouting;
absl::StatusOr<ParameterRouting> MakeParameterRouting(
    const std::string& job, const v1::Routing& routing);

}  // namespace lineup

#endif  // LINEUP_WORKER_REMOTE_WORKER_SERVICES_H_

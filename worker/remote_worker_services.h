// A worker's services in a cluster: the coordinator and the servers over gRPC,
// or what stands for it in tests.

#ifndef LINEUP_WORKER_REMOTE_WORKER_SERVICES_H_
#define LINEUP_WORKER_REMOTE_WORKER_SERVICES_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/base/thread_pool.h"
#include "common/rpc/call_faults.h"
#include "common/rpc/call_transport.h"
#include "common/rpc/float_codec.h"
#include "common/rpc/retried_call.h"
#include "common/rpc/security.h"
#include "google/protobuf/message_lite.h"
#include "proto/node.pb.h"
#include "worker/remote_parameter_client.h"
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
    // As RemoteParameterClientOptions'.
    Dial dial;
    // Of the pauses between attempts; 0: drawn at random.
    uint64_t seed = 0;
  };

  // `coordinator` is the way to it; `clock` and `pool`, which encodes
  // gradients, must outlive this.
  RemoteWorkerServices(std::unique_ptr<CallTransport> coordinator,
                       const Options& options, const Clock* clock,
                       ThreadPool* pool);
  // Cancels what is under way and waits for its end.
  ~RemoteWorkerServices() override;

  void GetJobSetup(const std::string& job, v1::JobSetup* out,
                   Done done) override;
  void GetKeptModel(const std::string& job, v1::KeptModel* out,
                    Done done) override;
  absl::StatusOr<std::shared_ptr<ParameterClient>> Connect(
      const std::string& job, const v1::Routing& routing,
      const LineupColumns& columns) override;
  void Cancel() override;

 private:
  // Asks the coordinator.
  void Call(const std::string& method,
            const google::protobuf::MessageLite& request,
            google::protobuf::MessageLite* response, Done done);
  void Remove(const RetriedCall* call);

  const std::unique_ptr<CallTransport> coordinator_;
  const Options options_;
  const Clock& clock_;
  ThreadPool& pool_;
  RetriedCall::Context calls_context_;
  std::atomic<uint64_t> clients_{0};

  Mutex mutex_;
  CondVar removed_;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::shared_ptr<RetriedCall>> calls_ ABSL_GUARDED_BY(mutex_);
};

// What a routing from the coordinator means to a parameter client.
absl::StatusOr<ParameterRouting> MakeParameterRouting(
    const std::string& job, const v1::Routing& routing);

}  // namespace lineup

#endif  // LINEUP_WORKER_REMOTE_WORKER_SERVICES_H_

// The gRPC service by which servers and workers report and get their orders
// (proto/node.proto).
//
// Thread safety: all of it.

#ifndef LINEUP_COORDINATOR_NODES_SERVICE_H_
#define LINEUP_COORDINATOR_NODES_SERVICE_H_

#include <list>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "coordinator/coordinator_host.h"
#include "proto/node.grpc.pb.h"

namespace lineup {

class NodesService final : public v1::Nodes::CallbackService {
 public:
  // Both must outlive the service.
  NodesService(CoordinatorHost* host, const Clock* clock);
  // No call may be under way.
  ~NodesService() override;

  grpc::ServerUnaryReactor* Report(grpc::CallbackServerContext* context,
                                   const v1::NodeReport* request,
                                   v1::NodeOrders* response) override;
  grpc::ServerUnaryReactor* GetJobSetup(grpc::CallbackServerContext* context,
                                        const v1::GetJobSetupRequest* request,
                                        v1::JobSetup* response) override;
  grpc::ServerUnaryReactor* GetKeptModel(grpc::CallbackServerContext* context,
                                         const v1::GetKeptModelRequest* request,
                                         v1::KeptModel* response) override;

 private:
  // A report whose answer waits for new orders.
  struct Waiting {
    std::string node;
    uint64_t orders_version;
    absl::Time until;
    grpc::ServerUnaryReactor* reactor;
    v1::NodeOrders* response;
  };

  void AnswerWaiting();
  // Looks at a job that runs or has run; UNKNOWN_JOB if there is none.
  absl::Status ReadRun(
      const std::string& id,
      absl::FunctionRef<void(const CoordinatorCore::Job&)> read);

  CoordinatorHost& host_;
  const Clock& clock_;
  Mutex mutex_;
  std::list<Waiting> waiting_ ABSL_GUARDED_BY(mutex_);
  // Last: what it calls uses all of the above.
  const CoordinatorHost::Subscription subscription_;
};

}  // namespace lineup

#endif  // LINEUP_COORDINATOR_NODES_SERVICE_H_

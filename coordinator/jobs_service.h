// The gRPC service for operators and monitoring (proto/jobs.proto).
//
// Thread safety: all of it.

#ifndef LINEUP_COORDINATOR_JOBS_SERVICE_H_
#define LINEUP_COORDINATOR_JOBS_SERVICE_H_

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "common/base/mutex.h"
#include "coordinator/coordinator_host.h"
#include "proto/jobs.grpc.pb.h"

namespace lineup {

class JobsService final : public v1::Jobs::CallbackService {
 public:
  // `host` must outlive the service.
  explicit JobsService(CoordinatorHost* host);
  // No call may be under way.
  ~JobsService() override;

  // Ends all calls of WatchEvents: before the server is shut down.
  void CloseWatches();

  grpc::ServerUnaryReactor* SubmitJob(grpc::CallbackServerContext* context,
                                      const v1::SubmitJobRequest* request,
                                      v1::SubmitJobResponse* response) override;
  grpc::ServerUnaryReactor* StopJob(grpc::CallbackServerContext* context,
                                    const v1::StopJobRequest* request,
                                    v1::StopJobResponse* response) override;
  grpc::ServerUnaryReactor* TakeCheckpoint(
      grpc::CallbackServerContext* context,
      const v1::TakeCheckpointRequest* request,
      v1::TakeCheckpointResponse* response) override;
  grpc::ServerUnaryReactor* ListJobs(grpc::CallbackServerContext* context,
                                     const v1::ListJobsRequest* request,
                                     v1::ListJobsResponse* response) override;
  grpc::ServerUnaryReactor* GetJob(grpc::CallbackServerContext* context,
                                   const v1::GetJobRequest* request,
                                   v1::JobStatus* response) override;
  grpc::ServerUnaryReactor* ListNodes(grpc::CallbackServerContext* context,
                                      const v1::ListNodesRequest* request,
                                      v1::ListNodesResponse* response) override;
  grpc::ServerUnaryReactor* ListLanes(grpc::CallbackServerContext* context,
                                      const v1::ListLanesRequest* request,
                                      v1::ListLanesResponse* response) override;
  grpc::ServerUnaryReactor* ListCandidates(
      grpc::CallbackServerContext* context,
      const v1::ListCandidatesRequest* request,
      v1::ListCandidatesResponse* response) override;
  grpc::ServerUnaryReactor* ListShards(
      grpc::CallbackServerContext* context,
      const v1::ListShardsRequest* request,
      v1::ListShardsResponse* response) override;
  grpc::ServerWriteReactor<v1::Event>* WatchEvents(
      grpc::CallbackServerContext* context,
      const v1::WatchEventsRequest* request) override;
  grpc::ServerUnaryReactor* DrainNode(grpc::CallbackServerContext* context,
                                      const v1::DrainNodeRequest* request,
                                      v1::DrainNodeResponse* response) override;

 private:
  class Watch;

  // Looks at the job with this id; NOT_FOUND if there is none.
  absl::Status ReadJob(const std::string& id,
                       absl::FunctionRef<void(const CoordinatorCore&,
                                              const CoordinatorCore::Job&)>
                           read);
  std::vector<std::shared_ptr<Watch>> Watches();
  void PumpWatches();
  void Forget(const std::shared_ptr<Watch>& watch);

  CoordinatorHost& host_;
  Mutex mutex_;
  std::set<std::shared_ptr<Watch>> watches_ ABSL_GUARDED_BY(mutex_);
  // Last: what it calls uses all of the above.
  const CoordinatorHost::Subscription subscription_;
};

}  // namespace lineup

#endif  // LINEUP_COORDINATOR_JOBS_SERVICE_H_

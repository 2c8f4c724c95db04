#include "common/rpc/jobs_client.h"

#include <chrono>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "common/base/status_macros.h"
#include "common/rpc/channel.h"
#include "common/rpc/reachability.h"
#include "common/rpc/status.h"

namespace lineup {
namespace {

constexpr std::chrono::seconds kTimeout(10);

}  // namespace

absl::StatusOr<JobsClient> JobsClient::Create(const Address& coordinator,
                                              const Security& security) {
  LINEUP_ASSIGN_OR_RETURN(
      const std::shared_ptr<grpc::Channel> channel,
      OpenChannel(coordinator, security, Role::kCoordinator));
  return JobsClient(coordinator, security, channel);
}

bool JobsClient::AwaitConnection(absl::Duration timeout) const {
  return channel_->WaitForConnected(absl::ToChronoTime(absl::Now() + timeout));
}

absl::Status JobsClient::Explain(const absl::Status& status) const {
  return ExplainCoordinatorError(coordinator_,
                                 security_.Explain(status, coordinator_));
}

template <typename Request, typename Response>
absl::StatusOr<Response> JobsClient::Call(
    grpc::Status (v1::Jobs::Stub::*method)(grpc::ClientContext*, const Request&,
                                           Response*),
    const Request& request) const {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kTimeout);
  Response response;
  const grpc::Status status = ((*stub_).*method)(&context, request, &response);
  if (!status.ok()) return Explain(FromGrpcStatus(status));
  return response;
}

absl::StatusOr<v1::SubmitJobResponse> JobsClient::SubmitJob(
    const v1::SubmitJobRequest& request) const {
  return Call(&v1::Jobs::Stub::SubmitJob, request);
}

absl::Status JobsClient::StopJob(const v1::StopJobRequest& request) const {
  return Call(&v1::Jobs::Stub::StopJob, request).status();
}

absl::Status JobsClient::TakeCheckpoint(const std::string& job) const {
  v1::TakeCheckpointRequest request;
  request.set_job(job);
  return Call(&v1::Jobs::Stub::TakeCheckpoint, request).status();
}

absl::StatusOr<v1::ListJobsResponse> JobsClient::ListJobs() const {
  return Call(&v1::Jobs::Stub::ListJobs, v1::ListJobsRequest());
}

absl::StatusOr<v1::JobStatus> JobsClient::GetJob(const std::string& job) const {
  v1::GetJobRequest request;
  request.set_job(job);
  return Call(&v1::Jobs::Stub::GetJob, request);
}

absl::StatusOr<v1::ListNodesResponse> JobsClient::ListNodes() const {
  return Call(&v1::Jobs::Stub::ListNodes, v1::ListNodesRequest());
}

absl::StatusOr<v1::ListLanesResponse> JobsClient::ListLanes() const {
  return Call(&v1::Jobs::Stub::ListLanes, v1::ListLanesRequest());
}

absl::StatusOr<v1::ListCandidatesResponse> JobsClient::ListCandidates(
    const std::string& job) const {
  v1::ListCandidatesRequest request;
  request.set_job(job);
  return Call(&v1::Jobs::Stub::ListCandidates, request);
}

absl::StatusOr<v1::ListShardsResponse> JobsClient::ListShards(
    const std::string& job) const {
  v1::ListShardsRequest request;
  request.set_job(job);
  return Call(&v1::Jobs::Stub::ListShards, request);
}

absl::Status JobsClient::DrainNode(const std::string& node) const {
  v1::DrainNodeRequest request;
  request.set_node_id(node);
  return Call(&v1::Jobs::Stub::DrainNode, request).status();
}

absl::Status JobsClient::WatchEvents(
    const v1::WatchEventsRequest& request,
    absl::FunctionRef<bool(const v1::Event&)> on_event) const {
  grpc::ClientContext context;
  const auto events = stub_->WatchEvents(&context, request);
  v1::Event event;
  while (events->Read(&event)) {
    if (on_event(event)) continue;
    context.TryCancel();
    events->Finish();
    return absl::OkStatus();
  }
  return Explain(FromGrpcStatus(events->Finish()));
}

}  // namespace lineup

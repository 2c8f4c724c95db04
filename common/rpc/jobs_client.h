#ifndef LINEUP_COMMON_RPC_JOBS_CLIENT_H_
#define LINEUP_COMMON_RPC_JOBS_CLIENT_H_

// The coordinator's service for operators (proto/jobs.proto), as its callers
// use it. Every call has a deadline; a coordinator that does not answer is an
// error that names its address and says what to look for.

#include <memory>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/rpc/address.h"
#include "common/rpc/security.h"
#include "grpcpp/channel.h"
#include "proto/jobs.grpc.pb.h"

namespace lineup {

// Thread-safe.
class JobsClient {
 public:
  // Does not connect yet.
  static absl::StatusOr<JobsClient> Create(const Address& coordinator,
                                           const Security& security);

  // Lets a connection come about that there is none of: gRPC makes it only
  // while somebody waits, and a TLS handshake takes more than one call that
  // fails at once does. False: there was none within the time.
  bool AwaitConnection(absl::Duration timeout) const;

  absl::StatusOr<v1::SubmitJobResponse> SubmitJob(
      const v1::SubmitJobRequest& request) const;
  absl::Status StopJob(const v1::StopJobRequest& request) const;
  absl::Status TakeCheckpoint(const std::string& job) const;
  absl::StatusOr<v1::ListJobsResponse> ListJobs() const;
  // "" the running or else the newest job, here and below.
  absl::StatusOr<v1::JobStatus> GetJob(const std::string& job) const;
  absl::StatusOr<v1::ListNodesResponse> ListNodes() const;
  absl::StatusOr<v1::ListLanesResponse> ListLanes() const;
  absl::StatusOr<v1::ListCandidatesResponse> ListCandidates(
      const std::string& job) const;
  absl::StatusOr<v1::ListShardsResponse> ListShards(
      const std::string& job) const;
  absl::Status DrainNode(const std::string& node) const;

  // Hands over the events that are kept and then each as it happens, until
  // `on_event` returns false: OK. Otherwise the end of the connection is an
  // error.
  absl::Status WatchEvents(
      const v1::WatchEventsRequest& request,
      absl::FunctionRef<bool(const v1::Event&)> on_event) const;

 private:
  JobsClient(const Address& coordinator, const Security& security,
             std::shared_ptr<grpc::Channel> channel)
      : coordinator_(coordinator),
        security_(security),
        channel_(std::move(channel)),
        stub_(v1::Jobs::NewStub(channel_)) {}

  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(
      grpc::Status (v1::Jobs::Stub::*method)(grpc::ClientContext*,
                                             const Request&, Response*),
      const Request& request) const;
  absl::Status Explain(const absl::Status& status) const;

  Address coordinator_;
  Security security_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::Jobs::Stub> stub_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_JOBS_CLIENT_H_

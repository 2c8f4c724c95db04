#ifndef LINEUP_SERVER_PARAMETER_SERVICE_H_
#define LINEUP_SERVER_PARAMETER_SERVICE_H_

// The gRPC service of a parameter server (proto/parameter_server.proto): it
// decodes calls, hands them to the job that is open, and encodes the answers.
//
// Thread safety: all of it.

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "common/base/mutex.h"
#include "proto/parameter_server.grpc.pb.h"
#include "server/parameter_service_codec.h"
#include "server/served_job.h"

namespace lineup {

namespace parameter_service_internal {

// The methods with large messages, and those that wait, are raw.
using Base = v1::ParameterServer::WithRawCallbackMethod_Pull<
    v1::ParameterServer::WithRawCallbackMethod_Push<
        v1::ParameterServer::WithRawCallbackMethod_Peek<
            v1::ParameterServer::WithRawCallbackMethod_SetWeights<
                v1::ParameterServer::WithCallbackMethod_FinishLane<
                    v1::ParameterServer::WithCallbackMethod_GetStatus<
                        v1::ParameterServer::Service>>>>>>;

}  // namespace parameter_service_internal

class ParameterService final : public parameter_service_internal::Base {
 public:
  // Serves `job` from now on; JOB_CONFLICT while another one is open.
  absl::Status Open(std::shared_ptr<ServedJob> job);

  // Ends the job's calls and forgets it. Does nothing if it is not open.
  void Close(const std::string& job);

  // The job that is open, or null.
  std::shared_ptr<ServedJob> job() const;

  grpc::ServerUnaryReactor* Pull(grpc::CallbackServerContext* context,
                                 const grpc::ByteBuffer* request,
                                 grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* Push(grpc::CallbackServerContext* context,
                                 const grpc::ByteBuffer* request,
                                 grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* Peek(grpc::CallbackServerContext* context,
                                 const grpc::ByteBuffer* request,
                                 grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* SetWeights(grpc::CallbackServerContext* context,
                                       const grpc::ByteBuffer* request,
                                       grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* FinishLane(
      grpc::CallbackServerContext* context,
      const v1::FinishLaneRequest* request,
      v1::FinishLaneResponse* response) override;
  grpc::ServerUnaryReactor* GetStatus(
      grpc::CallbackServerContext* context, const v1::GetStatusRequest* request,
      v1::ParameterServerStatus* response) override;

 private:
  // The job of this name; UNKNOWN_JOB if it is not open.
  absl::StatusOr<std::shared_ptr<ServedJob>> Find(const std::string& job) const;

  // Pull and Push: what differs is how a call is decoded and its answer
  // encoded.
  grpc::ServerUnaryReactor* RunLaneCall(
      const grpc::ByteBuffer& request, grpc::ByteBuffer* response,
      absl::StatusOr<DecodedLaneCall> (*decode)(const grpc::ByteBuffer&),
      grpc::ByteBuffer (*encode)(const LaneAnswer&));
  absl::StatusOr<grpc::ByteBuffer> DoPeek(
      const grpc::ByteBuffer& request) const;
  absl::StatusOr<grpc::ByteBuffer> DoSetWeights(
      const grpc::ByteBuffer& request) const;

  mutable Mutex mutex_;
  std::shared_ptr<ServedJob> job_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lineup

#endif  // LINEUP_SERVER_PARAMETER_SERVICE_H_

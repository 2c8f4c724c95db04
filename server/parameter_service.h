#ifndef LINEUP_SERVER_PARAMETER_SERVICE_H_
#define LINEUP_SERVER_PARAMETER_SERVICE_H_

// The gRPC service of a parameter server (proto/parameter_server.proto).
//
// Thread safety: all of it.

#include "common/rpc/answer_stream.h"
#include "proto/parameter_server.grpc.pb.h"
#include "server/job_slot.h"
#include "server/parameter_calls.h"

namespace lineup {

namespace parameter_service_internal {

// The methods with large messages, and those that wait, are raw.
using Base = v1::ParameterServer::WithRawCallbackMethod_Pull<
    v1::ParameterServer::WithRawCallbackMethod_Push<
        v1::ParameterServer::WithRawCallbackMethod_Peek<
            v1::ParameterServer::WithRawCallbackMethod_SetWeights<
                v1::ParameterServer::WithRawCallbackMethod_ReadSlots<
                    v1::ParameterServer::WithRawCallbackMethod_Stream<
                        v1::ParameterServer::WithCallbackMethod_FinishLane<
                            v1::ParameterServer::WithCallbackMethod_GetStatus<
                                v1::ParameterServer::Service>>>>>>>>;

}  // namespace parameter_service_internal

class ParameterService final : public parameter_service_internal::Base {
 public:
  // `jobs` must outlive the service.
  explicit ParameterService(JobSlot* jobs) : calls_(jobs) {}

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
  grpc::ServerUnaryReactor* ReadSlots(grpc::CallbackServerContext* context,
                                      const grpc::ByteBuffer* request,
                                      grpc::ByteBuffer* response) override;
  AnswerStreams::Reactor* Stream(grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* FinishLane(
      grpc::CallbackServerContext* context,
      const v1::FinishLaneRequest* request,
      v1::FinishLaneResponse* response) override;
  grpc::ServerUnaryReactor* GetStatus(
      grpc::CallbackServerContext* context, const v1::GetStatusRequest* request,
      v1::ParameterServerStatus* response) override;

  // Before gRPC's server is shut down, which waits for streams.
  void CloseStreams() { streams_.Close(); }

 private:
  const ParameterCalls calls_;
  AnswerStreams streams_;
};

}  // namespace lineup

#endif  // LINEUP_SERVER_PARAMETER_SERVICE_H_

#include "server/parameter_service.h"

#include <memory>
#include <utility>

#include "common/rpc/finish_now.h"
#include "common/rpc/handover.h"
#include "common/rpc/raw_reply.h"

namespace lineup {
namespace {

// What sends the answer to a raw call.
ParameterCalls::Reply SendBy(const std::shared_ptr<RawReply>& reply) {
  return [reply](absl::StatusOr<grpc::ByteBuffer> answer) {
    reply->Send(std::move(answer));
  };
}

}  // namespace

grpc::ServerUnaryReactor* ParameterService::Pull(
    grpc::CallbackServerContext*, const grpc::ByteBuffer* request,
    grpc::ByteBuffer* response) {
  TakeFromRpc();
  const std::shared_ptr<RawReply> reply = RawReply::Create(response);
  calls_.Pull(*request, SendBy(reply));
  return reply->reactor();
}

grpc::ServerUnaryReactor* ParameterService::Push(
    grpc::CallbackServerContext*, const grpc::ByteBuffer* request,
    grpc::ByteBuffer* response) {
  TakeFromRpc();
  const std::shared_ptr<RawReply> reply = RawReply::Create(response);
  calls_.Push(*request, SendBy(reply));
  return reply->reactor();
}

grpc::ServerUnaryReactor* ParameterService::Peek(
    grpc::CallbackServerContext*, const grpc::ByteBuffer* request,
    grpc::ByteBuffer* response) {
  TakeFromRpc();
  const std::shared_ptr<RawReply> reply = RawReply::Create(response);
  reply->Send(calls_.Peek(*request));
  return reply->reactor();
}

grpc::ServerUnaryReactor* ParameterService::SetWeights(
    grpc::CallbackServerContext*, const grpc::ByteBuffer* request,
    grpc::ByteBuffer* response) {
  TakeFromRpc();
  const std::shared_ptr<RawReply> reply = RawReply::Create(response);
  reply->Send(calls_.SetWeights(*request));
  return reply->reactor();
}

grpc::ServerUnaryReactor* ParameterService::ReadSlots(
    grpc::CallbackServerContext*, const grpc::ByteBuffer* request,
    grpc::ByteBuffer* response) {
  TakeFromRpc();
  const std::shared_ptr<RawReply> reply = RawReply::Create(response);
  reply->Send(calls_.ReadSlots(*request));
  return reply->reactor();
}

grpc::ServerUnaryReactor* ParameterService::FinishLane(
    grpc::CallbackServerContext* context, const v1::FinishLaneRequest* request,
    v1::FinishLaneResponse*) {
  TakeFromRpc();
  return FinishNow(context, calls_.FinishLane(*request));
}

grpc::ServerUnaryReactor* ParameterService::GetStatus(
    grpc::CallbackServerContext* context, const v1::GetStatusRequest*,
    v1::ParameterServerStatus* response) {
  TakeFromRpc();
  *response = calls_.GetStatus();
  return FinishNow(context, absl::OkStatus());
}

}  // namespace lineup

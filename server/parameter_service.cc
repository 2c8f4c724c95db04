#include "server/parameter_service.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "common/rpc/finish_now.h"
#include "common/rpc/handover.h"
#include "common/rpc/parameter_methods.h"
#include "common/rpc/raw_reply.h"

namespace lineup {
namespace {

// What sends the answer to a raw call.
ParameterCalls::Reply SendBy(const std::shared_ptr<RawReply>& reply) {
  return [reply](absl::StatusOr<grpc::ByteBuffer> answer) {
    reply->Send(std::move(answer));
  };
}

// A call of a stream.
void Run(const ParameterCalls& calls, const std::string& method,
         const grpc::ByteBuffer& request, ParameterCalls::Reply reply) {
  if (method == kPullMethod) {
    calls.Pull(request, std::move(reply));
  } else if (method == kPushMethod) {
    calls.Push(request, std::move(reply));
  } else if (method == kFinishLaneMethod) {
    reply(calls.FinishLane(request));
  } else {
    reply(absl::UnimplementedError(
        absl::StrCat("streams have no calls of ", method)));
  }
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

AnswerStreams::Reactor* ParameterService::Stream(grpc::CallbackServerContext*) {
  TakeFromRpc();
  return streams_.Open([this](const std::string& method,
                              const grpc::ByteBuffer& request,
                              AnswerStreams::Reply reply) {
    Run(calls_, method, request, std::move(reply));
  });
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

#include "server/parameter_service.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/rpc/errors.h"
#include "common/rpc/finish_now.h"
#include "common/rpc/handover.h"
#include "common/rpc/protocol.h"
#include "common/rpc/raw_reply.h"
#include "server/parameter_service_codec.h"

namespace lineup {
absl::Status ParameterService::Open(std::shared_ptr<ServedJob> job) {
  MutexLock lock(&mutex_);
  if (job_ != nullptr) {
    return JobConflictError(absl::StrCat("cannot open job \"", job->job(),
                                         "\": job \"", job_->job(),
                                         "\" is open here"));
  }
  job_ = std::move(job);
  return absl::OkStatus();
}

void ParameterService::Close(const std::string& job) {
  std::shared_ptr<ServedJob> closed;
  {
    MutexLock lock(&mutex_);
    if (job_ != nullptr && job_->job() == job) closed = std::move(job_);
  }
  if (closed != nullptr) closed->Close();
}

std::shared_ptr<ServedJob> ParameterService::job() const {
  MutexLock lock(&mutex_);
  return job_;
}

absl::StatusOr<std::shared_ptr<ServedJob>> ParameterService::Find(
    const std::string& job) const {
  std::shared_ptr<ServedJob> open = this->job();
  if (open == nullptr || open->job() != job) return UnknownJobError(job);
  return open;
}

grpc::ServerUnaryReactor* ParameterService::RunLaneCall(
    const grpc::ByteBuffer& request, grpc::ByteBuffer* response,
    absl::StatusOr<DecodedLaneCall> (*decode)(const grpc::ByteBuffer&),
    grpc::ByteBuffer (*encode)(const LaneAnswer&)) {
  TakeFromRpc();
  const std::shared_ptr<RawReply> reply = RawReply::Create(response);
  absl::StatusOr<DecodedLaneCall> decoded = decode(request);
  const absl::StatusOr<std::shared_ptr<ServedJob>> job =
      decoded.ok() ? Find(decoded->job) : decoded.status();
  if (!job.ok()) {
    reply->Send(job.status());
    return reply->reactor();
  }
  decoded->call.done = [reply, encode](absl::StatusOr<LaneAnswer> answer) {
    if (answer.ok()) {
      reply->Send(encode(*answer));
    } else {
      reply->Send(answer.status());
    }
  };
  (*job)->Run(std::move(decoded->call));
  return reply->reactor();
}

grpc::ServerUnaryReactor* ParameterService::Pull(
    grpc::CallbackServerContext*, const grpc::ByteBuffer* request,
    grpc::ByteBuffer* response) {
  return RunLaneCall(*request, response, DecodePull, EncodePullAnswer);
}

grpc::ServerUnaryReactor* ParameterService::Push(
    grpc::CallbackServerContext*, const grpc::ByteBuffer* request,
    grpc::ByteBuffer* response) {
  return RunLaneCall(*request, response, DecodePush, EncodePushAnswer);
}

absl::StatusOr<grpc::ByteBuffer> ParameterService::DoPeek(
    const grpc::ByteBuffer& request) const {
  LINEUP_ASSIGN_OR_RETURN(const DecodedRowsCall decoded, DecodePeek(request));
  LINEUP_ASSIGN_OR_RETURN(const auto job, Find(decoded.job));
  LINEUP_ASSIGN_OR_RETURN(const EncodedWeights weights,
                          job->Peek(decoded.call));
  return EncodePeekAnswer(weights);
}

absl::StatusOr<grpc::ByteBuffer> ParameterService::DoSetWeights(
    const grpc::ByteBuffer& request) const {
  LINEUP_ASSIGN_OR_RETURN(const DecodedRowsCall decoded,
                          DecodeSetWeights(request));
  LINEUP_ASSIGN_OR_RETURN(const auto job, Find(decoded.job));
  LINEUP_RETURN_IF_ERROR(job->SetWeights(decoded.call, decoded.weights));
  return EncodeSetWeightsAnswer();
}

grpc::ServerUnaryReactor* ParameterService::Peek(
    grpc::CallbackServerContext*, const grpc::ByteBuffer* request,
    grpc::ByteBuffer* response) {
  TakeFromRpc();
  const std::shared_ptr<RawReply> reply = RawReply::Create(response);
  reply->Send(DoPeek(*request));
  return reply->reactor();
}

grpc::ServerUnaryReactor* ParameterService::SetWeights(
    grpc::CallbackServerContext*, const grpc::ByteBuffer* request,
    grpc::ByteBuffer* response) {
  TakeFromRpc();
  const std::shared_ptr<RawReply> reply = RawReply::Create(response);
  reply->Send(DoSetWeights(*request));
  return reply->reactor();
}

grpc::ServerUnaryReactor* ParameterService::FinishLane(
    grpc::CallbackServerContext* context, const v1::FinishLaneRequest* request,
    v1::FinishLaneResponse*) {
  TakeFromRpc();
  const auto job = Find(request->job());
  if (!job.ok()) return FinishNow(context, job.status());
  return FinishNow(
      context,
      (*job)->FinishLane({request->lane(), request->clock(), request->term()},
                         request->routing_epoch()));
}

grpc::ServerUnaryReactor* ParameterService::GetStatus(
    grpc::CallbackServerContext* context, const v1::GetStatusRequest*,
    v1::ParameterServerStatus* response) {
  TakeFromRpc();
  response->set_protocol_version(kProtocolVersion);
  if (const auto open = job()) *response->mutable_job() = open->Status();
  return FinishNow(context, absl::OkStatus());
}

}  // namespace lineup

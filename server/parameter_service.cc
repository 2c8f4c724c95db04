#include "server/parameter_service.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/rpc/errors.h"
#include "common/rpc/handover.h"
#include "common/rpc/message_codec.h"
#include "common/rpc/protocol.h"
#include "common/rpc/raw_reply.h"
#include "common/rpc/status.h"

namespace lineup {
namespace {

constexpr int kPullPayloads[] = {v1::PullRequest::kRowsFieldNumber};
constexpr int kPushPayloads[] = {v1::PushRequest::kRowsFieldNumber,
                                 v1::PushRequest::kGradientsFieldNumber,
                                 v1::PushRequest::kNextRowsFieldNumber};
constexpr int kPeekPayloads[] = {v1::PeekRequest::kRowsFieldNumber};
constexpr int kSetPayloads[] = {v1::SetWeightsRequest::kRowsFieldNumber,
                                v1::SetWeightsRequest::kWeightsFieldNumber};

absl::StatusOr<FloatFormat> FormatOf(v1::FloatFormat format) {
  switch (format) {
    case v1::FLOAT_FORMAT_FLOAT32:
      return FloatFormat::kFloat32;
    case v1::FLOAT_FORMAT_BFLOAT16:
      return FloatFormat::kBfloat16;
    default:
      return MalformedError(
          absl::StrCat("unknown float format ", static_cast<int>(format)));
  }
}

// What Pull and Push have in common.
template <typename Request>
absl::StatusOr<LaneCall> BeginLaneCall(const Request& request) {
  LaneCall call;
  call.at = {request.lane(), request.clock(), request.term()};
  call.routing_epoch = request.routing_epoch();
  LINEUP_ASSIGN_OR_RETURN(call.format, FormatOf(request.format()));
  call.part = request.part();
  call.num_parts = std::max<uint32_t>(request.num_parts(), 1);
  call.part_id = request.part_id();
  return call;
}

// What Peek and SetWeights have in common.
template <typename Request>
absl::StatusOr<RowsCall> MakeRowsCall(const Request& request,
                                      const PayloadView& rows) {
  RowsCall call;
  call.routing_epoch = request.routing_epoch();
  LINEUP_ASSIGN_OR_RETURN(call.format, FormatOf(request.format()));
  call.rows = {request.all_rows(), rows};
  call.part = request.part();
  call.num_parts = std::max<uint32_t>(request.num_parts(), 1);
  return call;
}

// Decodes into `header`; what is returned keeps the payloads' memory.
absl::StatusOr<std::shared_ptr<const ReceivedMessage>> Decode(
    const grpc::ByteBuffer& request, absl::Span<const int> payloads,
    google::protobuf::MessageLite* header) {
  LINEUP_ASSIGN_OR_RETURN(ReceivedMessage message,
                          ReceivedMessage::Decode(request, payloads, header));
  return std::make_shared<const ReceivedMessage>(std::move(message));
}

grpc::ByteBuffer EncodeWeights(const google::protobuf::MessageLite& header,
                               int field, const EncodedWeights& weights) {
  return EncodeMessage(header,
                       {{field, LendSlice(weights.bytes, weights.owner)}});
}

absl::StatusOr<LaneCall> DecodePull(const grpc::ByteBuffer& buffer,
                                    std::string* job) {
  v1::PullRequest request;
  LINEUP_ASSIGN_OR_RETURN(const auto message,
                          Decode(buffer, kPullPayloads, &request));
  LINEUP_ASSIGN_OR_RETURN(LaneCall call, BeginLaneCall(request));
  call.pull = RowsField{request.all_rows(), message->payload(0)};
  call.owner = message;
  *job = request.job();
  return call;
}

absl::StatusOr<LaneCall> DecodePush(const grpc::ByteBuffer& buffer,
                                    std::string* job) {
  v1::PushRequest request;
  LINEUP_ASSIGN_OR_RETURN(const auto message,
                          Decode(buffer, kPushPayloads, &request));
  LINEUP_ASSIGN_OR_RETURN(LaneCall call, BeginLaneCall(request));
  call.gradient = LaneCall::Gradient{
      {request.all_rows(), message->payload(0)},
      request.examples(),
      {request.loss_sums().begin(), request.loss_sums().end()},
      message->payload(1)};
  if (request.pull_next()) {
    call.pull = RowsField{request.next_all_rows(), message->payload(2)};
  }
  call.owner = message;
  *job = request.job();
  return call;
}

grpc::ByteBuffer EncodePullAnswer(const LaneAnswer& answer) {
  return EncodeWeights(v1::PullResponse(),
                       v1::PullResponse::kWeightsFieldNumber, answer.weights);
}

grpc::ByteBuffer EncodePushAnswer(const LaneAnswer& answer) {
  v1::PushResponse header;
  header.set_duplicate(answer.duplicate);
  return EncodeWeights(header, v1::PushResponse::kWeightsFieldNumber,
                       answer.weights);
}

// Ends a typed call at once.
grpc::ServerUnaryReactor* FinishNow(grpc::CallbackServerContext* context,
                                    const absl::Status& status) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  const grpc::Status grpc_status = ToGrpcStatus(status);
  HandToRpc();
  reactor->Finish(grpc_status);
  return reactor;
}

}  // namespace

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

template <typename DecodeCall, typename EncodeAnswer>
grpc::ServerUnaryReactor* ParameterService::RunLaneCall(
    const grpc::ByteBuffer& request, grpc::ByteBuffer* response,
    DecodeCall decode, EncodeAnswer encode) {
  TakeFromRpc();
  const std::shared_ptr<RawReply> reply = RawReply::Create(response);
  std::string job_name;
  absl::StatusOr<LaneCall> call = decode(request, &job_name);
  absl::StatusOr<std::shared_ptr<ServedJob>> job =
      call.ok() ? Find(job_name) : call.status();
  if (!job.ok()) {
    reply->Send(job.status());
    return reply->reactor();
  }
  call->done = [reply, encode](absl::StatusOr<LaneAnswer> answer) {
    if (answer.ok()) {
      reply->Send(encode(*answer));
    } else {
      reply->Send(answer.status());
    }
  };
  (*job)->Run(*std::move(call));
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
    const grpc::ByteBuffer& buffer) const {
  v1::PeekRequest request;
  LINEUP_ASSIGN_OR_RETURN(const auto message,
                          Decode(buffer, kPeekPayloads, &request));
  LINEUP_ASSIGN_OR_RETURN(const RowsCall call,
                          MakeRowsCall(request, message->payload(0)));
  LINEUP_ASSIGN_OR_RETURN(const auto job, Find(request.job()));
  LINEUP_ASSIGN_OR_RETURN(const EncodedWeights weights, job->Peek(call));
  return EncodeWeights(v1::PullResponse(),
                       v1::PullResponse::kWeightsFieldNumber, weights);
}

absl::StatusOr<grpc::ByteBuffer> ParameterService::DoSetWeights(
    const grpc::ByteBuffer& buffer) const {
  v1::SetWeightsRequest request;
  LINEUP_ASSIGN_OR_RETURN(const auto message,
                          Decode(buffer, kSetPayloads, &request));
  LINEUP_ASSIGN_OR_RETURN(const RowsCall call,
                          MakeRowsCall(request, message->payload(0)));
  LINEUP_ASSIGN_OR_RETURN(const auto job, Find(request.job()));
  LINEUP_RETURN_IF_ERROR(job->SetWeights(call, message->payload(1)));
  return EncodeMessage(v1::SetWeightsResponse(), {});
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

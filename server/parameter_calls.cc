#include "server/parameter_calls.h"

#include <memory>
#include <utility>

#include "common/base/status_macros.h"
#include "common/rpc/message_codec.h"
#include "common/rpc/protocol.h"

namespace lineup {

void ParameterCalls::RunLaneCall(
    const grpc::ByteBuffer& request, Reply reply,
    absl::StatusOr<DecodedLaneCall> (*decode)(const grpc::ByteBuffer&),
    grpc::ByteBuffer (*encode)(const LaneAnswer&)) const {
  absl::StatusOr<DecodedLaneCall> decoded = decode(request);
  const absl::StatusOr<std::shared_ptr<ServedJob>> job =
      decoded.ok() ? jobs_.Find(decoded->job, decoded->replica)
                   : decoded.status();
  if (!job.ok()) return reply(job.status());
  decoded->call.done = [reply = std::move(reply),
                        encode](absl::StatusOr<LaneAnswer> answer) {
    if (answer.ok()) {
      reply(encode(*answer));
    } else {
      reply(answer.status());
    }
  };
  (*job)->Run(std::move(decoded->call));
}

void ParameterCalls::Pull(const grpc::ByteBuffer& request, Reply reply) const {
  RunLaneCall(request, std::move(reply), DecodePull, EncodePullAnswer);
}

void ParameterCalls::Push(const grpc::ByteBuffer& request, Reply reply) const {
  RunLaneCall(request, std::move(reply), DecodePush, EncodePushAnswer);
}

absl::StatusOr<grpc::ByteBuffer> ParameterCalls::Peek(
    const grpc::ByteBuffer& request) const {
  LINEUP_ASSIGN_OR_RETURN(const DecodedRowsCall decoded, DecodePeek(request));
  LINEUP_ASSIGN_OR_RETURN(const auto job,
                          jobs_.Find(decoded.job, decoded.replica));
  LINEUP_ASSIGN_OR_RETURN(const EncodedWeights weights,
                          job->Peek(decoded.call));
  return EncodePeekAnswer(weights);
}

absl::StatusOr<grpc::ByteBuffer> ParameterCalls::SetWeights(
    const grpc::ByteBuffer& request) const {
  LINEUP_ASSIGN_OR_RETURN(const DecodedRowsCall decoded,
                          DecodeSetWeights(request));
  LINEUP_ASSIGN_OR_RETURN(const auto job, jobs_.Find(decoded.job));
  LINEUP_RETURN_IF_ERROR(job->SetWeights(decoded.call, decoded.weights));
  return EncodeSetWeightsAnswer();
}

absl::StatusOr<grpc::ByteBuffer> ParameterCalls::ReadSlots(
    const grpc::ByteBuffer& request) const {
  LINEUP_ASSIGN_OR_RETURN(const v1::ReadSlotsRequest decoded,
                          DecodeReadSlots(request));
  LINEUP_ASSIGN_OR_RETURN(const auto job,
                          jobs_.Find(decoded.job(), decoded.replica()));
  LINEUP_ASSIGN_OR_RETURN(const SlotPiece piece, job->ReadSlots(decoded));
  return EncodeSlotPiece(piece);
}

absl::Status ParameterCalls::FinishLane(
    const v1::FinishLaneRequest& request) const {
  LINEUP_ASSIGN_OR_RETURN(const auto job,
                          jobs_.Find(request.job(), request.replica()));
  return job->FinishLane({request.lane(), request.clock(), request.term()},
                         request.routing_epoch());
}

absl::StatusOr<grpc::ByteBuffer> ParameterCalls::FinishLane(
    const grpc::ByteBuffer& request) const {
  v1::FinishLaneRequest decoded;
  LINEUP_RETURN_IF_ERROR(
      ReceivedMessage::Decode(request, {}, &decoded).status());
  LINEUP_RETURN_IF_ERROR(FinishLane(decoded));
  return EncodeMessage(v1::FinishLaneResponse(), {});
}

v1::ParameterServerStatus ParameterCalls::GetStatus() const {
  v1::ParameterServerStatus status;
  status.set_protocol_version(kProtocolVersion);
  const JobSlot::Shards open = jobs_.shards();
  if (open.own != nullptr) *status.mutable_job() = open.own->Status();
  if (open.replica != nullptr) {
    *status.mutable_replica() = open.replica->Status();
  }
  return status;
}

}  // namespace lineup

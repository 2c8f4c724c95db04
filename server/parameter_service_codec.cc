#include "server/parameter_service_codec.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/rpc/errors.h"
#include "proto/parameter_server.pb.h"

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
  call.takes_groups = request.takes_groups();
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

}  // namespace

absl::StatusOr<DecodedLaneCall> DecodePull(const grpc::ByteBuffer& buffer) {
  v1::PullRequest request;
  LINEUP_ASSIGN_OR_RETURN(const auto message,
                          Decode(buffer, kPullPayloads, &request));
  LINEUP_ASSIGN_OR_RETURN(LaneCall call, BeginLaneCall(request));
  call.pull = RowsField{request.all_rows(), message->payload(0)};
  call.owner = message;
  return DecodedLaneCall{request.job(), request.replica(), std::move(call)};
}

absl::StatusOr<DecodedLaneCall> DecodePush(const grpc::ByteBuffer& buffer) {
  v1::PushRequest request;
  LINEUP_ASSIGN_OR_RETURN(const auto message,
                          Decode(buffer, kPushPayloads, &request));
  LINEUP_ASSIGN_OR_RETURN(LaneCall call, BeginLaneCall(request));
  call.gradient = LaneCall::Gradient{
      {request.all_rows(), message->payload(0)},
      request.examples(),
      {request.loss_sums().begin(), request.loss_sums().end()},
      message->payload(1),
      request.groups()};
  if (request.pull_next()) {
    call.pull = RowsField{request.next_all_rows(), message->payload(2)};
  }
  call.owner = message;
  return DecodedLaneCall{request.job(), request.replica(), std::move(call)};
}

grpc::ByteBuffer EncodePullAnswer(const LaneAnswer& answer) {
  return EncodePeekAnswer(answer.weights);
}

grpc::ByteBuffer EncodePushAnswer(const LaneAnswer& answer) {
  v1::PushResponse header;
  header.set_duplicate(answer.duplicate);
  header.set_groups(answer.weights.groups);
  return EncodeWeights(header, v1::PushResponse::kWeightsFieldNumber,
                       answer.weights);
}

absl::StatusOr<DecodedRowsCall> DecodePeek(const grpc::ByteBuffer& buffer) {
  v1::PeekRequest request;
  LINEUP_ASSIGN_OR_RETURN(auto message,
                          Decode(buffer, kPeekPayloads, &request));
  LINEUP_ASSIGN_OR_RETURN(RowsCall call,
                          MakeRowsCall(request, message->payload(0)));
  if (request.has_candidate()) call.candidate = request.candidate();
  call.takes_groups = request.takes_groups();
  return DecodedRowsCall{request.job(),
                         request.replica(),
                         std::move(call),
                         {},
                         std::move(message)};
}

absl::StatusOr<DecodedRowsCall> DecodeSetWeights(
    const grpc::ByteBuffer& buffer) {
  v1::SetWeightsRequest request;
  LINEUP_ASSIGN_OR_RETURN(auto message, Decode(buffer, kSetPayloads, &request));
  LINEUP_ASSIGN_OR_RETURN(RowsCall call,
                          MakeRowsCall(request, message->payload(0)));
  const PayloadView weights = message->payload(1);
  return DecodedRowsCall{request.job(), /*replica=*/false, std::move(call),
                         weights, std::move(message)};
}

grpc::ByteBuffer EncodePeekAnswer(const EncodedWeights& weights) {
  v1::PullResponse header;
  header.set_groups(weights.groups);
  return EncodeWeights(header, v1::PullResponse::kWeightsFieldNumber, weights);
}

grpc::ByteBuffer EncodeSetWeightsAnswer() {
  return EncodeMessage(v1::SetWeightsResponse(), {});
}

absl::StatusOr<v1::ReadSlotsRequest> DecodeReadSlots(
    const grpc::ByteBuffer& buffer) {
  v1::ReadSlotsRequest request;
  LINEUP_RETURN_IF_ERROR(
      ReceivedMessage::Decode(buffer, {}, &request).status());
  return request;
}

grpc::ByteBuffer EncodeSlotPiece(const SlotPiece& piece) {
  return EncodeMessage(piece.head, {{v1::ReadSlotsResponse::kRowsFieldNumber,
                                     LendSlice(*piece.rows, piece.rows)}});
}

}  // namespace lineup

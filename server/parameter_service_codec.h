#ifndef LINEUP_SERVER_PARAMETER_SERVICE_CODEC_H_
#define LINEUP_SERVER_PARAMETER_SERVICE_CODEC_H_

// The messages of proto/parameter_server.proto that carry numbers, between the
// wire and what ServedJob takes and gives. What comes from the wire may be
// anything: MALFORMED if it cannot be read.

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/rpc/message_codec.h"
#include "common/rpc/payload.h"
#include "grpcpp/support/byte_buffer.h"
#include "server/lane_call.h"
#include "server/served_job.h"

namespace lineup {

// A call of the job of that name, which keeps the message's memory. Its `done`
// is left to the caller.
struct DecodedLaneCall {
  std::string job;
  bool replica;  // the shard that is meant
  LaneCall call;
};

absl::StatusOr<DecodedLaneCall> DecodePull(const grpc::ByteBuffer& buffer);
absl::StatusOr<DecodedLaneCall> DecodePush(const grpc::ByteBuffer& buffer);
grpc::ByteBuffer EncodePullAnswer(const LaneAnswer& answer);
grpc::ByteBuffer EncodePushAnswer(const LaneAnswer& answer);

struct DecodedRowsCall {
  std::string job;
  bool replica;  // the shard that is meant
  RowsCall call;
  PayloadView weights;                           // of SetWeights
  std::shared_ptr<const ReceivedMessage> owner;  // of all views
};

absl::StatusOr<DecodedRowsCall> DecodePeek(const grpc::ByteBuffer& buffer);
absl::StatusOr<DecodedRowsCall> DecodeSetWeights(
    const grpc::ByteBuffer& buffer);
grpc::ByteBuffer EncodePeekAnswer(const EncodedWeights& weights);
grpc::ByteBuffer EncodeSetWeightsAnswer();

absl::StatusOr<v1::ReadSlotsRequest> DecodeReadSlots(
    const grpc::ByteBuffer& buffer);
grpc::ByteBuffer EncodeSlotPiece(const SlotPiece& piece);

}  // namespace lineup

#endif  // LINEUP_SERVER_PARAMETER_SERVICE_CODEC_H_

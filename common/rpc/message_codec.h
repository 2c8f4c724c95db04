#ifndef LINEUP_COMMON_RPC_MESSAGE_CODEC_H_
#define LINEUP_COMMON_RPC_MESSAGE_CODEC_H_

// Messages with large bytes fields, for gRPC's raw methods.
//
// The generated classes copy such a field two or three times on either side.
// Here the sender writes the payload once, into memory that gRPC then borrows,
// and the receiver copies it once, to where it is used. On the wire it is the
// same message: the peer may use the generated class, in any language.
//
//   SendBuffer weights(bytes);
//   ... fill weights.data() ...
//   grpc::ByteBuffer wire = EncodeMessage(
//       header, {{v1::PullResponse::kWeightsFieldNumber,
//                 ToSlice(std::move(weights))}});
//
//   LINEUP_ASSIGN_OR_RETURN(
//       ReceivedMessage message,
//       ReceivedMessage::Decode(wire, {v1::PullResponse::kWeightsFieldNumber},
//                               &header));
//   FloatReader(FloatFormat::kFloat32, message.payload(0)).Read(...)

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/rpc/payload.h"
#include "common/rpc/send_buffer.h"
#include "google/protobuf/message_lite.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/slice.h"

namespace lineup {

// Hands the buffer's memory to gRPC.
grpc::Slice ToSlice(SendBuffer buffer);

// A slice that lends memory of `owner` to gRPC, which holds the owner until it
// has sent the last byte: that may be long after a call was given up.
grpc::Slice LendSlice(absl::Span<const char> bytes,
                      std::shared_ptr<const void> owner);

// A bytes field and its content.
struct Payload {
  int field;
  grpc::Slice bytes;
};

// Encodes `header`, in which the payloads' fields must not be set, together
// with the payloads. An empty payload is left out, as Protocol Buffers does.
grpc::ByteBuffer EncodeMessage(const google::protobuf::MessageLite& header,
                               std::vector<Payload> payloads);

// Encodes `header` together with a message that is encoded already, as the
// content of the bytes field `field`, which must not be set.
grpc::ByteBuffer WrapMessage(const google::protobuf::MessageLite& header,
                             int field, const grpc::ByteBuffer& message);

// Messages one after the other, as the values of the repeated message field
// `field`.
grpc::ByteBuffer JoinMessages(int field,
                              absl::Span<const grpc::ByteBuffer> messages);

// The values of such a field, each of which holds its memory. The bytes may
// come from anyone: kInvalidArgument with reason MALFORMED if they are no
// message, or the field has more than `max_messages` values.
absl::StatusOr<std::vector<grpc::ByteBuffer>> SplitMessages(
    const grpc::ByteBuffer& buffer, int field, size_t max_messages);

// A received message, its payloads still in gRPC's memory, which it holds.
class ReceivedMessage {
 public:
  // Parses all fields but the payloads into `header`. The bytes may come from
  // anyone: kInvalidArgument with reason MALFORMED if they are not what the
  // generated class would parse.
  static absl::StatusOr<ReceivedMessage> Decode(
      const grpc::ByteBuffer& buffer, absl::Span<const int> payload_fields,
      google::protobuf::MessageLite* header);

  // By position in `payload_fields`.
  const PayloadView& payload(size_t i) const { return payloads_[i]; }
  // The same bytes as a message of its own, which holds their memory.
  grpc::ByteBuffer CutOut(size_t i) const;

 private:
  std::vector<grpc::Slice> slices_;
  std::vector<PayloadView> payloads_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_MESSAGE_CODEC_H_

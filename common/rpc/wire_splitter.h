#ifndef LINEUP_COMMON_RPC_WIRE_SPLITTER_H_
#define LINEUP_COMMON_RPC_WIRE_SPLITTER_H_

// Takes the large `bytes` fields out of an encoded Protocol Buffers message
// without copying or parsing them. What remains, the header, is a valid
// encoding of the same message without those fields; the generated class
// parses it. Header and payloads together mean exactly what the generated
// class makes of the whole (wire_splitter_fuzz_test compares them on anything
// that a peer could send). No gRPC in here.
//
// The encoding: https://protobuf.dev/programming-guides/encoding

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/rpc/payload.h"

namespace lineup {

struct SplitWire {
  std::string header;
  // In the order of the fields asked for; empty where the message has none. A
  // field that occurs more than once counts as it does in Protocol Buffers:
  // the last occurrence stands.
  std::vector<PayloadView> payloads;
};

// Splits the message that lies in `pieces`, one after the other; the payloads
// point into them. `payload_fields` are the numbers of singular bytes fields.
// The errors (kInvalidArgument) say at which byte the encoding breaks. A
// header may still be one that the generated class refuses.
absl::StatusOr<SplitWire> SplitWireMessage(
    absl::Span<const absl::string_view> pieces,
    absl::Span<const int> payload_fields);

// The values of the repeated bytes or message field `field`, in their order; of
// other fields nothing is kept. More than `max_values` are an error, too.
absl::StatusOr<std::vector<PayloadView>> SplitRepeatedField(
    absl::Span<const absl::string_view> pieces, int field, size_t max_values);

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_WIRE_SPLITTER_H_

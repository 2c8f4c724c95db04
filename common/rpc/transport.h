#ifndef LINEUP_COMMON_RPC_TRANSPORT_H_
#define LINEUP_COMMON_RPC_TRANSPORT_H_

// How gRPC is set up, for both ends in one place, because the ends must agree:
// message limits, keepalive, flow control. docs/protocol.md has the
// measurements behind the numbers.

#include <cstddef>

#include "absl/time/time.h"
#include "grpcpp/server_builder.h"
#include "grpcpp/support/channel_arguments.h"

namespace lineup {

// No message is larger, sent or received. Senders of more cut it in parts.
inline constexpr size_t kMaxMessageBytes = size_t{64} << 20;

// Nobody answers a ping for this long: the connection is dead. (The peer may
// still be alive; leases decide about that.)
inline constexpr absl::Duration kKeepaliveTime = absl::Seconds(10);
inline constexpr absl::Duration kKeepaliveTimeout = absl::Seconds(5);

// An attempt to connect, TLS handshake included, is given up after this; it is
// far more than one needs and bounds how long a lost packet can hold it up.
inline constexpr absl::Duration kConnectTimeout = absl::Seconds(2);

// Calls that one connection may have under way; further ones wait at the
// caller. Far more than lanes of a worker, times parts of a call.
inline constexpr int kMaxCallsPerConnection = 1024;

// Of these, calls of a stream that share a message.
inline constexpr int kMaxCallsPerMessage = 64;

// What comes before and after messages: method, deadline, status.
inline constexpr int kMaxMetadataBytes = 16 << 10;

// A client has to finish its TLS handshake in this time.
inline constexpr absl::Duration kHandshakeTimeout = absl::Seconds(10);

// Threads for gRPC's own services: each open call of reflection takes one, and
// a call beyond them is refused.
inline constexpr int kMaxSyncThreads = 16;

// Pauses between attempts to connect.
inline constexpr absl::Duration kMinReconnectPause = absl::Milliseconds(50);
inline constexpr absl::Duration kMaxReconnectPause = absl::Milliseconds(500);

// For a client's channel. Each channel made with them has connections of its
// own, even where another one leads to the same place.
grpc::ChannelArguments ClientTransport();

// For a server. `memory_bytes` bounds what gRPC holds of incoming messages,
// over all connections. When it is used up senders wait; when that does not
// help, gRPC ends calls with RESOURCE_EXHAUSTED, without a reason of ours.
void SetServerTransport(size_t memory_bytes, grpc::ServerBuilder* builder);

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_TRANSPORT_H_

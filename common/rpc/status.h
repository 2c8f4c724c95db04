#ifndef LINEUP_COMMON_RPC_STATUS_H_
#define LINEUP_COMMON_RPC_STATUS_H_

// absl::Status on this side, grpc::Status on the wire, and back: code,
// message and typed detail (common/rpc/errors.h) survive the journey.

#include "absl/status/status.h"
#include "grpcpp/support/status.h"
#include "proto/error.pb.h"

namespace lineup {

// A message is cut to this length on the wire, since it travels in metadata,
// of which peers accept 8 KiB by default, in two encodings.
inline constexpr size_t kMaxStatusMessageBytes = 1536;

// The message is also made valid UTF-8, as other languages expect.
grpc::Status ToGrpcStatus(const absl::Status& status);

// The same where gRPC lets nothing but code and message through: when its
// authorization filter refuses a call. The detail stands at the message's end,
// in brackets, in Protocol Buffers' text format. FromGrpcStatus() reads it.
grpc::Status ToGrpcStatusInMessage(const absl::Status& status);

// The same inside a message.
v1::RpcStatus ToRpcStatus(const absl::Status& status);
absl::Status FromRpcStatus(const v1::RpcStatus& status);

// A code that is none of gRPC's becomes kUnknown; a detail that cannot be read
// is dropped. Never fails: the peer may be anyone.
absl::Status FromGrpcStatus(const grpc::Status& status);

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_STATUS_H_

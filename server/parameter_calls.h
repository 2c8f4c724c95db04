#ifndef LINEUP_SERVER_PARAMETER_CALLS_H_
#define LINEUP_SERVER_PARAMETER_CALLS_H_

// The calls of a parameter server (proto/parameter_server.proto), as messages
// that are encoded: decodes them, hands them to the job that is open, and
// encodes the answers. Whoever brings them, gRPC (parameter_service.h) or a
// simulated network.
//
// Thread safety: all of it.

#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpcpp/support/byte_buffer.h"
#include "proto/parameter_server.pb.h"
#include "server/job_slot.h"
#include "server/parameter_service_codec.h"

namespace lineup {

class ParameterCalls {
 public:
  // Called once, perhaps later and by another thread.
  using Reply = std::function<void(absl::StatusOr<grpc::ByteBuffer>)>;

  // `jobs` must outlive this.
  explicit ParameterCalls(JobSlot* jobs) : jobs_(*jobs) {}

  void Pull(const grpc::ByteBuffer& request, Reply reply) const;
  void Push(const grpc::ByteBuffer& request, Reply reply) const;
  absl::StatusOr<grpc::ByteBuffer> Peek(const grpc::ByteBuffer& request) const;
  absl::StatusOr<grpc::ByteBuffer> SetWeights(
      const grpc::ByteBuffer& request) const;
  absl::StatusOr<grpc::ByteBuffer> ReadSlots(
      const grpc::ByteBuffer& request) const;
  absl::Status FinishLane(const v1::FinishLaneRequest& request) const;
  absl::StatusOr<grpc::ByteBuffer> FinishLane(
      const grpc::ByteBuffer& request) const;
  v1::ParameterServerStatus GetStatus() const;

 private:
  // Pull and Push: what differs is how a call is decoded and its answer
  // encoded.
  void RunLaneCall(
      const grpc::ByteBuffer& request, Reply reply,
      absl::StatusOr<DecodedLaneCall> (*decode)(const grpc::ByteBuffer&),
      grpc::ByteBuffer (*encode)(const LaneAnswer&)) const;

  JobSlot& jobs_;
};

}  // namespace lineup

#endif  // LINEUP_SERVER_PARAMETER_CALLS_H_

#ifndef LINEUP_COMMON_RPC_CALL_STREAM_H_
#define LINEUP_COMMON_RPC_CALL_STREAM_H_

// Calls over one stream (proto/stream.proto), on the caller's side. A small
// call costs half of what a unary call of gRPC's does, which sets up and takes
// down a stream of its own (docs/protocol.md).

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/base/mutex.h"
#include "common/rpc/call_batch.h"
#include "common/rpc/call_transport.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/client_callback.h"

namespace lineup {

// Thread-safe.
class CallStream final
    : public CallHolder,
      private grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  // Opens the stream `method` without waiting for the peer.
  static std::shared_ptr<CallStream> Open(
      const std::shared_ptr<grpc::Channel>& channel, const std::string& method);

  // Whether calls can still be made: the stream has not ended.
  bool open();
  // Whether gRPC has done with it.
  bool done();

  // As CallTransport's, and with the same rules for `done`. If the thread has a
  // batch, the call is sent with it, or before.
  static std::shared_ptr<PendingCall> Call(
      const std::shared_ptr<CallStream>& stream, const std::string& method,
      const grpc::ByteBuffer& request, absl::Duration timeout,
      CallTransport::Done done);

  // Ends the stream, with CANCELLED for calls under way, and waits until gRPC
  // has done with it. Not from one of gRPC's threads.
  void Close();

 private:
  class Pending;
  struct Waiting {
    CallTransport::Done done;
    absl::Time deadline;
  };
  struct Message {
    uint64_t id;
    grpc::ByteBuffer bytes;
  };

  CallStream() = default;

  void SendHeld() override;
  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

  void OnAnswer(const grpc::ByteBuffer& answer);
  // Takes what is to be written next to written_; false: there is nothing.
  bool TakeMessages() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The call's callback, if it is still under way; then it is not any more.
  CallTransport::Done Take(uint64_t id);
  // Sees to it that OnDeadline() is called then, or before.
  void WatchDeadline(absl::Time deadline) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnDeadline();
  void Cancel(uint64_t id);

  std::shared_ptr<CallStream> self_;  // while gRPC refers to it
  grpc::ByteBuffer read_;             // gRPC's
  grpc::ByteBuffer written_;          // gRPC's while is_writing_

  Mutex mutex_;
  CondVar done_;
  // Null once the stream is done. It refers to the channel.
  std::unique_ptr<grpc::ClientContext> context_ ABSL_GUARDED_BY(mutex_);
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;  // nothing more will be read
  bool is_writing_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<Message> to_write_ ABSL_GUARDED_BY(mutex_);
  uint64_t last_id_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<uint64_t, Waiting> waiting_ ABSL_GUARDED_BY(mutex_);
  // Ends at the earliest deadline, or before: most calls have the same time, so
  // it is seldom set, and nothing is done for a call that is answered.
  std::shared_ptr<PendingCall> timer_ ABSL_GUARDED_BY(mutex_);
  absl::Time timer_end_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteFuture();
};

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_CALL_STREAM_H_

#ifndef LINEUP_COMMON_RPC_RETRIED_CALL_H_
#define LINEUP_COMMON_RPC_RETRIED_CALL_H_

// A raw call that is tried again until it succeeds, in one or more parts that
// are sent at the same time. The parts succeed or fail
// together: when one fails the others are cancelled, and then all are sent
// again.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/base/random.h"
#include "common/rpc/call_transport.h"
#include "common/rpc/retry.h"
#include "grpcpp/support/byte_buffer.h"

namespace lineup {

struct RetriedCallOptions {
  // Of one attempt. A call that waits for others may take all of it.
  absl::Duration attempt_timeout = absl::Seconds(20);
  // No attempt begins later than this after the first.
  absl::Duration patience = absl::Minutes(5);
  BackoffOptions backoff;
};

// Thread-safe.
class RetriedCall {
 public:
  struct Part {
    // The message of an attempt; called once for each.
    std::function<grpc::ByteBuffer(uint64_t attempt_id)> encode;
    // Takes in the answer. An error ends the call, and is not retried.
    std::function<absl::Status(const grpc::ByteBuffer&)> decode;
  };
  using Done = std::function<void(absl::Status)>;

  // What the caller shares among its calls; it outlives them.
  struct Context {
    RetriedCallOptions options;
    const Clock* clock;
    // The last attempt's number; every attempt gets the next.
    std::atomic<uint64_t> attempt_ids{0};
    // Of the pauses.
    uint64_t seed = 0;
  };

  // `done` is called exactly once, when no attempt is under way any more; as
  // CallTransport's, it must not wait for another call nor let go of the
  // transport. The context and the transport must live until then. Starts
  // nothing before Run().
  RetriedCall(Context* context, CallTransport* transport, std::string method,
              std::vector<Part> parts, Done done);

  // Starts the call, which then holds itself.
  static void Run(const std::shared_ptr<RetriedCall>& call);

  // Ends the call early: `done` gets CANCELLED, if it is not done before.
  void Cancel();

 private:
  void Attempt();
  void OnAnswer(size_t part, const absl::StatusOr<grpc::ByteBuffer>& answer);
  void EndAttempt();
  void OnPauseEnd();
  void Finish(absl::Status status);

  Context& context_;
  CallTransport& transport_;
  const std::string method_;
  const std::vector<Part> parts_;
  Done done_;
  const absl::Time give_up_at_;
  std::shared_ptr<RetriedCall> self_;  // while it runs

  // Used by one attempt after the other.
  SplitMix64 random_;
  Backoff backoff_;
  int attempts_ = 0;

  Mutex mutex_;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  size_t unanswered_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status error_ ABSL_GUARDED_BY(mutex_);  // the attempt's first
  std::vector<std::shared_ptr<PendingCall>> calls_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<PendingCall> pause_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_RETRIED_CALL_H_

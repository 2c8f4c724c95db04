#ifndef LINEUP_COMMON_RPC_CALL_FAULTS_H_
#define LINEUP_COMMON_RPC_CALL_FAULTS_H_

// For tests: a bad network between a client and its peers. Of the calls that
// are made, a fixed share, chosen by a seed, suffers one of these:
//
//   delayed     sent after a random while, so that later calls overtake it
//   duplicated  sent as it should be, and a copy of it after a random while
//   unsent      fails without having been sent
//   unanswered  is carried out, but fails as if its answer had been lost
//
// A failed call ends with UNAVAILABLE, as it would on a real network. On a
// channel these are unary calls, and others pass untouched; calls that go over
// streams are disturbed by a FaultyTransport (faulty_transport.h).

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "common/base/mutex.h"
#include "common/base/random.h"
#include "grpcpp/channel.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/client_interceptor.h"

namespace lineup {

struct CallFaultOptions {
  double share = 0;  // of all calls, 0 to 1
  uint64_t seed = 0;
  // Of delays, which are uniform.
  absl::Duration max_delay = absl::Milliseconds(300);
  // Of copies, once there is a connection for them. Nobody waits for their
  // answers, and a pull may wait long.
  absl::Duration copy_timeout = absl::Seconds(1);
};

// Thread-safe. Must outlive the channels that it disturbs.
class CallFaults {
 public:
  enum class Kind { kNone, kDelayed, kDuplicated, kUnsent, kUnanswered };
  struct Fault {
    Kind kind = Kind::kNone;
    absl::Duration delay;
  };
  struct Counts {
    uint64_t calls = 0;
    uint64_t delayed = 0;
    uint64_t duplicated = 0;
    uint64_t unsent = 0;
    uint64_t unanswered = 0;
  };

  explicit CallFaults(const CallFaultOptions& options);
  // Waits for copies that are still under way.
  ~CallFaults();

  // What to create a channel with; copies of its calls go over `copies`, which
  // is kept for as long as this is there.
  std::vector<
      std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>>
  Interceptors(std::shared_ptr<grpc::Channel> copies);

  // What the next call is to suffer.
  Fault Draw();
  absl::Duration copy_timeout() const { return options_.copy_timeout; }

  Counts counts() const;

 private:
  class Factory;
  class Interceptor;

  void SendCopy(const std::shared_ptr<grpc::Channel>& channel,
                const std::string& method, const grpc::ByteBuffer& request,
                absl::Duration delay);
  void CopyEnded();

  const CallFaultOptions options_;
  mutable Mutex mutex_;
  CondVar copy_ended_;
  SplitMix64 random_ ABSL_GUARDED_BY(mutex_);
  Counts counts_ ABSL_GUARDED_BY(mutex_);
  int copies_under_way_ ABSL_GUARDED_BY(mutex_) = 0;
  // Held here until no copy is under way: gRPC's threads, which end copies,
  // must not let go of a channel's last reference. A list does not move them.
  std::list<std::shared_ptr<grpc::Channel>> channels_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_CALL_FAULTS_H_

#ifndef LINEUP_COMMON_RPC_TIMER_H_
#define LINEUP_COMMON_RPC_TIMER_H_

// Calls a function after a while, from one of gRPC's threads.

#include <functional>
#include <memory>
#include <utility>

#include "absl/time/time.h"
#include "common/rpc/call_transport.h"
#include "grpcpp/alarm.h"

namespace lineup {

// Thread-safe.
class Timer final : public PendingCall {
 public:
  enum class End { kExpired, kCancelled };

  // `done` is called exactly once: when the time has come, or when the timer
  // was cancelled before. It must not block.
  static std::shared_ptr<Timer> Start(absl::Duration delay,
                                      std::function<void(End)> done);

  void Cancel() override { alarm_.Cancel(); }

 private:
  explicit Timer(std::function<void(End)> done) : done_(std::move(done)) {}

  void OnAlarm(End end);

  std::function<void(End)> done_;
  std::shared_ptr<Timer> self_;  // until `done` is called
  grpc::Alarm alarm_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_TIMER_H_

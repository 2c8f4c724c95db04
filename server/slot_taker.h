// How a server takes over slots: straight from the servers that have them
// (ParameterServer.ReadSlots), from all of them at the same time.
//
// A piece is asked for when the one before has come, so that neither end holds
// more than a few of them. Every call has a deadline, what it brings has a
// checksum, and it is tried again if it fails for a passing reason, which
// changes nothing at the source.

#ifndef LINEUP_SERVER_SLOT_TAKER_H_
#define LINEUP_SERVER_SLOT_TAKER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/linear/lineup_columns.h"
#include "common/rpc/call_transport.h"
#include "common/rpc/retried_call.h"
#include "server/slot_receiver.h"

namespace lineup {

struct SlotSource {
  std::string name;  // for errors
  std::unique_ptr<CallTransport> transport;
  std::string slots;     // one byte each; not empty
  bool replica = false;  // they are in the one that it keeps of others' slots
};

// Thread-safe.
class SlotTaker {
 public:
  struct Options {
    std::string job;
    uint64_t routing_epoch = 0;  // of the placement in which sources have them
    LineupColumns columns;
    uint64_t seed = 0;              // of initial weights
    uint64_t max_weight_bytes = 0;  // for what is taken; 0: no limit
    // Lanes stand meanwhile, so the patience is small.
    RetriedCallOptions retry{absl::Seconds(10), absl::Seconds(10), {}};
  };
  using Done = std::function<void(absl::StatusOr<TakenSlots>)>;

  // At least one source. `done` is called exactly once, by a thread of a
  // transport, when no call is under way any more: with all slots, or with the
  // first error, which names the source. It must not let go of the taker.
  // `clock` must outlive this.
  SlotTaker(Options options, std::vector<SlotSource> sources,
            const Clock* clock, Done done);
  // Cancels what is under way and waits for its end.
  ~SlotTaker();

  // Once.
  void Start();
  // `done` gets CANCELLED, if it has not been called before. Does not wait.
  void Cancel();
  // Whether `done` has been called; then nothing waits in the destructor.
  bool ended() const;

 private:
  class Series;

  bool GoesOn() const;
  void OnEnd(absl::Status status);

  const Options options_;
  const Done done_;
  SlotReceiver receiver_;
  RetriedCall::Context calls_;
  const std::vector<SlotSource> sources_;
  std::vector<std::unique_ptr<Series>> series_;

  mutable Mutex mutex_;
  CondVar ended_changed_;
  size_t running_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status error_ ABSL_GUARDED_BY(mutex_);  // the first
  bool ended_ ABSL_GUARDED_BY(mutex_) = true;
};

}  // namespace lineup

#endif  // LINEUP_SERVER_SLOT_TAKER_H_

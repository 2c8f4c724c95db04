#ifndef LINEUP_COMMON_BASE_CLOCK_H_
#define LINEUP_COMMON_BASE_CLOCK_H_

// The time of day, handed to whatever needs it, so that tests and the
// simulator decide what time it is. (A lane's clock, the counter of its
// minibatches, is another thing.)

#include "absl/time/time.h"
#include "common/base/mutex.h"

namespace lineup {

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
};

// The system's clock.
class RealClock final : public Clock {
 public:
  absl::Time Now() const override;
};

// A clock that stands still until it is moved. Thread-safe.
class SimulatedClock final : public Clock {
 public:
  explicit SimulatedClock(absl::Time start = absl::UnixEpoch());

  absl::Time Now() const override;

  // Time never runs backwards: `step` must not be negative.
  void Advance(absl::Duration step);

 private:
  mutable Mutex mutex_;
  absl::Time now_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lineup

#endif  // LINEUP_COMMON_BASE_CLOCK_H_

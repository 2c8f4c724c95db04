#include "common/base/clock.h"

#include "absl/time/clock.h"
#include "glog/logging.h"

namespace lineup {

absl::Time RealClock::Now() const { return absl::Now(); }

SimulatedClock::SimulatedClock(absl::Time start) : now_(start) {}

absl::Time SimulatedClock::Now() const {
  MutexLock lock(&mutex_);
  return now_;
}

void SimulatedClock::Advance(absl::Duration step) {
  CHECK(step >= absl::ZeroDuration()) << "step is " << step;
  MutexLock lock(&mutex_);
  now_ += step;
}

}  // namespace lineup

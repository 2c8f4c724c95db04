#include "common/rpc/timer.h"

#include <utility>

#include "absl/time/clock.h"
#include "common/rpc/handover.h"

namespace lineup {

std::shared_ptr<Timer> Timer::Start(absl::Duration delay,
                                    std::function<void(bool)> done) {
  const std::shared_ptr<Timer> timer(new Timer());
  HandToRpc();
  // The timer lives until its function has been called.
  timer->alarm_.Set(absl::ToChronoTime(absl::Now() + delay),
                    [timer, done = std::move(done)](bool expired) {
                      TakeFromRpc();
                      done(expired);
                    });
  return timer;
}

}  // namespace lineup

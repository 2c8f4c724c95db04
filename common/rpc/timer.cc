#include "common/rpc/timer.h"

#include "absl/time/clock.h"
#include "common/rpc/handover.h"

namespace lineup {

std::shared_ptr<Timer> Timer::Start(absl::Duration delay,
                                    std::function<void(bool)> done) {
  const std::shared_ptr<Timer> timer(new Timer(std::move(done)));
  timer->self_ = timer;
  HandToRpc();
  timer->alarm_.Set(absl::ToChronoTime(absl::Now() + delay),
                    [t = timer.get()](bool expired) { t->OnAlarm(expired); });
  return timer;
}

void Timer::OnAlarm(bool expired) {
  TakeFromRpc();
  const std::shared_ptr<Timer> self = std::move(self_);
  const std::function<void(bool)> done = std::move(done_);
  done(expired);
}

}  // namespace lineup

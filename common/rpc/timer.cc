#include "common/rpc/timer.h"

#include "absl/time/clock.h"
#include "common/rpc/handover.h"

namespace lineup {

std::shared_ptr<Timer> Timer::Start(absl::Duration delay,
                                    std::function<void(End)> done) {
  const std::shared_ptr<Timer> timer(new Timer(std::move(done)));
  timer->self_ = timer;
  HandToRpc();
  timer->alarm_.Set(absl::ToChronoTime(absl::Now() + delay),
                    [t = timer.get()](bool expired) {
                      t->OnAlarm(expired ? End::kExpired : End::kCancelled);
                    });
  return timer;
}

void Timer::OnAlarm(End end) {
  TakeFromRpc();
  const std::shared_ptr<Timer> self = std::move(self_);
  const std::function<void(End)> done = std::move(done_);
  done(end);
}

}  // namespace lineup

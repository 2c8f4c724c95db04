// What has happened, numbered from 1, the newest kept: for those who watch.
//
// Thread safety: one thread at a time.

#ifndef LINEUP_COORDINATOR_EVENT_LOG_H_
#define LINEUP_COORDINATOR_EVENT_LOG_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "proto/jobs.pb.h"

namespace lineup {

class EventLog {
 public:
  explicit EventLog(size_t capacity) : capacity_(capacity) {}

  void Add(absl::Time now, absl::string_view job, absl::string_view kind,
           absl::string_view text) {
    v1::Event event;
    event.set_number(last_ + 1);
    event.set_unix_ms(absl::ToUnixMillis(now));
    event.set_job(std::string(job));
    event.set_kind(std::string(kind));
    event.set_text(std::string(text));
    Put(std::move(event));
  }

  // One that happened before, in order.
  void Put(v1::Event event) {
    last_ = event.number();
    events_.push_back(std::move(event));
    if (events_.size() > capacity_) events_.pop_front();
  }

  // The first event with a number above `after` that is still kept, or null.
  const v1::Event* Next(uint64_t after) const {
    if (after >= last_ || events_.empty()) return nullptr;
    const uint64_t first = events_.front().number();
    return &events_[after < first ? 0 : after + 1 - first];
  }

  uint64_t last() const { return last_; }
  // The oldest that is kept; above last() if there is none.
  uint64_t first() const {
    return events_.empty() ? last_ + 1 : events_.front().number();
  }

 private:
  const size_t capacity_;
  std::deque<v1::Event> events_;
  uint64_t last_ = 0;
};

}  // namespace lineup

#endif  // LINEUP_COORDINATOR_EVENT_LOG_H_

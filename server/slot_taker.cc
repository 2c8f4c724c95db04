#include "server/slot_taker.h"

#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/rpc/message_codec.h"
#include "common/rpc/parameter_methods.h"
#include "common/rpc/payload.h"
#include "common/rpc/retry.h"
#include "glog/logging.h"
#include "proto/parameter_server.pb.h"

namespace lineup {
namespace {

// Series of calls to one source: while one piece is on its way another is put
// together or taken apart.
constexpr size_t kSeriesPerSource = 2;

}  // namespace

// Calls for some of a source's slots, one after the other.
class SlotTaker::Series {
 public:
  Series(SlotTaker* taker, const SlotSource* source, std::string slots)
      : taker_(*taker), source_(*source), cursor_{std::move(slots), 0} {}

  void Next() {
    RetriedCall::Part part;
    part.encode = [this](uint64_t) { return Request(); };
    part.decode = [this](const grpc::ByteBuffer& answer) {
      return OnAnswer(answer);
    };
    const auto call = std::make_shared<RetriedCall>(
        &taker_.calls_, source_.transport.get(), kReadSlotsMethod,
        std::vector<RetriedCall::Part>{std::move(part)},
        [this](absl::Status status) { OnDone(status); });
    {
      MutexLock lock(&mutex_);
      call_ = call;
    }
    RetriedCall::Run(call);
  }

  void Cancel() {
    std::shared_ptr<RetriedCall> call;
    {
      MutexLock lock(&mutex_);
      call = call_;
    }
    if (call != nullptr) call->Cancel();
  }

 private:
  grpc::ByteBuffer Request() const {
    v1::ReadSlotsRequest request;
    request.set_job(taker_.options_.job);
    request.set_routing_epoch(taker_.options_.routing_epoch);
    request.set_slots(cursor_.slots);
    request.set_first_row(cursor_.first_row);
    request.set_replica(source_.replica);
    return EncodeMessage(request, {});
  }

  absl::Status OnAnswer(const grpc::ByteBuffer& answer) {
    v1::ReadSlotsResponse head;
    LINEUP_ASSIGN_OR_RETURN(
        const ReceivedMessage message,
        ReceivedMessage::Decode(
            answer, {v1::ReadSlotsResponse::kRowsFieldNumber}, &head));
    std::string rows(message.payload(0).size(), '\0');
    PayloadReader(message.payload(0)).Read(rows.data(), rows.size());
    return taker_.receiver_.Receive(head, rows, &cursor_);
  }

  void OnDone(const absl::Status& status) {
    if (status.ok() && !cursor_.slots.empty() && taker_.GoesOn()) {
      return Next();
    }
    {
      MutexLock lock(&mutex_);
      call_ = nullptr;
    }
    taker_.OnEnd(WithContext(absl::StrCat("server ", source_.name), status));
  }

  SlotTaker& taker_;
  const SlotSource& source_;
  SlotCursor cursor_;  // of one call after the other
  Mutex mutex_;
  std::shared_ptr<RetriedCall> call_ ABSL_GUARDED_BY(mutex_);
};

SlotTaker::SlotTaker(Options options, std::vector<SlotSource> sources,
                     const Clock* clock, Done done)
    : options_(std::move(options)),
      done_(std::move(done)),
      receiver_(options_.columns, options_.seed, options_.max_weight_bytes),
      calls_{options_.retry, clock, {}, options_.routing_epoch},
      sources_(std::move(sources)) {
  CHECK(!sources_.empty());
  for (const SlotSource& source : sources_) {
    std::array<std::string, kSeriesPerSource> slots;
    for (size_t i = 0; i < source.slots.size(); ++i) {
      slots[i % kSeriesPerSource] += source.slots[i];
    }
    for (std::string& some : slots) {
      if (some.empty()) continue;
      series_.push_back(
          std::make_unique<Series>(this, &source, std::move(some)));
    }
  }
}

SlotTaker::~SlotTaker() {
  Cancel();
  MutexLock lock(&mutex_);
  while (!ended_) ended_changed_.Wait(&mutex_);
}

void SlotTaker::Start() {
  {
    MutexLock lock(&mutex_);
    running_ = series_.size();
    ended_ = false;
  }
  for (const auto& series : series_) series->Next();
}

void SlotTaker::Cancel() {
  {
    MutexLock lock(&mutex_);
    if (error_.ok()) error_ = absl::CancelledError("the move was given up");
  }
  for (const auto& series : series_) series->Cancel();
}

bool SlotTaker::ended() const {
  MutexLock lock(&mutex_);
  return ended_;
}

bool SlotTaker::GoesOn() const {
  MutexLock lock(&mutex_);
  return error_.ok();
}

void SlotTaker::OnEnd(absl::Status status) {
  bool is_first_error = false;
  bool is_last = false;
  absl::Status error;
  {
    MutexLock lock(&mutex_);
    is_first_error = error_.ok() && !status.ok();
    if (is_first_error) error_ = std::move(status);
    is_last = --running_ == 0;
    error = error_;
  }
  if (is_first_error && !is_last) {
    for (const auto& series : series_) series->Cancel();
  }
  if (!is_last) return;
  if (error.ok()) {
    done_(receiver_.Take());
  } else {
    done_(error);
  }
  MutexLock lock(&mutex_);
  ended_ = true;
  ended_changed_.SignalAll();
}

}  // namespace lineup

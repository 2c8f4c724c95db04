#include "common/rpc/node_link.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/random.h"
#include "common/rpc/handover.h"
#include "common/rpc/protocol.h"
#include "common/rpc/reachability.h"
#include "common/rpc/retry.h"
#include "common/rpc/status.h"
#include "glog/logging.h"

namespace lineup {
namespace {

// Of a coordinator that does not answer.
constexpr absl::Duration kRemindEvery = absl::Seconds(30);

}  // namespace

NodeLink::NodeLink(std::shared_ptr<grpc::Channel> channel,
                   const Options& options, MakeReport make_report,
                   OnOrders on_orders, OnEnd on_end)
    : channel_(std::move(channel)),
      stub_(v1::Nodes::NewStub(channel_)),
      options_(options),
      make_report_(std::move(make_report)),
      on_orders_(std::move(on_orders)),
      on_end_(std::move(on_end)),
      patience_(options.patience),
      answered_(absl::Now()),
      thread_([this] { Run(); }) {}

NodeLink::~NodeLink() {
  {
    MutexLock lock(&mutex_);
    closing_ = true;
    if (call_ != nullptr) call_->TryCancel();
    changed_.SignalAll();
  }
  thread_.join();
}

void NodeLink::Wake() {
  MutexLock lock(&mutex_);
  woken_ = true;
  if (call_ != nullptr) call_->TryCancel();
  changed_.SignalAll();
}

void NodeLink::LimitPatience(absl::Duration patience) {
  MutexLock lock(&mutex_);
  patience_ = std::min(patience_, patience);
}

void NodeLink::Run() {
  SplitMix64 random(std::random_device{}());
  Backoff backoff(BackoffOptions(), &random);
  for (;;) {
    const absl::Status status = Report();
    {
      MutexLock lock(&mutex_);
      if (closing_) return;
    }
    if (may_leave_) return Leave();
    if (status.ok()) {
      if (remind_ != absl::InfinitePast()) {
        LOG(INFO) << "the coordinator at " << options_.coordinator.ToString()
                  << " answers";
      }
      answered_ = absl::Now();
      remind_ = absl::InfinitePast();
      backoff.Reset();
      continue;
    }
    if (absl::IsCancelled(status)) continue;  // there is news
    if (!GoOn(status) || !Pause(PauseAfter(status, backoff))) return;
  }
}

void NodeLink::Leave() {
  {
    MutexLock lock(&mutex_);
    woken_ = true;  // the answer is not to wait for anything
  }
  // If it is not heard, the lease says the same a little later.
  while (absl::IsCancelled(Report())) {  // there is news
    MutexLock lock(&mutex_);
    if (closing_) break;
  }
  on_end_(absl::OkStatus());
}

absl::Status NodeLink::Explain(const absl::Status& status) const {
  return ExplainCoordinatorError(
      options_.coordinator,
      options_.security.Explain(status, options_.coordinator));
}

bool NodeLink::GoOn(const absl::Status& status) {
  if (!IsRetryable(status)) {
    on_end_(WithContext(
        absl::StrCat("the coordinator at ", options_.coordinator.ToString(),
                     " does not take this node"),
        Explain(status)));
    return false;
  }
  absl::Duration patience;
  {
    MutexLock lock(&mutex_);
    patience = patience_;
  }
  const absl::Time now = absl::Now();
  const absl::Duration left = answered_ + patience - now;
  if (left > absl::ZeroDuration() && now < remind_) return true;
  const absl::Status why = Explain(status);
  if (left <= absl::ZeroDuration()) {
    const absl::string_view what = patience < options_.patience
                                       ? "; leaving without a word"
                                       : "; --connect-timeout-seconds";
    on_end_(WithMessage(
        why, absl::StrCat(why.message(), " (no answer for ",
                          absl::FormatDuration(absl::Trunc(
                              now - answered_, absl::Milliseconds(100))),
                          what, ")")));
    return false;
  }
  LOG(WARNING) << why.message() << "; trying for another "
               << absl::FormatDuration(absl::Ceil(left, absl::Seconds(1)));
  remind_ = now + kRemindEvery;
  return true;
}

grpc::Status NodeLink::Call(grpc::ClientContext* context,
                            const v1::NodeReport& report,
                            v1::NodeOrders* orders) {
  grpc::Status answer;
  bool answered = false;
  HandToRpc();
  stub_->async()->Report(context, &report, orders, [&](grpc::Status status) {
    TakeFromRpc();
    MutexLock lock(&mutex_);
    answer = std::move(status);
    answered = true;
    changed_.SignalAll();
  });
  MutexLock lock(&mutex_);
  while (!answered) changed_.Wait(&mutex_);
  return answer;
}

absl::Status NodeLink::Report() {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       absl::ToChronoMilliseconds(options_.timeout));
  bool news = false;
  {
    MutexLock lock(&mutex_);
    if (closing_) return absl::CancelledError("closing");
    news = std::exchange(woken_, false);
  }
  v1::NodeReport report = make_report_();
  report.set_protocol_version(kProtocolVersion);
  report.set_coordinator_id(coordinator_id_);
  report.set_orders_version(orders_version_);
  // After news, the answer tells at once what follows from it.
  report.set_wait_ms(
      news ? 0
           : static_cast<uint32_t>(absl::ToInt64Milliseconds(options_.wait)));
  {
    MutexLock lock(&mutex_);
    if (closing_) return absl::CancelledError("closing");
    if (woken_) return absl::CancelledError("to be made anew");
    // Only a call that waits is ended by news: the others end by themselves.
    if (!news) call_ = &context;
  }
  v1::NodeOrders orders;
  const grpc::Status answer = Call(&context, report, &orders);
  {
    MutexLock lock(&mutex_);
    call_ = nullptr;
  }
  if (!answer.ok()) return FromGrpcStatus(answer);
  if (coordinator_id_ != 0 && coordinator_id_ != orders.coordinator_id()) {
    LOG(WARNING) << "another coordinator than before answers at "
                 << options_.coordinator.ToString()
                 << ", or one that was started anew: what this node holds for "
                    "the earlier one is let go";
  }
  coordinator_id_ = orders.coordinator_id();
  orders_version_ = orders.version();
  may_leave_ = orders.may_leave();
  on_orders_(orders);
  return absl::OkStatus();
}

bool NodeLink::Pause(absl::Duration pause) {
  const absl::Time until = absl::Now() + pause;
  // gRPC attends to a connection that is being made only while somebody waits
  // for it; otherwise it would see seconds late that nobody listens yet.
  if (channel_->GetState(/*try_to_connect=*/true) != GRPC_CHANNEL_READY &&
      channel_->WaitForConnected(absl::ToChronoTime(until))) {
    MutexLock lock(&mutex_);
    return !closing_;  // somebody does now
  }
  MutexLock lock(&mutex_);
  while (!closing_ && absl::Now() < until) {
    changed_.WaitWithTimeout(&mutex_, until - absl::Now());
  }
  return !closing_;
}

}  // namespace lineup

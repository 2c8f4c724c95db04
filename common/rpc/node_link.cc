#include "common/rpc/node_link.h"

#include <chrono>
#include <random>
#include <utility>

#include "common/base/random.h"
#include "common/rpc/handover.h"
#include "common/rpc/protocol.h"
#include "common/rpc/retry.h"
#include "common/rpc/status.h"
#include "glog/logging.h"

namespace lineup {

NodeLink::NodeLink(std::shared_ptr<grpc::Channel> channel,
                   const Options& options, MakeReport make_report,
                   OnOrders on_orders, OnRefused on_refused)
    : channel_(std::move(channel)),
      stub_(v1::Nodes::NewStub(channel_)),
      options_(options),
      make_report_(std::move(make_report)),
      on_orders_(std::move(on_orders)),
      on_refused_(std::move(on_refused)),
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

void NodeLink::Run() {
  SplitMix64 random(std::random_device{}());
  Backoff backoff(BackoffOptions(), &random);
  bool lost = false;
  for (;;) {
    const absl::Status status = Report();
    {
      MutexLock lock(&mutex_);
      if (closing_) return;
    }
    if (status.ok()) {
      if (lost) LOG(INFO) << "the coordinator answers again";
      lost = false;
      backoff.Reset();
      continue;
    }
    if (absl::IsCancelled(status)) continue;  // there is news
    if (!IsRetryable(status)) {
      on_refused_(status);
      return;
    }
    if (!lost) {
      LOG(WARNING) << "the coordinator does not answer ("
                   << options_.security.Explain(status).message()
                   << "); trying again until it does";
    }
    lost = true;
    if (!Pause(backoff.Next())) return;
  }
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
  report.set_orders_version(orders_version_);
  // After news, the answer tells at once what follows from it.
  report.set_wait_ms(
      news ? 0
           : static_cast<uint32_t>(absl::ToInt64Milliseconds(options_.wait)));
  {
    MutexLock lock(&mutex_);
    if (closing_) return absl::CancelledError("closing");
    if (woken_) return absl::OkStatus();  // made anew
    // Only a call that waits is ended by news: the others end by themselves.
    if (!news) call_ = &context;
  }
  v1::NodeOrders orders;
  HandToRpc();
  const grpc::Status answer = stub_->Report(&context, report, &orders);
  TakeFromRpc();
  {
    MutexLock lock(&mutex_);
    call_ = nullptr;
  }
  if (!answer.ok()) return FromGrpcStatus(answer);
  orders_version_ = orders.version();
  on_orders_(orders);
  return absl::OkStatus();
}

bool NodeLink::Pause(absl::Duration pause) {
  const absl::Time until = absl::Now() + pause;
  MutexLock lock(&mutex_);
  while (!closing_ && absl::Now() < until) {
    changed_.WaitWithTimeout(&mutex_, until - absl::Now());
  }
  return !closing_;
}

}  // namespace lineup

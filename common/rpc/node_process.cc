#include "common/rpc/node_process.h"

#include <utility>

namespace lineup {
namespace {

// Without the coordinator's word a node that wants to leave does so after this:
// its lease says the same a little later.
constexpr absl::Duration kDrainPatience = absl::Seconds(5);

}  // namespace

NodeProcess::~NodeProcess() { Disconnect(); }

void NodeProcess::Connect(std::shared_ptr<grpc::Channel> channel,
                          const NodeLink::Options& options,
                          NodeLink::MakeReport make_report,
                          NodeLink::OnOrders on_orders) {
  auto link = std::make_shared<NodeLink>(
      std::move(channel), options,
      [this, make_report = std::move(make_report)] {
        v1::NodeReport report = make_report();
        MutexLock lock(&mutex_);
        report.set_draining(draining_);
        return report;
      },
      std::move(on_orders),
      [this](absl::Status status) { End(std::move(status)); });
  MutexLock lock(&mutex_);
  link_ = std::move(link);
}

void NodeProcess::Disconnect() {
  std::shared_ptr<NodeLink> link;
  {
    MutexLock lock(&mutex_);
    link = std::move(link_);
    link_ = nullptr;
  }
}

void NodeProcess::Wake() {
  MutexLock lock(&mutex_);
  if (link_ != nullptr) link_->Wake();
}

void NodeProcess::Drain() {
  MutexLock lock(&mutex_);
  draining_ = true;
  if (link_ == nullptr) return;
  link_->LimitPatience(kDrainPatience);
  link_->Wake();
}

void NodeProcess::End(absl::Status status) {
  MutexLock lock(&mutex_);
  if (is_over_) return;
  is_over_ = true;
  status_ = std::move(status);
  over_.SignalAll();
}

std::optional<absl::Status> NodeProcess::WaitUntilOver(absl::Duration timeout) {
  const absl::Time until = absl::Now() + timeout;
  MutexLock lock(&mutex_);
  while (!is_over_ && absl::Now() < until) {
    over_.WaitWithTimeout(&mutex_, until - absl::Now());
  }
  if (!is_over_) return std::nullopt;
  return status_;
}

}  // namespace lineup

#include "tests/simulation/simulated_link.h"

#include <utility>

#include "common/rpc/message_codec.h"
#include "common/rpc/protocol.h"

namespace lineup::simulation {
namespace {

// As NodeLink's.
constexpr absl::Duration kTimeout = absl::Seconds(5);
constexpr uint32_t kWaitMs = 1000;

}  // namespace

SimulatedLink::SimulatedLink(World* world, NodeId node,
                             const std::string& machine, MakeReport make_report,
                             OnOrders on_orders,
                             std::function<void(NodeId)> left)
    : world_(*world),
      node_(node),
      coordinator_(world->network.Dial(node, machine, kCoordinatorAddress)),
      make_report_(std::move(make_report)),
      on_orders_(std::move(on_orders)),
      left_(std::move(left)),
      random_(world->random()),
      backoff_(BackoffOptions(), &random_) {
  ReportSoon();
}

void SimulatedLink::ReportSoon() {
  world_.events.After(absl::ZeroDuration(), node_, [this] { Report(); });
}

void SimulatedLink::Drain() {
  draining_ = true;
  Wake();
}

void SimulatedLink::Wake() {
  woken_ = true;
  if (waiting_ != nullptr) waiting_->Cancel();
}

void SimulatedLink::Report() {
  const bool news = std::exchange(woken_, false);
  v1::NodeReport report = make_report_();
  report.set_protocol_version(kProtocolVersion);
  report.set_coordinator_id(coordinator_id_);
  report.set_orders_version(orders_version_);
  report.set_draining(draining_);
  report.set_wait_ms(news ? 0 : kWaitMs);
  const std::shared_ptr<PendingCall> call = coordinator_->Call(
      "/lineup.v1.Nodes/Report", EncodeMessage(report, {}), kTimeout,
      [this](const absl::StatusOr<grpc::ByteBuffer>& a) { OnAnswer(a); });
  if (!news) waiting_ = call;
}

void SimulatedLink::OnAnswer(const absl::StatusOr<grpc::ByteBuffer>& answer) {
  waiting_ = nullptr;
  if (world_.events.HasEnded(node_)) return;
  if (may_leave_) return left_(node_);  // and the coordinator has heard so
  v1::NodeOrders orders;
  absl::Status status = answer.status();
  if (status.ok()) {
    status = ReceivedMessage::Decode(*answer, {}, &orders).status();
  }
  if (absl::IsCancelled(status)) return ReportSoon();  // there is news
  if (!status.ok() && !IsRetryable(status)) {
    refused_ = std::string(status.message());
    return;
  }
  if (!status.ok()) {
    world_.events.After(PauseAfter(status, backoff_), node_,
                        [this] { Report(); });
    return;
  }
  backoff_.Reset();
  coordinator_id_ = orders.coordinator_id();
  orders_version_ = orders.version();
  may_leave_ = orders.may_leave();
  on_orders_(orders);
  ReportSoon();
}

}  // namespace lineup::simulation

// A node's standing connection to the coordinator, as common/rpc/node_link.h
// keeps it with a thread: reports again and again how the node stands, and
// passes on the orders that come back.

#ifndef LINEUP_TESTS_SIMULATION_SIMULATED_LINK_H_
#define LINEUP_TESTS_SIMULATION_SIMULATED_LINK_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/base/random.h"
#include "common/rpc/call_transport.h"
#include "common/rpc/retry.h"
#include "grpcpp/support/byte_buffer.h"
#include "proto/node.pb.h"
#include "tests/simulation/world.h"

namespace lineup::simulation {

class SimulatedLink {
 public:
  using MakeReport = std::function<v1::NodeReport()>;
  using OnOrders = std::function<void(const v1::NodeOrders&)>;

  // `left` is told once, when the node may leave.
  SimulatedLink(World* world, NodeId node, const std::string& machine,
                MakeReport make_report, OnOrders on_orders,
                std::function<void(NodeId)> left);

  // The node wants to leave.
  void Drain();

  // There is something to report at once. From any call.
  void Wake();
  // Why the coordinator does not take the node; empty: it does.
  const std::string& refused() const { return refused_; }

 private:
  void Report();
  void OnAnswer(const absl::StatusOr<grpc::ByteBuffer>& answer);
  void ReportSoon();

  World& world_;
  const NodeId node_;
  const std::unique_ptr<CallTransport> coordinator_;
  const MakeReport make_report_;
  const OnOrders on_orders_;
  const std::function<void(NodeId)> left_;
  SplitMix64 random_;
  Backoff backoff_;
  bool woken_ = false;
  bool draining_ = false;
  bool may_leave_ = false;
  std::shared_ptr<PendingCall> waiting_;  // a report that news ends
  uint64_t coordinator_id_ = 0;
  uint64_t orders_version_ = 0;
  std::string refused_;
};

}  // namespace lineup::simulation

#endif  // LINEUP_TESTS_SIMULATION_SIMULATED_LINK_H_

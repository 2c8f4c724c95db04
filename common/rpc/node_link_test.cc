#include "common/rpc/node_link.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "common/base/mutex.h"
#include "common/rpc/channel.h"
#include "common/rpc/finish_now.h"
#include "common/rpc/handover.h"
#include "common/rpc/role.h"
#include "common/rpc/rpc_server.h"
#include "gtest/gtest.h"
#include "proto/node.grpc.pb.h"

namespace lineup {
namespace {

constexpr uint64_t kCoordinator = 5;

// Lets a node go with its second orders. Thread-safe.
class Coordinator final : public v1::Nodes::CallbackService {
 public:
  grpc::ServerUnaryReactor* Report(grpc::CallbackServerContext* context,
                                   const v1::NodeReport* report,
                                   v1::NodeOrders* orders) override {
    TakeFromRpc();
    MutexLock lock(&mutex_);
    reports_.push_back(*report);
    orders->set_coordinator_id(kCoordinator);
    orders->set_version(reports_.size());
    orders->set_may_leave(reports_.size() >= 2);
    return FinishNow(context, absl::OkStatus());
  }

  std::vector<v1::NodeReport> reports() {
    MutexLock lock(&mutex_);
    return reports_;
  }

 private:
  Mutex mutex_;
  std::vector<v1::NodeReport> reports_ ABSL_GUARDED_BY(mutex_);
};

// What a link ends with, if it does in time.
class End {
 public:
  void Set(absl::Status status) {
    MutexLock lock(&mutex_);
    status_ = std::move(status);
    changed_.SignalAll();
  }
  std::optional<absl::Status> Await() {
    const absl::Time until = absl::Now() + absl::Seconds(10);
    MutexLock lock(&mutex_);
    while (!status_.has_value() && absl::Now() < until) {
      changed_.WaitWithTimeout(&mutex_, until - absl::Now());
    }
    return status_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::optional<absl::Status> status_ ABSL_GUARDED_BY(mutex_);
};

TEST(NodeLinkTest, OneThatMayLeaveSaysThatItHasHeardSoAndNothingMore) {
  Coordinator coordinator;
  const auto server = RpcServer::Start(*Address::ParseListening("127.0.0.1:0"),
                                       {}, {&coordinator})
                          .value();
  End end;
  int orders = 0;
  {
    NodeLink link(
        OpenChannel(server->address(), Security(), Role::kCoordinator).value(),
        {server->address()}, [] { return v1::NodeReport(); },
        [&](const v1::NodeOrders&) { ++orders; },
        [&](absl::Status status) { end.Set(std::move(status)); });
    EXPECT_EQ(end.Await(), absl::OkStatus());
  }
  EXPECT_EQ(orders, 3);
  const std::vector<v1::NodeReport> reports = coordinator.reports();
  ASSERT_EQ(reports.size(), 3u);
  EXPECT_EQ(reports[1].orders_version(), 1u);
  EXPECT_GT(reports[1].wait_ms(), 0u);
  EXPECT_EQ(reports[2].coordinator_id(), kCoordinator);
  EXPECT_EQ(reports[2].orders_version(), 2u);
  EXPECT_EQ(reports[2].wait_ms(), 0u);
}

}  // namespace
}  // namespace lineup

// Nodes that come, go, and are not what they should be.

#include <string>
#include <vector>

#include "common/rpc/errors.h"
#include "common/rpc/protocol.h"
#include "coordinator/coordinator_core.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr uint64_t kId = 77;
const absl::Time kStart = absl::FromUnixSeconds(1000);

class CoordinatorCoreNodesTest : public ::testing::Test {
 protected:
  static CoordinatorCore::Options Options() {
    CoordinatorCore::Options options;
    options.id = kId;
    options.lease = absl::Seconds(10);
    return options;
  }
  static v1::NodeReport Report(const std::string& node, v1::NodeRole role,
                               const std::string& address) {
    v1::NodeReport report;
    report.set_node_id(node);
    report.set_role(role);
    report.set_address(address);
    report.set_protocol_version(kProtocolVersion);
    return report;
  }
  static v1::NodeReport Server(const std::string& node,
                               const std::string& address) {
    return Report(node, v1::NODE_ROLE_SERVER, address);
  }
  absl::Status At(int second, const v1::NodeReport& report) {
    return core_.OnReport(report, kStart + absl::Seconds(second));
  }
  std::vector<std::string> Events() const {
    std::vector<std::string> kinds;
    for (uint64_t n = 0; const v1::Event* event = core_.events().Next(n);) {
      kinds.push_back(event->kind());
      n = event->number();
    }
    return kinds;
  }

  CoordinatorCore core_{Options()};
};

TEST_F(CoordinatorCoreNodesTest, AnotherVersionIsRefused) {
  v1::NodeReport report = Server("s", "host:1");
  report.set_protocol_version(kProtocolVersion + 1);
  EXPECT_EQ(ReasonOf(At(0, report)), v1::ERROR_REASON_VERSION_MISMATCH);
  EXPECT_TRUE(core_.nodes().empty());
}

TEST_F(CoordinatorCoreNodesTest, AnAddressIsOneServersUntilItsLeaseEnds) {
  ASSERT_TRUE(At(0, Server("first", "host:1")).ok());
  EXPECT_TRUE(At(1, Server("other", "host:2")).ok());
  // Of a worker the address is its host, for people.
  EXPECT_TRUE(At(1, Report("w", v1::NODE_ROLE_WORKER, "host:1")).ok());
  const absl::Status twice = At(2, Server("second", "host:1"));
  EXPECT_EQ(ReasonOf(twice), v1::ERROR_REASON_RETRY_LATER);
  EXPECT_THAT(std::string(twice.message()),
              HasSubstr("server second says that workers reach it at host:1, "
                        "and so does server first, heard of 2s ago"));
  EXPECT_EQ(core_.nodes().count("second"), 0u);
  EXPECT_TRUE(At(3, Server("first", "host:1")).ok());
  core_.Tick(kStart + absl::Seconds(14));
  EXPECT_TRUE(At(14, Server("second", "host:1")).ok());
  EXPECT_THAT(Events(), ElementsAre("node_joined", "node_joined", "node_joined",
                                    "node_lost", "node_lost", "node_lost",
                                    "node_joined"));
}

TEST_F(CoordinatorCoreNodesTest, OrdersOfAnotherCoordinatorDoNotCount) {
  v1::NodeReport report = Server("s", "host:1");
  report.set_coordinator_id(kId + 1);
  report.set_orders_version(1000);
  ASSERT_TRUE(At(0, report).ok());
  EXPECT_EQ(core_.OrdersVersionOf(report), 0u);
  const v1::NodeOrders orders = core_.Orders("s");
  EXPECT_EQ(orders.coordinator_id(), kId);
  EXPECT_GT(orders.version(), 0u);
  // It wants to leave: only when it has this coordinator's word may it.
  report.set_draining(true);
  ASSERT_TRUE(At(1, report).ok());
  EXPECT_TRUE(core_.Orders("s").may_leave());
  ASSERT_TRUE(At(2, report).ok());
  EXPECT_EQ(core_.nodes().count("s"), 1u);
  report.set_coordinator_id(kId);
  report.set_orders_version(core_.Orders("s").version());
  ASSERT_TRUE(At(3, report).ok());
  EXPECT_EQ(core_.nodes().count("s"), 0u);
  // For good, whatever else it reports before it ends.
  report.set_draining(false);
  report.set_orders_version(core_.Orders("s").version());
  ASSERT_TRUE(At(4, report).ok());
  EXPECT_EQ(core_.nodes().count("s"), 0u);
  EXPECT_TRUE(core_.Orders("s").may_leave());
}

TEST_F(CoordinatorCoreNodesTest,
       ALateReportOfADeadServerDoesNotTakeItsAddress) {
  v1::NodeReport report = Server("dead", "host:1");
  ASSERT_TRUE(At(0, report).ok());
  report.set_coordinator_id(kId);
  report.set_orders_version(core_.Orders("dead").version());
  ASSERT_TRUE(At(1, report).ok());
  core_.Tick(kStart + absl::Seconds(12));
  ASSERT_EQ(core_.nodes().count("dead"), 0u);
  EXPECT_TRUE(At(13, report).ok());
  EXPECT_EQ(core_.nodes().count("dead"), 0u);
  EXPECT_TRUE(At(14, Server("next", "host:1")).ok());
  // If it is alive after all it hears of that, and joins anew.
  EXPECT_EQ(core_.Orders("dead").coordinator_id(), kId);
  EXPECT_GT(core_.Orders("dead").version(), report.orders_version());
  EXPECT_FALSE(core_.Orders("dead").may_leave());
  report.set_orders_version(core_.Orders("dead").version());
  EXPECT_EQ(ReasonOf(At(15, report)), v1::ERROR_REASON_RETRY_LATER);
  report.set_address("host:2");
  EXPECT_TRUE(At(15, report).ok());
  EXPECT_EQ(core_.nodes().count("dead"), 1u);
}

TEST_F(CoordinatorCoreNodesTest, FormerNodesAreForgotten) {
  CoordinatorCore::Options options = Options();
  options.max_nodes = 2;
  CoordinatorCore core(options);
  for (const char* id : {"a", "b", "c"}) {
    const v1::NodeReport report = Report(id, v1::NODE_ROLE_WORKER, "host");
    ASSERT_TRUE(core.OnReport(report, kStart).ok());
    core.GiveUp(id, kStart);
  }
  EXPECT_EQ(core.Orders("a").version(), 0u);
  EXPECT_GT(core.Orders("b").version(), 0u);
  EXPECT_GT(core.Orders("c").version(), 0u);
}

}  // namespace
}  // namespace lineup

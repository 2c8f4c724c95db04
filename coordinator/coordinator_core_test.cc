#include "coordinator/coordinator_core.h"

#include <string>

#include "absl/time/time.h"
#include "common/rpc/protocol.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

constexpr absl::Duration kLease = absl::Seconds(10);

class CoordinatorCoreTest : public testing::Test {
 protected:
  CoordinatorCoreTest() : core_(Options()) {}

  static CoordinatorCore::Options Options() {
    CoordinatorCore::Options options;
    options.lease = kLease;
    return options;
  }

  void Report(const std::string& node) {
    v1::NodeReport report;
    report.set_node_id(node);
    report.set_role(v1::NODE_ROLE_WORKER);
    report.set_protocol_version(kProtocolVersion);
    ASSERT_TRUE(core_.OnReport(report, now_).ok());
  }

  void TickFor(absl::Duration duration) {
    for (const absl::Time until = now_ + duration; now_ < until;) {
      now_ += absl::Seconds(1);
      core_.Tick(now_);
    }
  }

  bool IsThere(const std::string& node) const {
    return core_.nodes().count(node) > 0;
  }

  CoordinatorCore core_;
  absl::Time now_ = absl::FromUnixSeconds(1000);
};

TEST_F(CoordinatorCoreTest, ANodeThatIsNotHeardOfIsGivenUp) {
  Report("a");
  TickFor(kLease);
  EXPECT_TRUE(IsThere("a"));
  TickFor(absl::Seconds(1));
  EXPECT_FALSE(IsThere("a"));
}

TEST_F(CoordinatorCoreTest, APauseOfItsOwnCountsAgainstNobody) {
  Report("a");
  TickFor(absl::Seconds(4));
  Report("b");
  now_ += 2 * kLease;  // nothing happens: the process stands still
  core_.Tick(now_);
  EXPECT_TRUE(IsThere("a"));
  EXPECT_TRUE(IsThere("b"));
  // "a" had used four seconds of its lease.
  TickFor(absl::Seconds(6));
  EXPECT_TRUE(IsThere("a"));
  TickFor(absl::Seconds(1));
  EXPECT_FALSE(IsThere("a"));
  EXPECT_TRUE(IsThere("b"));
}

}  // namespace
}  // namespace lineup

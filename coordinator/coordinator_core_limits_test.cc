// What peers may make the coordinator keep.

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/rpc/errors.h"
#include "common/rpc/protocol.h"
#include "coordinator/coordinator_core.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

constexpr absl::Time kNow = absl::UnixEpoch();

v1::NodeReport Report(const std::string& node,
                      v1::NodeRole role = v1::NODE_ROLE_WORKER) {
  v1::NodeReport report;
  report.set_node_id(node);
  report.set_role(role);
  report.set_protocol_version(kProtocolVersion);
  return report;
}

CoordinatorCore::Options Small() {
  CoordinatorCore::Options options;
  options.max_nodes = 2;
  options.max_queued_jobs = 3;
  options.max_ended_jobs = 2;
  return options;
}

TEST(CoordinatorCoreLimitsTest, TheQueueIsBounded) {
  CoordinatorCore core(Small());
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(core.Submit({}, kNow).ok());
  const absl::Status full = core.Submit({}, kNow).status();
  EXPECT_EQ(full, LimitExceededError(
                      "the queue is full: 3 jobs wait or run; wait for some to "
                      "end, or stop them with lineup stop",
                      3));
  ASSERT_TRUE(core.Stop("job-2", false, kNow).ok());
  EXPECT_EQ(core.Submit({}, kNow).value(), "job-4");
}

TEST(CoordinatorCoreLimitsTest, OldJobsAreForgotten) {
  CoordinatorCore core(Small());
  ASSERT_EQ(core.Submit({}, kNow).value(), "job-1");  // waits all the time
  for (int i = 2; i <= 9; ++i) {
    const std::string job = core.Submit({}, kNow).value();
    ASSERT_TRUE(core.Stop(job, false, kNow).ok());
  }
  ASSERT_EQ(core.Submit({}, kNow).value(), "job-10");
  EXPECT_EQ(core.jobs().size(), 4u);
  for (const char* job : {"job-1", "job-8", "job-9", "job-10"}) {
    EXPECT_NE(core.FindJob(job), nullptr) << job;
  }
}

TEST(CoordinatorCoreLimitsTest, NodesAreCounted) {
  CoordinatorCore core(Small());
  EXPECT_TRUE(core.OnReport(Report("a"), kNow).ok());
  EXPECT_TRUE(core.OnReport(Report("b"), kNow).ok());
  EXPECT_EQ(core.OnReport(Report("c"), kNow),
            LimitExceededError(
                "the cluster has 2 nodes already, and no more are taken", 2));
  EXPECT_TRUE(core.OnReport(Report("a"), kNow).ok());
  EXPECT_EQ(core.nodes().size(), 2u);
}

TEST(CoordinatorCoreLimitsTest, ANodeKeepsItsRole) {
  CoordinatorCore core({});
  EXPECT_TRUE(core.OnReport(Report("a"), kNow).ok());
  EXPECT_EQ(core.OnReport(Report("a", v1::NODE_ROLE_SERVER), kNow),
            MalformedError("node a was a worker before"));
  EXPECT_EQ(
      ReasonOf(core.OnReport(Report("b", static_cast<v1::NodeRole>(7)), kNow)),
      v1::ERROR_REASON_MALFORMED);
}

TEST(CoordinatorCoreLimitsTest, ReportsAreSmall) {
  CoordinatorCore core({});
  v1::NodeReport report = Report("a");
  report.set_address(std::string(2000, 'x'));
  EXPECT_EQ(core.OnReport(report, kNow),
            LimitExceededError("a node's id, address or version has 2000 "
                               "bytes, at most 1024 are allowed",
                               1024));
  // Results are not kept, and may be large.
  report = Report("a");
  report.mutable_worker()->add_results()->set_result(
      std::string(20 << 20, 'x'));
  EXPECT_TRUE(core.OnReport(report, kNow).ok());
  EXPECT_LT(core.nodes().at("a").report.ByteSizeLong(), 100u);
  // All else is.
  report.mutable_worker()->add_lanes()->set_why_waiting(
      std::string(9 << 20, 'x'));
  EXPECT_EQ(ReasonOf(core.OnReport(report, kNow)),
            v1::ERROR_REASON_LIMIT_EXCEEDED);
}

TEST(EventLogTest, HandsOutWhatIsKept) {
  EventLog log(3);
  EXPECT_EQ(log.Next(0), nullptr);
  for (int i = 1; i <= 5; ++i) log.Add(kNow, "", "kind", absl::StrCat(i));
  EXPECT_EQ(log.Next(0)->number(), 3u);  // 1 and 2 are forgotten
  EXPECT_EQ(log.Next(2)->number(), 3u);
  EXPECT_EQ(log.Next(3)->number(), 4u);
  EXPECT_EQ(log.Next(4)->text(), "5");
  EXPECT_EQ(log.Next(5), nullptr);
  EXPECT_EQ(log.Next(UINT64_MAX), nullptr);
}

}  // namespace
}  // namespace lineup

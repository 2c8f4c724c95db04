// Servers join and leave while a job runs: its slots move, and at staleness 0
// the model has the bits that it would have had undisturbed.

#include <algorithm>
#include <atomic>
#include <iostream>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/bit_jobs.h"
#include "tests/local_cluster.h"

namespace lineup {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Until a test has done to the servers what it wants, jobs are slow.
std::atomic<bool> slow{true};

void Slow(LaneClock) {
  if (slow) absl::SleepFor(absl::Milliseconds(50));
}

void WaitUntilTraining(const std::string& job, LocalCluster* cluster) {
  cluster->WaitFor(job, absl::Seconds(60), [](const v1::JobStatus& status) {
    return status.phase() == "training" && status.phase_progress() > 0.1;
  });
}

// Lanes come to stand, or slots are on their way.
void WaitUntilMoving(const std::string& job, LocalCluster* cluster) {
  cluster->WaitFor(job, absl::Seconds(60), [](const v1::JobStatus& status) {
    return status.phase() == "moving slots";
  });
}

class MovingSlotsTest : public ::testing::TestWithParam<std::string> {
 protected:
  MovingSlotsTest() { slow = true; }

  // Two servers become four, then one.
  void TwoFourOne(const std::string& job, LocalCluster* cluster) {
    WaitUntilTraining(job, cluster);
    cluster->AddServer();
    cluster->AddServer();
    ASSERT_TRUE(cluster->WaitForEvents(job, "slots_moved", 1));
    for (const int server : {0, 1, 3}) {
      ASSERT_TRUE(cluster->DrainServer(server).ok());
    }
    for (const int server : {0, 1, 3}) {
      EXPECT_TRUE(cluster->WaitUntilLeft(server)) << server;
    }
    ASSERT_TRUE(cluster->WaitForEvents(job, "slots_moved", 2));
    slow = false;
  }

  static void ExpectMoved(LocalCluster* cluster) {
    const std::vector<std::string> moved = cluster->EventsOf("slots_moved");
    for (const std::string& text : moved) std::cout << text << std::endl;
    ASSERT_THAT(moved, SizeIs(2));
    EXPECT_THAT(moved[0], HasSubstr("the job has 4 server(s)"));
    EXPECT_THAT(moved[1], HasSubstr("the job has 1 server(s)"));
    EXPECT_THAT(cluster->EventsOf("rewinding"), IsEmpty());
    EXPECT_THAT(cluster->EventsOf("move_failed"), IsEmpty());
  }
};

TEST_P(MovingSlotsTest, TheBitsStayTheSame) {
  const JobSpec spec = BitsSpec(GetParam());
  const LinearModel undisturbed = TrainEmbedded(spec);
  LocalCluster cluster(2);
  cluster.AddWorker(1, Slow);
  cluster.AddWorker(1, Slow);
  const std::string job = cluster.Submit(spec, OutputFor(GetParam()), 2);
  TwoFourOne(job, &cluster);
  ExpectSame(ModelOf(cluster.WaitForEnd(job)), undisturbed, GetParam());
  ExpectMoved(&cluster);
}

INSTANTIATE_TEST_SUITE_P(Jobs, MovingSlotsTest,
                         ::testing::Values("dense_adam", "dense_ftrl",
                                           "sparse_adam", "sparse_ftrl"),
                         [](const auto& info) { return info.param; });

TEST_F(MovingSlotsTest, EachExampleCountsOnceWithStaleness) {
  JobSpec spec = BitsSpec("sparse_adam");
  spec.staleness = 8;
  LocalCluster cluster(2);
  cluster.AddWorker(2, Slow);
  cluster.AddWorker(1, Slow);
  const std::string job = cluster.Submit(spec, OutputFor("stale"), 2);
  TwoFourOne(job, &cluster);
  const v1::JobStatus status = cluster.WaitForEnd(job);
  ASSERT_EQ(status.state(), v1::JOB_STATE_SUCCEEDED) << status.error();
  ExpectMoved(&cluster);
  const v1::ListShardsResponse shards = cluster.Shards(job);
  ASSERT_EQ(shards.shards_size(), 1);
  const auto& epochs = shards.shards(0).report().epochs();
  ASSERT_FALSE(epochs.empty());
  for (const v1::ServerEpoch& epoch : epochs) {
    EXPECT_EQ(epoch.examples(), epochs[0].examples()) << epoch.epoch();
  }
  EXPECT_EQ(status.examples_trained(), epochs[0].examples() * status.epochs());
}

TEST_F(MovingSlotsTest, AMoveToAServerThatIsLostIsGivenUp) {
  const JobSpec spec = BitsSpec("sparse_adam");
  const LinearModel undisturbed = TrainEmbedded(spec);
  LocalCluster cluster(2, /*lease=*/absl::Seconds(1));
  cluster.AddWorker(1, Slow);
  const std::string job = cluster.Submit(spec, OutputFor("lost_target"));
  WaitUntilTraining(job, &cluster);
  const int target = cluster.AddServer();
  WaitUntilMoving(job, &cluster);
  cluster.KillServer(target);
  slow = false;
  ExpectSame(ModelOf(cluster.WaitForEnd(job)), undisturbed, "lost target");
  EXPECT_THAT(cluster.EventsOf("rewinding"), IsEmpty());
}

TEST_F(MovingSlotsTest, AServerThatIsLostInAMoveRewindsTheJob) {
  const JobSpec spec = BitsSpec("sparse_adam");
  const LinearModel undisturbed = TrainEmbedded(spec);
  LocalCluster cluster(2, /*lease=*/absl::Seconds(1));
  cluster.AddWorker(1, Slow);
  const std::string job = cluster.Submit(
      spec, OutputFor("lost_source"), 1, [](v1::SubmitJobRequest* request) {
        request->mutable_spec()->set_min_servers(1);
      });
  WaitUntilTraining(job, &cluster);
  cluster.AddServer();
  WaitUntilMoving(job, &cluster);
  cluster.KillServer(0);
  slow = false;
  ExpectSame(ModelOf(cluster.WaitForEnd(job)), undisturbed, "lost source");
  EXPECT_THAT(cluster.EventsOf("rewinding"), SizeIs(1));
}

TEST_F(MovingSlotsTest, TheLastServerIsNotDrained) {
  LocalCluster cluster(2);
  cluster.AddWorker(1, Slow);
  const std::string job =
      cluster.Submit(BitsSpec("dense_adam"), OutputFor("last"));
  WaitUntilTraining(job, &cluster);
  ASSERT_TRUE(cluster.DrainServer(1).ok());
  const absl::Status status = cluster.DrainServer(0);
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("is the last one"));
  EXPECT_TRUE(cluster.WaitUntilLeft(1));
  slow = false;
  ModelOf(cluster.WaitForEnd(job));
  // Nobody needs it now.
  EXPECT_TRUE(cluster.DrainServer(0).ok());
  EXPECT_TRUE(cluster.WaitUntilLeft(0));
}

}  // namespace
}  // namespace lineup

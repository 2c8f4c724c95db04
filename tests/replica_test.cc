// Servers with replicas (--replicas 1) are lost in the middle of a job: their
// replicas take over, nothing is trained again, and at staleness 0 the model
// has the bits that it would have had undisturbed.

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

using ::testing::IsEmpty;
using ::testing::SizeIs;

// Servers that are lost are given up at once: a busy machine loses no others.
constexpr absl::Duration kLease = absl::Minutes(1);

// Until a test has done to the servers what it wants, jobs are slow.
std::atomic<bool> slow{true};

void Slow(LaneClock) {
  if (slow) absl::SleepFor(absl::Milliseconds(50));
}

class ReplicaTest : public ::testing::TestWithParam<std::string> {
 protected:
  ReplicaTest() { slow = true; }

  static std::string Submit(const JobSpec& spec, const std::string& name,
                            LocalCluster* cluster) {
    return cluster->Submit(spec, OutputFor(name), 1,
                           [](v1::SubmitJobRequest* request) {
                             request->mutable_spec()->set_replicas(1);
                             request->mutable_spec()->set_min_servers(1);
                           });
  }

  static void WaitUntilTraining(const std::string& job, LocalCluster* cluster) {
    cluster->WaitFor(job, absl::Seconds(60), [](const v1::JobStatus& status) {
      return status.phase() == "training" && status.phase_progress() > 0.1;
    });
  }

  static void Lose(int server, LocalCluster* cluster) {
    cluster->KillServer(server);
    cluster->GiveUpServer(server);
  }

  static void ExpectNothingWasLost(LocalCluster* cluster) {
    for (const char* kind :
         {"replica_took_over", "replica_lost", "slots_moved"}) {
      for (const std::string& text : cluster->EventsOf(kind)) {
        std::cout << text << std::endl;
      }
    }
    EXPECT_THAT(cluster->EventsOf("rewinding"), IsEmpty());
    EXPECT_THAT(cluster->EventsOf("move_failed"), IsEmpty());
  }
};

// One of three is lost, then, when every slot has a replica again, another.
TEST_P(ReplicaTest, TheBitsStayTheSame) {
  const JobSpec spec = BitsSpec(GetParam());
  const LinearModel undisturbed = TrainEmbedded(spec);
  LocalCluster cluster(3, kLease);
  cluster.AddWorker(1, Slow);
  cluster.AddWorker(1, Slow);
  const std::string job = Submit(spec, GetParam(), &cluster);
  WaitUntilTraining(job, &cluster);
  EXPECT_THAT(cluster.Shards(job).shards(), SizeIs(6));
  Lose(0, &cluster);
  ASSERT_TRUE(cluster.WaitForEvents(job, "slots_moved", 1));
  EXPECT_THAT(cluster.EventsOf("replica_took_over"), SizeIs(1));
  EXPECT_THAT(cluster.EventsOf("replica_lost"), SizeIs(1));
  Lose(2, &cluster);
  ASSERT_TRUE(cluster.WaitForEvents(job, "slots_moved", 2));
  slow = false;
  ExpectSame(ModelOf(cluster.WaitForEnd(job)), undisturbed, GetParam());
  EXPECT_THAT(cluster.EventsOf("replica_took_over"), SizeIs(2));
  EXPECT_THAT(cluster.EventsOf("no_replica"), SizeIs(1));
  ExpectNothingWasLost(&cluster);
}

INSTANTIATE_TEST_SUITE_P(Jobs, ReplicaTest,
                         ::testing::Values("dense_ftrl", "sparse_adam"),
                         [](const auto& info) { return info.param; });

TEST_F(ReplicaTest, EachExampleCountsOnceWithStaleness) {
  JobSpec spec = BitsSpec("sparse_adam");
  spec.staleness = 8;
  LocalCluster cluster(3, kLease);
  cluster.AddWorker(2, Slow);
  cluster.AddWorker(1, Slow);
  const std::string job = Submit(spec, "stale", &cluster);
  WaitUntilTraining(job, &cluster);
  Lose(1, &cluster);
  ASSERT_TRUE(cluster.WaitForEvents(job, "slots_moved", 1));
  slow = false;
  const v1::JobStatus status = cluster.WaitForEnd(job);
  ASSERT_EQ(status.state(), v1::JOB_STATE_SUCCEEDED) << status.error();
  ExpectNothingWasLost(&cluster);
  const v1::ListShardsResponse shards = cluster.Shards(job);
  ASSERT_THAT(shards.shards(), SizeIs(4));
  const auto& epochs = shards.shards(0).report().epochs();
  ASSERT_FALSE(epochs.empty());
  for (const v1::ShardStatus& shard : shards.shards()) {
    for (const v1::ServerEpoch& epoch : shard.report().epochs()) {
      EXPECT_EQ(epoch.examples(), epochs[0].examples()) << epoch.epoch();
    }
  }
  EXPECT_EQ(status.examples_trained(), epochs[0].examples() * status.epochs());
}

// One that was given up, but lives, and one that joins; then one leaves.
TEST_F(ReplicaTest, ServersComeBackAndLeave) {
  const JobSpec spec = BitsSpec("dense_adam");
  const LinearModel undisturbed = TrainEmbedded(spec);
  LocalCluster cluster(2, kLease);
  cluster.AddWorker(1, Slow);
  const std::string job = Submit(spec, "back", &cluster);
  WaitUntilTraining(job, &cluster);
  cluster.GiveUpServer(0);
  const int third = cluster.AddServer();
  ASSERT_TRUE(cluster.WaitForEvents(job, "slots_moved", 1));
  EXPECT_THAT(cluster.Shards(job).shards(), SizeIs(6));
  ASSERT_TRUE(cluster.DrainServer(1).ok());
  EXPECT_TRUE(cluster.WaitUntilLeft(1));
  Lose(third, &cluster);
  EXPECT_THAT(cluster.EventsOf("replica_took_over"), SizeIs(2));
  slow = false;
  ExpectSame(ModelOf(cluster.WaitForEnd(job)), undisturbed, "back");
  ExpectNothingWasLost(&cluster);
}

// Both that had the same slots are lost: as without replicas.
TEST_F(ReplicaTest, WithBothOfThemTheJobRewinds) {
  const JobSpec spec = BitsSpec("sparse_ftrl");
  const LinearModel undisturbed = TrainEmbedded(spec);
  LocalCluster cluster(3, kLease);
  cluster.AddWorker(1, Slow);
  const std::string job = Submit(spec, "both", &cluster);
  WaitUntilTraining(job, &cluster);
  for (const int server : {0, 1}) Lose(server, &cluster);
  slow = false;
  ExpectSame(ModelOf(cluster.WaitForEnd(job)), undisturbed, "both");
  EXPECT_THAT(cluster.EventsOf("rewinding"), SizeIs(1));
}

}  // namespace
}  // namespace lineup

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
#include "tests/sanitizers.h"

namespace lineup {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr absl::Duration kLease = absl::Seconds(kSanitized ? 5 : 1);

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
  cluster.KillServer(0);
  ASSERT_TRUE(cluster.WaitForEvents(job, "slots_moved", 1));
  EXPECT_THAT(cluster.EventsOf("replica_took_over"), SizeIs(1));
  EXPECT_THAT(cluster.EventsOf("replica_lost"), SizeIs(1));
  cluster.KillServer(2);
  ASSERT_TRUE(cluster.WaitForEvents(job, "slots_moved", 2));
  slow = false;
  ExpectSame(ModelOf(cluster.WaitForEnd(job)), undisturbed, GetParam());
  EXPECT_THAT(cluster.EventsOf("replica_took_over"), SizeIs(2));
  EXPECT_THAT(cluster.EventsOf("no_replica"), SizeIs(1));
  ExpectNothingWasLost(&cluster);
}

INSTANTIATE_TEST_SUITE_P(Jobs, ReplicaTest,
                         ::testing::Values("dense_adam", "dense_ftrl",
                                           "sparse_adam", "sparse_ftrl"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace lineup

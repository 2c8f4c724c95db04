// At staleness 0 a job gives the same bits whoever computes it: in one
// process, on one server and one worker, on several of each, and when workers
// vanish and others join in the middle.

#include <string>
#include <utility>

#include "common/model/model_directory.h"
#include "common/rpc/test_certificates.h"
#include "gtest/gtest.h"
#include "tests/bit_jobs.h"
#include "tests/local_cluster.h"

namespace lineup {
namespace {

class ClusterBitsTest : public ::testing::TestWithParam<std::string> {
 protected:
  JobSpec Spec() const { return BitsSpec(GetParam()); }
};

TEST_P(ClusterBitsTest, ServersAndWorkersDoNotMatter) {
  const JobSpec spec = Spec();
  const LinearModel embedded = TrainEmbedded(spec);
  for (const auto& [servers, workers] : {std::pair(1, 1), std::pair(3, 4)}) {
    LocalCluster cluster(servers);
    for (int w = 0; w < workers; ++w) cluster.AddWorker();
    const std::string name = std::to_string(servers) + " servers, " +
                             std::to_string(workers) + " workers";
    const std::string job = cluster.Submit(spec, OutputFor("m"), workers);
    ExpectSame(ModelOf(cluster.WaitForEnd(job)), embedded, name);
  }
}

// In the middle of the job one of its two workers vanishes, and another joins.
void ExpectSameAfterACrash(const JobSpec& spec,
                           const std::string& certificates) {
  const LinearModel embedded = TrainEmbedded(spec);
  LocalCluster cluster(2, /*lease=*/absl::Seconds(3), certificates);
  // Slow enough that the middle of an epoch can be caught.
  const auto slow = [](LaneClock) { absl::SleepFor(absl::Milliseconds(2)); };
  const int victim = cluster.AddWorker(1, slow);
  cluster.AddWorker(1, slow);
  const std::string job = cluster.Submit(spec, OutputFor("k"), 2);
  cluster.WaitFor(job, absl::Seconds(60), [](const v1::JobStatus& status) {
    return status.phase() == "training" && status.epoch() >= 1;
  });
  cluster.KillWorker(victim);
  cluster.AddWorker(1, slow);
  ExpectSame(ModelOf(cluster.WaitForEnd(job)), embedded, "killed");
}

TEST_P(ClusterBitsTest, WorkersMayVanishAndJoin) {
  ExpectSameAfterACrash(Spec(), /*certificates=*/"");
}

TEST(ClusterStopTest, BeforeTheFirstMinibatchThereIsNoModel) {
  LocalCluster cluster(1);
  std::atomic<bool> begun{false};
  std::atomic<bool> go_on{false};
  cluster.AddWorker(1, [&](LaneClock) {
    begun = true;
    while (!go_on) absl::SleepFor(absl::Milliseconds(1));
  });
  const std::string job =
      cluster.Submit(BitsSpec("dense_sgd"), OutputFor("none"));
  cluster.WaitFor(job, absl::Seconds(60),
                  [&](const v1::JobStatus&) { return begun.load(); });
  cluster.Stop(job);
  const v1::JobStatus status = cluster.WaitForEnd(job);
  go_on = true;
  EXPECT_EQ(status.state(), v1::JOB_STATE_STOPPED);
  EXPECT_EQ(status.error(),
            "stopped before the first minibatch was learnt from: there is no "
            "model");
  EXPECT_FALSE(ReadModel(OutputFor("none")).ok());
}

TEST(ClusterBitsTlsTest, WorkersMayVanishAndJoin) {
  const std::string certificates =
      MakeCertificates(::testing::TempDir() + "/certificates");
  ExpectSameAfterACrash(BitsSpec("dense_ftrl"), certificates);
  ExpectSameAfterACrash(BitsSpec("sparse_adam"), certificates);
}

INSTANTIATE_TEST_SUITE_P(Jobs, ClusterBitsTest,
                         ::testing::Values("dense_adam", "dense_ftrl",
                                           "sparse_adam", "sparse_ftrl"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace lineup

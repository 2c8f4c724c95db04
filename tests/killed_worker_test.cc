// At staleness 0 a cluster of real processes, one of whose workers is killed
// with kill -9 in the middle of an epoch while another joins later, ends with
// the bits of `lineup train`.

#include <string>
#include <vector>

#include "common/base/files.h"
#include "common/model/model_directory.h"
#include "gtest/gtest.h"
#include "tests/bit_jobs.h"
#include "tests/process_cluster.h"

namespace lineup {
namespace {

constexpr int kLanes = 4;
constexpr absl::Duration kLease = absl::Seconds(2);

// Parameter: data and optimizer, as "dense_adam".
class KilledWorkerTest : public testing::TestWithParam<std::string> {};

TEST_P(KilledWorkerTest, TheBitsAreThoseOfTrain) {
  const std::string directory = testing::TempDir() + "/" + GetParam();
  std::vector<std::string> flags = BitJob(GetParam(), kLanes, 6);
  const std::string trained = TrainedArchive(flags, directory + "_train");
  flags.push_back("--staleness=0");

  ProcessCluster cluster(2, kLease, {"--delay-ms=10"});
  const std::string victim = cluster.AddWorker();
  cluster.AddWorker();
  const std::string job = cluster.Submit(WithOutput(flags, directory));

  // In the middle of the second epoch: all lanes have come some way.
  const v1::ServedJob middle =
      cluster.WaitForServed(job, [](const v1::ServedJob& served) {
        return served.epochs_size() == 2 && served.epochs(1).minibatches() >= 8;
      });
  EXPECT_EQ(cluster.LanesOf(victim).size(), kLanes / 2);
  cluster.KillWorker(victim);
  const v1::ServedJob killed = cluster.Served(0);
  ASSERT_EQ(killed.epochs_size(), 2) << "killed too late";
  ASSERT_FALSE(killed.epoch_done()) << "killed too late";
  EXPECT_GE(killed.epochs(1).minibatches(), middle.epochs(1).minibatches());

  // The other one goes on with all lanes; then a third comes.
  cluster.WaitForServed(job, [](const v1::ServedJob& served) {
    return served.epochs_size() >= 3;
  });
  const std::string newcomer = cluster.AddWorker();
  cluster.WaitForServed(job, [&](const v1::ServedJob&) {
    return cluster.LanesOf(newcomer).size() == kLanes / 2;
  });

  const v1::JobStatus ended = cluster.WaitForEnd(job);
  ASSERT_EQ(ended.state(), v1::JOB_STATE_SUCCEEDED) << ended.ShortDebugString();
  EXPECT_TRUE(ReadFile(directory + "/model.tar.gz").value() == trained);
  ExpectSame(ModelOf(ended), ReadModel(directory + "_train")->model,
             GetParam());
}

INSTANTIATE_TEST_SUITE_P(Jobs, KilledWorkerTest,
                         testing::Values("dense_adam", "dense_ftrl",
                                         "sparse_adam", "sparse_ftrl"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace lineup

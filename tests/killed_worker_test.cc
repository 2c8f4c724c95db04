// At staleness 0 a cluster of real processes, one of whose workers is killed
// with kill -9 in the middle of an epoch while another joins later, ends with
// the bits of `lineup train`.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/files.h"
#include "common/model/model_directory.h"
#include "gtest/gtest.h"
#include "tests/process_cluster.h"
#include "tests/program.h"
#include "tests/sparse_data.h"
#include "tests/split_files.h"

namespace lineup {
namespace {

constexpr int kLanes = 4;
constexpr absl::Duration kLease = absl::Seconds(2);

std::string ArchiveOf(const std::string& directory) {
  return ReadFile(directory + "/model.tar.gz").value();
}

// Parameter: data and optimizer, as "dense_adam".
class KilledWorkerTest : public testing::TestWithParam<std::string> {
 protected:
  static bool IsDense() { return GetParam()[0] == 'd'; }

  static std::vector<std::string> JobFlags() {
    std::vector<std::string> flags = {
        "--optimizer=" + GetParam().substr(GetParam().find('_') + 1),
        "--mini-batch-size=20",
        "--epochs=6",
        "--early-stopping-patience=6",
        "--staleness=0",
        absl::StrCat("--lanes=", kLanes)};
    const std::vector<std::string> more =
        IsDense()
            ? std::vector<std::string>{"--train=" +
                                           SplitFiles(
                                               "examples/digits/train.csv",
                                               true, 9, "digits"),
                                       "--validation=examples/digits/"
                                       "validation.csv",
                                       "--predictor-type=multiclass_classifier",
                                       "--num-classes=10",
                                       "--learning-rate=0.05,0.01"}
            : std::vector<std::string>{
                  "--train=" +
                      SplitFiles(WriteSparseData(
                                     testing::TempDir() + "/all.svm", 2000),
                                 false, 9, "sparse"),
                  "--validation-fraction=0.1",
                  "--predictor-type=binary_classifier",
                  "--learning-rate=0.1,0.01",
                  "--l1=0.0001",
                  "--wd=0.0001"};
    flags.insert(flags.end(), more.begin(), more.end());
    return flags;
  }

  static std::vector<std::string> With(std::vector<std::string> flags,
                                       const std::string& output) {
    flags.push_back("--output=" + output);
    return flags;
  }
};

TEST_P(KilledWorkerTest, TheBitsAreThoseOfTrain) {
  const std::string directory = testing::TempDir() + "/" + GetParam();
  const std::vector<std::string> flags = JobFlags();
  std::vector<std::string> train = With(flags, directory + "_train");
  train.insert(train.begin(), {"train", "--quiet"});
  const ProgramResult trained = RunLineup(train);
  ASSERT_EQ(trained.status, 0) << trained.err;

  ProcessCluster cluster(2, kLease, {"--delay-ms=10"});
  const std::string victim = cluster.AddWorker();
  cluster.AddWorker();
  const std::string job = cluster.Submit(With(flags, directory));

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
  EXPECT_TRUE(ArchiveOf(directory) == ArchiveOf(directory + "_train"));
  const LinearModel model = ReadModel(directory)->model;
  const LinearModel expected = ReadModel(directory + "_train")->model;
  EXPECT_EQ(model.weights, expected.weights);
  EXPECT_EQ(model.bias, expected.bias);
  EXPECT_EQ(model.threshold, expected.threshold);
}

INSTANTIATE_TEST_SUITE_P(Jobs, KilledWorkerTest,
                         testing::Values("dense_adam", "dense_ftrl",
                                         "sparse_adam", "sparse_ftrl"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace lineup

// Each example of each epoch is in exactly one applied gradient, on every
// shard, while workers are killed and added at random moments and 5 % of their
// calls are delayed, doubled or lost. Counted twice: by the servers, and by the
// weights, of a job where every example has a feature of its own, whose weight
// grows by the same power of two whenever the example is learnt from.

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/files.h"
#include "common/base/random.h"
#include "common/model/model_directory.h"
#include "gtest/gtest.h"
#include "tests/bit_jobs.h"
#include "tests/process_cluster.h"
#include "tests/sanitizers.h"

namespace lineup {
namespace {

constexpr int kServers = 2;
constexpr int kLanes = 4;
constexpr absl::Duration kLease = absl::Seconds(kSanitized ? 10 : 2);
// Killed or added workers.
constexpr int kBlows = 5;

constexpr int kFiles = 16;
constexpr int kRowsOfFile = 32;
constexpr int kExamples = kFiles * kRowsOfFile;
constexpr int kMinibatch = 4;
constexpr int kEpochs = 4;

// Real processes, of which random ones are killed and added.
class DisturbedCluster {
 public:
  explicit DisturbedCluster(uint64_t seed)
      : random_(seed),
        cluster_(kServers, kLease,
                 {kSanitized ? "--delay-ms=40" : "--delay-ms=10",
                  "--fault-share=0.05"}) {
    for (int w = 0; w < 3; ++w) AddWorker();
  }

  // Runs a job of `minibatches` to its end, with blows spread over it.
  v1::JobStatus Run(const std::vector<std::string>& flags,
                    uint64_t minibatches) {
    const std::string job = cluster_.Submit(flags);
    for (int blow = 0; blow < kBlows; ++blow) {
      const auto at = static_cast<uint64_t>(
          minibatches * 0.8 * (blow + random_.Uniform()) / kBlows);
      cluster_.WaitForServed(job, [at](const v1::ServedJob& served) {
        return served.pushes_applied() > at;
      });
      Strike();
    }
    EXPECT_GT(killed_, 0);
    EXPECT_GT(added_, 0);
    return cluster_.WaitForEnd(job);
  }

  // What the servers have counted of it.
  v1::ListShardsResponse Shards() const {
    return cluster_.jobs().ListShards("").value();
  }

 private:
  void AddWorker() {
    cluster_.AddWorker({absl::StrCat("--fault-seed=", random_.Below(1 << 30))});
  }

  void Strike() {
    const size_t workers = cluster_.workers().size();
    if (workers == 1 || (workers < 4 && random_.Below(2) == 0)) {
      AddWorker();
      ++added_;
    } else {
      cluster_.KillWorker(cluster_.workers()[random_.Below(workers)]);
      ++killed_;
    }
  }

  SplitMix64 random_;
  ProcessCluster cluster_;
  int killed_ = 0;
  int added_ = 0;
};

void ExpectCounted(const v1::ListShardsResponse& shards, int epochs,
                   uint64_t examples) {
  ASSERT_EQ(shards.shards_size(), kServers);
  uint64_t refused = 0;
  for (const v1::ShardStatus& shard : shards.shards()) {
    ASSERT_EQ(shard.report().epochs_size(), epochs);
    uint64_t minibatches = 0;
    for (int e = 0; e < epochs; ++e) {
      const v1::ServerEpoch& epoch = shard.report().epochs(e);
      EXPECT_EQ(epoch.epoch(), e) << shard.address();
      EXPECT_EQ(epoch.examples(), examples) << shard.address() << ", " << e;
      minibatches += epoch.minibatches();
    }
    EXPECT_EQ(shard.report().pushes_applied(), minibatches);
    refused += shard.report().duplicates_refused();
  }
  // Otherwise nothing has been put to the test.
  EXPECT_GT(refused, 0u);
}

// Row i has the value 1 in feature i, and a label that nothing comes near.
std::string WriteOneHotData(bool dense) {
  const std::string directory =
      testing::TempDir() + (dense ? "/one_hot_dense" : "/one_hot_sparse");
  std::filesystem::create_directories(directory);
  for (int f = 0; f < kFiles; ++f) {
    std::ofstream file(
        absl::StrCat(directory, "/part-", 100 + f, dense ? ".csv" : ".svm"));
    for (int r = 0; r < kRowsOfFile; ++r) {
      const int row = f * kRowsOfFile + r;
      file << "1000000";
      if (!dense) file << " " << row + 1 << ":1";
      for (int i = 0; dense && i < kExamples; ++i) {
        file << (i == row ? ",1" : ",0");
      }
      file << "\n";
    }
  }
  return directory;
}

// With the absolute loss the derivative of each example's score is -1, and all
// minibatches are full. So adagrad, whose rates do not depend on how old the
// weights of a gradient are, adds 1 / sqrt(n) to a weight when it learns from
// its example for the n-th time. What the weights begin with is lost in their
// sums.
std::vector<std::string> OneHotJob(bool dense) {
  return {"--train=" + WriteOneHotData(dense),
          "--predictor-type=regressor",
          "--loss=absolute_loss",
          "--optimizer=adagrad",
          "--learning-rate=1",
          "--use-lr-scheduler=false",
          "--wd=0",
          "--l1=0",
          "--init-scale=1e-30",
          "--normalize-data=false",
          "--normalize-label=false",
          "--use-bias=false",
          "--unbias-data=false",
          "--unbias-label=false",
          absl::StrCat("--mini-batch-size=", kMinibatch),
          absl::StrCat("--epochs=", kEpochs),
          absl::StrCat("--early-stopping-patience=", kEpochs),
          absl::StrCat("--lanes=", kLanes)};
}

// Parameter: data and staleness, as "dense_8".
class ExactlyOnceTest : public testing::TestWithParam<std::string> {};

TEST_P(ExactlyOnceTest, EveryExampleOfEveryEpoch) {
  const bool dense = absl::StartsWith(GetParam(), "dense");
  const std::string staleness = GetParam().substr(GetParam().find('_') + 1);
  const std::string directory = testing::TempDir() + "/" + GetParam();
  std::vector<std::string> flags = OneHotJob(dense);
  const std::string trained =
      staleness == "0" ? TrainedArchive(flags, directory + "_train") : "";
  flags.push_back("--staleness=" + staleness);

  DisturbedCluster cluster(std::hash<std::string>()(GetParam()));
  const v1::JobStatus ended = cluster.Run(WithOutput(flags, directory),
                                          kEpochs * kExamples / kMinibatch);
  ASSERT_EQ(ended.state(), v1::JOB_STATE_SUCCEEDED) << ended.ShortDebugString();
  ExpectCounted(cluster.Shards(), kEpochs, kExamples);

  const LinearModel model = ReadModel(directory)->model;
  ASSERT_EQ(model.weights.size(), kExamples);
  double learnt = 0;
  for (int n = 1; n <= kEpochs; ++n) learnt += 1 / std::sqrt(n);
  for (int i = 0; i < kExamples; ++i) {
    EXPECT_NEAR(model.weights[i], learnt, 1e-4) << "example " << i;
  }
  if (staleness == "0") {
    EXPECT_TRUE(ReadFile(directory + "/model.tar.gz").value() == trained);
  }
}

INSTANTIATE_TEST_SUITE_P(Jobs, ExactlyOnceTest,
                         testing::Values("dense_0", "dense_8",
                                         "dense_unbounded", "sparse_0",
                                         "sparse_8", "sparse_unbounded"),
                         [](const auto& info) { return info.param; });

// Parameter: data and optimizer, as "dense_adam".
class DisturbedBitsTest : public testing::TestWithParam<std::string> {};

TEST_P(DisturbedBitsTest, AreThoseOfTrain) {
  const std::string directory = testing::TempDir() + "/" + GetParam();
  std::vector<std::string> flags = BitJob(GetParam(), kLanes, kEpochs);
  const std::string trained = TrainedArchive(flags, directory + "_train");
  flags.push_back("--staleness=0");

  DisturbedCluster cluster(std::hash<std::string>()(GetParam()));
  const v1::JobStatus ended =
      cluster.Run(WithOutput(flags, directory), kEpochs * 70);
  ASSERT_EQ(ended.state(), v1::JOB_STATE_SUCCEEDED) << ended.ShortDebugString();
  const v1::ListShardsResponse shards = cluster.Shards();
  ExpectCounted(shards, kEpochs,
                shards.shards(0).report().epochs(0).examples());
  EXPECT_TRUE(ReadFile(directory + "/model.tar.gz").value() == trained);
}

INSTANTIATE_TEST_SUITE_P(Jobs, DisturbedBitsTest,
                         testing::Values("dense_adam", "sparse_ftrl"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace lineup

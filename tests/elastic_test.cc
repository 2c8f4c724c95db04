// Workers come and go during one job: four, then one, then eight, by starting
// processes and `lineup drain`, all within an epoch. Nothing restarts, nothing
// is learnt twice, and throughput follows: each minibatch is delayed by so much
// that the workers' number, not the machine, decides it.

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "tests/process_cluster.h"
#include "tests/sanitizers.h"
#include "tests/sparse_data.h"
#include "tests/split_files.h"

namespace lineup {
namespace {

constexpr int kServers = 2;
constexpr int kLanes = 8;
// The first epoch is longer than all that is measured.
constexpr int kExamples = 16000;
constexpr int kEpochs = 2;
// Minibatches over which a rate is measured: a second of eight workers.
constexpr uint64_t kMeasured = 150;

class ElasticTest : public testing::Test {
 protected:
  // One worker makes 20 minibatches a second, on average; fewer where their
  // work itself takes long.
  ElasticTest()
      : cluster_(kServers, absl::Seconds(10),
                 {kSanitized ? "--delay-ms=200" : "--delay-ms=50"}) {}

  void Submit() {
    const std::string data =
        SplitFiles(WriteSparseData(testing::TempDir() + "/all.svm", kExamples),
                   false, 40, "sparse");
    job_ = cluster_.Submit({"--train=" + data,
                            "--predictor-type=binary_classifier",
                            "--learning-rate=0.1,0.01", "--mini-batch-size=10",
                            absl::StrCat("--epochs=", kEpochs),
                            absl::StrCat("--early-stopping-patience=", kEpochs),
                            absl::StrCat("--lanes=", kLanes), "--staleness=8",
                            "--output=" + testing::TempDir() + "/elastic"});
  }

  void AddWorkers(size_t until) {
    while (cluster_.workers().size() < until) cluster_.AddWorker();
  }

  void DrainWorkers(size_t until) {
    while (cluster_.workers().size() > until) {
      EXPECT_EQ(cluster_.DrainWorker(cluster_.workers().back()), 0);
    }
  }

  // Looks at the servers until so many more minibatches have been applied,
  // and checks at each look that nothing has gone back.
  void Watch(uint64_t minibatches) {
    const uint64_t until = last_.pushes_applied() + minibatches;
    cluster_.WaitForServed(job_, [&](const v1::ServedJob& served) {
      EXPECT_GE(served.pushes_applied(), last_.pushes_applied());
      EXPECT_GE(served.epochs_size(), last_.epochs_size());
      for (int l = 0; l < last_.lanes_size(); ++l) {
        EXPECT_GE(served.lanes(l).clock(), last_.lanes(l).clock()) << l;
      }
      last_ = served;
      return served.pushes_applied() >= until;
    });
  }

  // Minibatches a second, once every worker has the share of the lanes that is
  // its own.
  double Rate() {
    const size_t share = kLanes / cluster_.workers().size();
    cluster_.WaitForServed(job_, [&](const v1::ServedJob&) {
      return std::all_of(cluster_.workers().begin(), cluster_.workers().end(),
                         [&](const std::string& worker) {
                           return cluster_.LanesOf(worker).size() >= share;
                         });
    });
    Watch(10);
    const absl::Time begin = absl::Now();
    const uint64_t before = last_.pushes_applied();
    Watch(cluster_.workers().size() == 1 ? kMeasured / 4 : kMeasured);
    return (last_.pushes_applied() - before) /
           absl::ToDoubleSeconds(absl::Now() - begin);
  }

  ProcessCluster cluster_;
  std::string job_;
  v1::ServedJob last_;
};

TEST_F(ElasticTest, ThroughputFollowsTheWorkersAndNothingRestarts) {
  AddWorkers(4);
  Submit();
  const double four = Rate();
  DrainWorkers(1);
  const double one = Rate();
  AddWorkers(8);
  const double eight = Rate();
  EXPECT_EQ(last_.epochs_size(), 1) << "who leaves does not end its epoch";

  const v1::JobStatus ended = cluster_.WaitForEnd(job_);
  ASSERT_EQ(ended.state(), v1::JOB_STATE_SUCCEEDED) << ended.ShortDebugString();
  const v1::ListShardsResponse shards =
      cluster_.jobs().ListShards(job_).value();
  ASSERT_EQ(shards.shards_size(), kServers);
  for (const v1::ShardStatus& shard : shards.shards()) {
    ASSERT_EQ(shard.report().epochs_size(), kEpochs);
    for (const v1::ServerEpoch& epoch : shard.report().epochs()) {
      EXPECT_EQ(epoch.examples(), kExamples) << epoch.epoch();
    }
  }
  RecordProperty("minibatches_per_second",
                 absl::StrCat(four, " ", one, " ", eight));
  std::cout << "minibatches a second with 4, 1 and 8 workers: " << four << ", "
            << one << ", " << eight << std::endl;
  // Ideally 4, 8 and 2.
  EXPECT_GT(four, 2 * one);
  EXPECT_GT(eight, 3 * one);
  EXPECT_GT(eight, 1.2 * four);
}

}  // namespace
}  // namespace lineup

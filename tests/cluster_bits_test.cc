// At staleness 0 a job gives the same bits whoever computes it: in one
// process, on one server and one worker, on several of each, and when workers
// vanish and others join in the middle.

#include <atomic>
#include <string>
#include <vector>

#include "common/base/random.h"
#include "common/model/model_directory.h"
#include "common/rpc/test_certificates.h"
#include "coordinator/job_result.h"
#include "embedded/local_job.h"
#include "gtest/gtest.h"
#include "tests/local_cluster.h"
#include "tests/sparse_data.h"

namespace lineup {
namespace {

constexpr uint32_t kLanes = 4;

JobSpec DenseSpec(const std::string& optimizer) {
  JobSpec spec;
  spec.hyperparameters =
      ParseHyperparameters({{"predictor_type", "multiclass_classifier"},
                            {"num_classes", "10"},
                            {"mini_batch_size", "20"},
                            {"epochs", "4"},
                            {"learning_rate", "0.05,0.01"},
                            {"optimizer", optimizer}})
          .value();
  spec.train = {"examples/digits/train.csv"};
  spec.validation = {"examples/digits/validation.csv"};
  spec.data.split_bytes = 20000;
  spec.num_lanes = kLanes;
  return spec;
}

JobSpec SparseSpec(const std::string& optimizer) {
  JobSpec spec;
  spec.hyperparameters =
      ParseHyperparameters({{"predictor_type", "binary_classifier"},
                            {"mini_batch_size", "20"},
                            {"epochs", "4"},
                            {"learning_rate", "0.1,0.01"},
                            {"l1", "0.0001"},
                            {"wd", "0.0001"},
                            {"optimizer", optimizer}})
          .value();
  spec.train = {WriteSparseData(::testing::TempDir() + "/sparse.svm", 2000)};
  spec.validation_fraction = 0.1;
  spec.data.split_bytes = 20000;
  spec.num_lanes = kLanes;
  return spec;
}

LinearModel Embedded(const JobSpec& spec) {
  const JobPlan plan = PlanJob(spec).value();
  LocalJobOptions options;
  options.threads = 2;
  LocalJob job(&plan, options, nullptr);
  const std::atomic<bool> stop{false};
  const absl::Status status = job.Run(stop);
  EXPECT_TRUE(status.ok()) << status;
  return MakeModel(plan, job.machine()).value();
}

LinearModel ModelOf(const v1::JobStatus& status) {
  EXPECT_EQ(status.state(), v1::JOB_STATE_SUCCEEDED)
      << status.error() << " " << status.phase() << " waits for "
      << status.why_waiting();
  return ReadModel(status.spec().output()).value().model;
}

void ExpectSame(const LinearModel& a, const LinearModel& b,
                const std::string& what) {
  EXPECT_EQ(a.num_features, b.num_features) << what;
  EXPECT_EQ(a.weights, b.weights) << what;
  EXPECT_EQ(a.bias, b.bias) << what;
  EXPECT_EQ(a.threshold, b.threshold) << what;
}

std::string OutputFor(const std::string& name) {
  return ::testing::TempDir() + "/" + name;
}

class ClusterBitsTest : public ::testing::TestWithParam<std::string> {
 protected:
  JobSpec Spec() const {
    const std::string optimizer = GetParam().substr(GetParam().find('_') + 1);
    return GetParam()[0] == 'd' ? DenseSpec(optimizer) : SparseSpec(optimizer);
  }
};

TEST_P(ClusterBitsTest, ServersAndWorkersDoNotMatter) {
  const JobSpec spec = Spec();
  const LinearModel embedded = Embedded(spec);
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
  const LinearModel embedded = Embedded(spec);
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
  const std::string job = cluster.Submit(DenseSpec("sgd"), OutputFor("none"));
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
  ExpectSameAfterACrash(DenseSpec("ftrl"), certificates);
  ExpectSameAfterACrash(SparseSpec("adam"), certificates);
}

INSTANTIATE_TEST_SUITE_P(Jobs, ClusterBitsTest,
                         ::testing::Values("dense_adam", "dense_ftrl",
                                           "sparse_adam", "sparse_ftrl"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace lineup

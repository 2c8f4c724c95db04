#include "tests/bits_jobs.h"

#include <atomic>
#include <string>

#include "common/job/job_plan.h"
#include "common/model/model_directory.h"
#include "coordinator/job_result.h"
#include "embedded/local_job.h"
#include "gtest/gtest.h"
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

}  // namespace

JobSpec BitsSpec(const std::string& name) {
  const std::string optimizer = name.substr(name.find('_') + 1);
  return name[0] == 'd' ? DenseSpec(optimizer) : SparseSpec(optimizer);
}

LinearModel TrainEmbedded(const JobSpec& spec) {
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

}  // namespace lineup

#include "tests/bit_jobs.h"

#include <atomic>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/files.h"
#include "common/job/job_plan.h"
#include "common/model/model_directory.h"
#include "coordinator/job_result.h"
#include "embedded/local_job.h"
#include "gtest/gtest.h"
#include "tests/program.h"
#include "tests/sparse_data.h"
#include "tests/split_files.h"

namespace lineup {
namespace {

constexpr uint32_t kLanes = 4;

bool IsDense(const std::string& name) {
  return absl::StartsWith(name, "dense_");
}

// What a job is, by names of hyperparameters.
using Settings = std::vector<NamedValue>;

Settings SettingsOf(const std::string& name, int epochs) {
  Settings settings = {{"mini_batch_size", "20"},
                       {"epochs", absl::StrCat(epochs)},
                       {"optimizer", name.substr(name.find('_') + 1)}};
  if (absl::EndsWith(name, "_adam")) {
    // Candidates that are the same at first and come to differ in the second
    // epoch or the third.
    settings.push_back({"lr_scheduler_step", "5"});
    settings.push_back({"lr_scheduler_factor", "0.8"});
    settings.push_back({"lr_scheduler_minimum_lr", "0.001,0.02,0.04"});
  }
  if (IsDense(name)) {
    settings.push_back({"predictor_type", "multiclass_classifier"});
    settings.push_back({"num_classes", "10"});
    settings.push_back({"learning_rate", "0.1,0.05"});
  } else {
    settings.push_back({"predictor_type", "binary_classifier"});
    settings.push_back({"learning_rate", "0.1,0.05"});
    settings.push_back({"l1", "0.0001"});
    settings.push_back({"wd", "0.0001"});
  }
  return settings;
}

constexpr char kDenseTrain[] = "examples/digits/train.csv";
constexpr char kDenseValidation[] = "examples/digits/validation.csv";
constexpr double kSparseValidationFraction = 0.1;

std::string WriteSparse() {
  return WriteSparseData(testing::TempDir() + "/sparse.svm", 2000);
}

}  // namespace

JobSpec BitsSpec(const std::string& name) {
  JobSpec spec;
  spec.hyperparameters = ParseHyperparameters(SettingsOf(name, 4)).value();
  if (IsDense(name)) {
    spec.train = {kDenseTrain};
    spec.validation = {kDenseValidation};
  } else {
    spec.train = {WriteSparse()};
    spec.validation_fraction = kSparseValidationFraction;
  }
  spec.data.split_bytes = 20000;
  spec.num_lanes = kLanes;
  return spec;
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

std::vector<std::string> BitJob(const std::string& name, int lanes,
                                int epochs) {
  constexpr int kFiles = 9;
  std::vector<std::string> flags = {
      absl::StrCat("--early-stopping-patience=", epochs),
      absl::StrCat("--lanes=", lanes)};
  for (const auto& [setting, value] : SettingsOf(name, epochs)) {
    flags.push_back(absl::StrCat("--", setting, "=", value));
  }
  if (IsDense(name)) {
    flags.push_back("--train=" +
                    SplitFiles(kDenseTrain, true, kFiles, "digits"));
    flags.push_back(absl::StrCat("--validation=", kDenseValidation));
  } else {
    flags.push_back("--train=" +
                    SplitFiles(WriteSparse(), false, kFiles, "sparse"));
    flags.push_back(
        absl::StrCat("--validation-fraction=", kSparseValidationFraction));
  }
  return flags;
}

std::vector<std::string> WithOutput(std::vector<std::string> flags,
                                    const std::string& directory) {
  flags.push_back("--output=" + directory);
  return flags;
}

std::string TrainedArchive(const std::vector<std::string>& flags,
                           const std::string& directory) {
  std::vector<std::string> command = WithOutput(flags, directory);
  command.insert(command.begin(), {"train", "--quiet", "--staleness=0"});
  const ProgramResult result = RunLineup(command);
  EXPECT_EQ(result.status, 0) << result.err;
  return ReadFile(directory + "/model.tar.gz").value();
}

}  // namespace lineup

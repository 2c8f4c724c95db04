#include "tests/simulation/simulated_job.h"

#include <atomic>
#include <cmath>
#include <fstream>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/files.h"
#include "common/base/random.h"
#include "common/job/job_codec.h"
#include "common/job/job_plan.h"
#include "coordinator/job_result.h"
#include "embedded/local_job.h"
#include "glog/logging.h"

namespace lineup::simulation {
namespace {

constexpr int kFiles = 12;
constexpr int kRowsOfFile = 8;
constexpr int kExamples = kFiles * kRowsOfFile;
constexpr int kMinibatch = 4;
constexpr int kDenseFeatures = 6;
constexpr int kSparseFeatures = 40;
// Features of sparse data lie apart, so that they are in slots of all servers.
constexpr int kCountedStride = 5;
constexpr int kLearntStride = 11;

std::string DataName(bool counted, bool sparse) {
  return absl::StrCat(counted ? "counted" : "bits", sparse ? "_sparse" : "");
}

// Row `row` has the value 1 in a feature of its own, and a label that nothing
// comes near.
std::string CountedRow(bool sparse, int row) {
  std::string text = "1000000";
  if (sparse) return absl::StrCat(text, " ", 1 + row * kCountedStride, ":1");
  for (int i = 0; i < kExamples; ++i) absl::StrAppend(&text, ",", i == row);
  return text;
}

std::string LearntRow(bool sparse, SplitMix64* random) {
  std::string text;
  double score = 0;
  const int features = sparse ? kSparseFeatures : kDenseFeatures;
  for (int i = 0; i < features; ++i) {
    if (sparse && random->Below(8) > 0) continue;
    const double value = random->Uniform() - 0.3;
    score += i % 3 == 0 ? value : -value;
    absl::StrAppend(
        &text, sparse ? absl::StrCat(" ", 1 + i * kLearntStride, ":") : ",",
        value);
  }
  return absl::StrCat(score > 0 ? 1 : 0, text);
}

std::vector<NamedValue> Settings(const SimulatedJob& job) {
  std::vector<NamedValue> settings = {
      {"mini_batch_size", absl::StrCat(kMinibatch)},
      {"epochs", absl::StrCat(job.epochs)},
      {"early_stopping_patience", absl::StrCat(job.epochs)}};
  const std::vector<NamedValue> more =
      job.counted
          ? std::vector<NamedValue>{{"predictor_type", "regressor"},
                                    {"loss", "absolute_loss"},
                                    {"optimizer", "adagrad"},
                                    {"learning_rate", "1"},
                                    {"use_lr_scheduler", "false"},
                                    {"wd", "0"},
                                    {"l1", "0"},
                                    {"init_scale", "1e-30"},
                                    {"normalize_data", "false"},
                                    {"normalize_label", "false"},
                                    {"use_bias", "false"},
                                    {"unbias_data", "false"},
                                    {"unbias_label", "false"}}
          : std::vector<NamedValue>{{"predictor_type", "binary_classifier"},
                                    {"optimizer", job.optimizer},
                                    {"learning_rate", "0.1,0.02"},
                                    {"l1", "0.0001"},
                                    {"wd", "0.0001"}};
  settings.insert(settings.end(), more.begin(), more.end());
  return settings;
}

}  // namespace

std::string SimulatedJob::Describe() const {
  return absl::StrCat(
      DataName(counted, sparse), " ", counted ? "adagrad" : optimizer, ", ",
      lanes, " lane(s), staleness ",
      staleness == kUnboundedStaleness ? "unbounded" : absl::StrCat(staleness),
      ", ", epochs, " epochs", validation ? ", validation" : "",
      shuffle ? "" : ", in file order",
      !checkpoints ? ""
      : checkpoint_seconds == 0
          ? ", checkpoints"
          : absl::StrCat(", checkpoints every ", checkpoint_seconds, " s"),
      replicas ? ", replicas" : "");
}

SimulatedJobs::SimulatedJobs(std::string directory)
    : directory_(std::move(directory)) {
  for (const bool counted : {false, true}) {
    for (const bool sparse : {false, true}) {
      const std::string part =
          absl::StrCat(directory_, "/", DataName(counted, sparse));
      CHECK_EQ(CreateDirectories(part), absl::OkStatus());
      SplitMix64 random(7);
      for (int f = 0; f < kFiles; ++f) {
        std::ofstream file(
            absl::StrCat(part, "/part-", f, sparse ? ".svm" : ".csv"));
        // Lanes of jobs for bits are not equally long.
        const int rows = counted ? kRowsOfFile : kRowsOfFile - 2 + f % 4;
        for (int r = 0; r < rows; ++r) {
          file << (counted ? CountedRow(sparse, f * kRowsOfFile + r)
                           : LearntRow(sparse, &random))
               << "\n";
        }
      }
    }
  }
}

JobSpec SimulatedJobs::LocalSpec(const SimulatedJob& job) const {
  JobSpec spec;
  spec.hyperparameters = ParseHyperparameters(Settings(job)).value();
  spec.train = {
      absl::StrCat(directory_, "/", DataName(job.counted, job.sparse))};
  if (job.validation) spec.validation_fraction = 0.2;
  spec.shuffle = job.shuffle;
  spec.shuffle_window_bytes = 1000;  // several windows an epoch
  spec.num_lanes = job.lanes;
  spec.staleness = job.staleness;
  return spec;
}

v1::JobSpec SimulatedJobs::Spec(const SimulatedJob& job) const {
  v1::JobSpec spec = EncodeJobSpec(LocalSpec(job));
  spec.set_output("/model");
  if (job.checkpoints) spec.set_checkpoint_dir("/checkpoints");
  spec.set_checkpoint_seconds(job.checkpoint_seconds);
  spec.set_replicas(job.replicas ? 1 : 0);
  return spec;
}

const SimulatedJobs::Undisturbed& SimulatedJobs::Train(
    const SimulatedJob& job) {
  SimulatedJob alone = job;
  alone.checkpoints = false;
  alone.replicas = false;
  if (job.staleness > 0) alone.lanes = 1;
  alone.staleness = 0;
  Undisturbed& trained = trained_[alone.Describe()];
  if (trained.examples > 0) return trained;
  const JobPlan plan = PlanJob(LocalSpec(alone)).value();
  LocalJob local(&plan, LocalJobOptions(), nullptr);
  const std::atomic<bool> stop{false};
  CHECK_EQ(local.Run(stop), absl::OkStatus());
  trained.model = MakeModel(plan, local.machine()).value();
  trained.examples = local.machine().examples_per_epoch();
  CHECK_GT(trained.examples, 0u);
  return trained;
}

uint64_t SimulatedJobs::ExamplesOfEpoch(const SimulatedJob& job) {
  return Train(job).examples;
}

std::string SimulatedJobs::Check(const SimulatedJob& job,
                                 const LinearModel& model) {
  if (job.staleness == 0) {
    const LinearModel& expected = Train(job).model;
    if (model.weights != expected.weights || model.bias != expected.bias ||
        model.threshold != expected.threshold) {
      return "the weights are not those of the undisturbed run";
    }
    return "";
  }
  double learnt = 0;
  for (int n = 1; n <= job.epochs; ++n) learnt += 1 / std::sqrt(n);
  const size_t stride = job.sparse ? kCountedStride : 1;
  if (model.weights.size() != (kExamples - 1) * stride + 1) {
    return "not one weight an example";
  }
  for (int i = 0; i < kExamples; ++i) {
    const float weight = model.weights[i * stride];
    if (std::abs(weight - learnt) > 1e-4) {
      return absl::StrCat("example ", i, " has the weight ", weight,
                          ", but learnt from once an epoch it has ", learnt);
    }
  }
  return "";
}

}  // namespace lineup::simulation

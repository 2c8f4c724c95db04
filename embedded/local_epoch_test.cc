#include "embedded/local_epoch.h"

#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "common/base/test_data.h"
#include "common/job/example_transform.h"
#include "common/job/sample_statistics.h"
#include "gtest/gtest.h"
#include "server/shard.h"
#include "worker/local_parameter_client.h"

namespace lineup {
namespace {

// Trains by epochs, without validation.
class Training {
 public:
  Training(const JobSpec& spec, int threads)
      : pool_(threads), plan_(PlanJob(spec).value()) {
    SampleStatistics sample;
    for (const SampleTask& task : PlanSample(plan_)) {
      sample.Merge(ReadSample(plan_, task).value());
    }
    setup_ = MakeTrainingSetup(plan_, sample, 0).value();
    cache_ = std::make_unique<ExampleCache>(
        plan_.train.splits().size(), ExampleCache::Options{},
        [this](size_t split) -> absl::StatusOr<SplitExamples> {
          const ExampleTransform transform(plan_, TrainingPart::kTrain,
                                           &setup_.normalizer);
          SplitExamples examples;
          const absl::Status status = transform.Read(
              plan_.train, split,
              [&](Examples block) {
                examples.blocks.push_back(std::move(block));
                return absl::OkStatus();
              },
              nullptr);
          if (!status.ok()) return status;
          return examples;
        });
    ShardOptions options;
    options.seed = spec.hyperparameters.seed;
    options.num_lanes = spec.num_lanes;
    options.staleness = spec.staleness;
    options.commit_on_push = true;
    shard_ = std::make_unique<Shard>(setup_.columns, options, &pool_);
    client_ = std::make_unique<LocalParameterClient>(shard_.get());
  }

  const EpochLoss& Train() {
    const uint64_t base = shard_->max_clock();
    EXPECT_TRUE(shard_->BeginEpoch(++epoch_, base).ok());
    LocalEpoch epoch(plan_, setup_, epoch_, base, cache_.get(), client_.get(),
                     &pool_);
    while (!epoch.finished()) {
      const absl::Status status = epoch.Advance();
      if (!status.ok()) {
        ADD_FAILURE() << status;
        break;
      }
    }
    return shard_->epoch_loss();
  }

  std::vector<float> Weights() {
    std::vector<float> weights((cache_->num_features() + 1) *
                               setup_.columns.width());
    shard_->Peek(RowSet::All(cache_->num_features() + 1), std::nullopt,
                 weights.data());
    return weights;
  }

 private:
  ThreadPool pool_;
  JobPlan plan_;
  TrainingSetup setup_;
  std::unique_ptr<ExampleCache> cache_;
  std::unique_ptr<Shard> shard_;
  std::unique_ptr<LocalParameterClient> client_;
  int64_t epoch_ = -1;
};

JobSpec SpecFor(const std::string& path,
                const std::vector<NamedValue>& hyperparameters) {
  JobSpec spec;
  spec.hyperparameters = ParseHyperparameters(hyperparameters).value();
  spec.train = {path};
  return spec;
}

// Amazon's own training log: observed_losses.csv has the cross-entropies that
// it shows for six of the 32 candidates.
TEST(LocalEpochTest, FollowsTheLinearLearnersLog) {
  LINEUP_TEST_DATA_OR_SKIP(data, "adult/adult_encoded.csv");
  LINEUP_TEST_DATA_OR_SKIP(log, "adult/observed_losses.csv");
  JobSpec spec = SpecFor(data, {{"predictor_type", "binary_classifier"},
                                {"mini_batch_size", "200"},
                                {"epochs", "10"}});
  spec.shuffle = false;
  spec.drop_last = true;
  Training training(spec, 2);
  std::vector<EpochLoss> epochs;
  for (int e = 0; e < 10; ++e) epochs.push_back(training.Train());

  std::ifstream file(log);
  std::string line;
  std::getline(file, line);
  int compared = 0;
  while (std::getline(file, line)) {
    const std::vector<std::string> fields = absl::StrSplit(line, ',');
    ASSERT_EQ(fields.size(), 3u) << line;
    int candidate, epoch;
    double loss;
    ASSERT_TRUE(absl::SimpleAtoi(fields[0], &candidate)) << line;
    ASSERT_TRUE(absl::SimpleAtoi(fields[1], &epoch)) << line;
    ASSERT_TRUE(absl::SimpleAtod(fields[2], &loss)) << line;
    EXPECT_NEAR(epochs[epoch].Mean(candidate), loss, 2e-5)
        << "candidate " << candidate << ", epoch " << epoch;
    ++compared;
  }
  EXPECT_EQ(compared, 18);
}

TEST(LocalEpochTest, ThreadsDoNotChangeABit) {
  for (const char* optimizer : {"adam", "ftrl"}) {
    std::vector<std::vector<float>> weights;
    for (const int threads : {1, 2, 4}) {
      JobSpec spec = SpecFor("examples/digits/train.csv",
                             {{"predictor_type", "multiclass_classifier"},
                              {"num_classes", "10"},
                              {"mini_batch_size", "97"},
                              {"optimizer", optimizer}});
      spec.num_lanes = 3;
      Training training(spec, threads);
      for (int e = 0; e < 3; ++e) training.Train();
      weights.push_back(training.Weights());
    }
    EXPECT_EQ(weights[0], weights[1]) << optimizer;
    EXPECT_EQ(weights[0], weights[2]) << optimizer;
  }
}

}  // namespace
}  // namespace lineup

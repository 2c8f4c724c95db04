#include "common/job/training_setup.h"

#include <string>
#include <utility>
#include <vector>

#include "common/job/job_plan_testing.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

JobPlan Plan(std::vector<NamedValue> hyperparameters) {
  hyperparameters.push_back({"mini_batch_size", "10"});
  return PlanJob(SpecOf({NumberedCsv(30)}, hyperparameters)).value();
}

// A sample with the given numbers of examples of each class.
SampleStatistics SampleOf(std::vector<double> class_counts) {
  SampleStatistics sample;
  for (const double count : class_counts) sample.examples += count;
  for (uint64_t i = 0; i < sample.examples; ++i) {
    sample.moments.label.Add(100 + 10.0 * (i % 2));
  }
  sample.moments.features.resize(2);
  for (int i = 0; i < 4; ++i) {
    sample.moments.features[0].Add(5 + 2 * (i % 2));
    sample.moments.features[1].Add(3);
  }
  sample.class_counts = std::move(class_counts);
  return sample;
}

TEST(TrainingSetupTest, BalancedPositivesWeighAsMuchAsNegatives) {
  const JobPlan plan = Plan({{"predictor_type", "binary_classifier"},
                             {"positive_example_weight_mult", "balanced"}});
  const TrainingSetup setup =
      MakeTrainingSetup(plan, SampleOf({30, 10}), 0).value();
  ASSERT_FALSE(setup.columns.candidates().empty());
  for (const Candidate& candidate : setup.columns.candidates()) {
    EXPECT_EQ(candidate.positive_example_weight_mult, 3.0);
  }
  EXPECT_TRUE(setup.class_weights.empty());
}

TEST(TrainingSetupTest, BalancingNeedsBothClasses) {
  const JobPlan plan = Plan({{"predictor_type", "binary_classifier"},
                             {"positive_example_weight_mult", "balanced"}});
  EXPECT_EQ(MakeTrainingSetup(plan, SampleOf({0, 8}), 0).status().message(),
            "positive_example_weight_mult: \"balanced\" needs examples of both "
            "classes, but the 8 sampled examples are all of class 1; give a "
            "number, or shuffle the training data");
  EXPECT_NE(MakeTrainingSetup(plan, SampleOf({8, 0}), 0)
                .status()
                .message()
                .find("all of class 0"),
            std::string::npos);
}

TEST(TrainingSetupTest, ClassesWeighByTheInverseOfTheirFrequency) {
  std::vector<NamedValue> hyperparameters = {
      {"predictor_type", "multiclass_classifier"},
      {"num_classes", "3"},
      {"balance_multiclass_weights", "true"}};
  EXPECT_EQ(MakeTrainingSetup(Plan(hyperparameters), SampleOf({30, 10, 0}), 0)
                .value()
                .class_weights,
            (std::vector<float>{40 / 30.0f, 4, 1e6}));
  hyperparameters.pop_back();
  EXPECT_TRUE(MakeTrainingSetup(Plan(hyperparameters), SampleOf({30, 10, 0}), 0)
                  .value()
                  .class_weights.empty());
}

TEST(TrainingSetupTest, AnEmptySampleNamesTheData) {
  const JobPlan plan = Plan({{"predictor_type", "regressor"}});
  const absl::Status status =
      MakeTrainingSetup(plan, SampleStatistics(), 0).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(status.message().find("train-0.csv; give data with"),
            std::string::npos)
      << status;
}

TEST(TrainingSetupTest, RegressorsNormaliseFeaturesAndLabel) {
  const TrainingSetup setup =
      MakeTrainingSetup(Plan({{"predictor_type", "regressor"}}), SampleOf({10}),
                        0)
          .value();
  EXPECT_EQ(setup.normalizer.shift(0), 6);
  EXPECT_EQ(setup.normalizer.scale(0), 1);
  EXPECT_EQ(setup.normalizer.label_shift(), 105);
  EXPECT_EQ(setup.normalizer.label_scale(), 5);
}

TEST(TrainingSetupTest, ClassifiersLeaveTheLabelAlone) {
  const TrainingSetup setup =
      MakeTrainingSetup(Plan({{"predictor_type", "binary_classifier"}}),
                        SampleOf({5, 5}), 0)
          .value();
  EXPECT_EQ(setup.normalizer.shift(0), 6);
  EXPECT_EQ(setup.normalizer.label_shift(), 0);
  EXPECT_EQ(setup.normalizer.label_scale(), 1);
}

TEST(TrainingSetupTest, WithoutABiasNothingIsShifted) {
  const TrainingSetup setup =
      MakeTrainingSetup(
          Plan({{"predictor_type", "regressor"}, {"use_bias", "false"}}),
          SampleOf({10}), 0)
          .value();
  EXPECT_EQ(setup.normalizer.shift(0), 0);
  EXPECT_EQ(setup.normalizer.label_shift(), 0);
  EXPECT_EQ(setup.normalizer.label_scale(), 5);
}

TEST(TrainingSetupTest, AllFeaturesOfTheDataAreKnown) {
  SampleStatistics sample = SampleOf({10});
  sample.moments.features.resize(1);
  EXPECT_EQ(
      MakeTrainingSetup(Plan({{"predictor_type", "regressor"}}), sample, 0)
          .value()
          .normalizer.num_features(),
      2u);
}

int64_t TotalUpdates(const JobPlan& plan, uint64_t examples) {
  return MakeTrainingSetup(plan, SampleOf({5, 5}), examples)
      .value()
      .columns.candidates()[0]
      .schedule.total_updates;
}

TEST(TrainingSetupTest, SchedulesKnowTheUpdatesOfTheJob) {
  JobPlan plan = Plan({{"predictor_type", "binary_classifier"},
                       {"epochs", "4"},
                       {"lr_schedule", "cosine"}});
  EXPECT_TRUE(NeedsExampleCount(plan));
  EXPECT_EQ(TotalUpdates(plan, 95), 4 * 10);  // minibatches of 10
  EXPECT_EQ(TotalUpdates(plan, 100), 4 * 10);
  EXPECT_EQ(TotalUpdates(plan, 101), 4 * 11);
  plan.spec.drop_last = true;
  EXPECT_EQ(TotalUpdates(plan, 95), 4 * 9);
  plan.spec.drop_last = false;
  // Synchronous lanes make their updates together, others one by one.
  plan.spec.num_lanes = 3;
  EXPECT_EQ(TotalUpdates(plan, 95), 4 * 4);
  plan.spec.staleness = 8;
  EXPECT_EQ(TotalUpdates(plan, 95), 4 * 10);
}

TEST(TrainingSetupTest, OtherSchedulesNeedNoCount) {
  EXPECT_FALSE(NeedsExampleCount(Plan({{"predictor_type", "regressor"}})));
}

}  // namespace
}  // namespace lineup

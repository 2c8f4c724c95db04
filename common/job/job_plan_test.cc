#include "common/job/job_plan.h"

#include <limits>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/job/job_plan_testing.h"
#include "common/model/model_directory.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

JobSpec Spec() {
  return SpecOf({NumberedCsv(10)}, {{"predictor_type", "binary_classifier"}});
}

void ExpectError(const JobSpec& spec, absl::string_view text) {
  const absl::Status status = PlanJob(spec).status();
  EXPECT_FALSE(status.ok()) << text;
  EXPECT_TRUE(absl::StrContains(status.message(), text)) << status;
}

TEST(JobPlanTest, PlansDataAndCandidates) {
  JobSpec spec = Spec();
  spec.validation = {WriteTestFile("validation.csv", NumberedCsv(4))};
  const JobPlan plan = PlanJob(spec).value();
  EXPECT_EQ(plan.train.splits().size(), 1u);
  ASSERT_TRUE(plan.validation.has_value());
  EXPECT_FALSE(plan.test.has_value());
  EXPECT_TRUE(plan.has_validation());
  EXPECT_FALSE(plan.sparse());
  EXPECT_EQ(plan.candidates.size(), 32u);
  EXPECT_EQ(plan.outputs, 1u);
  EXPECT_TRUE(plan.notes.empty());
}

TEST(JobPlanTest, MulticlassHasAnOutputPerClass) {
  EXPECT_EQ(PlanJob(SpecOf({NumberedCsv(10)},
                           {{"predictor_type", "multiclass_classifier"},
                            {"num_classes", "4"}}))
                .value()
                .outputs,
            4u);
}

TEST(JobPlanTest, SaysThatThereIsNoValidationData) {
  JobSpec spec = Spec();
  const JobPlan plan = PlanJob(spec).value();
  ASSERT_EQ(plan.notes.size(), 1u);
  EXPECT_TRUE(absl::StartsWith(plan.notes[0], "There is no validation data"));
  spec.validation_fraction = 0.2;
  EXPECT_TRUE(PlanJob(spec).value().notes.empty());
}

TEST(JobPlanTest, SaysThatSparseDataAreNotShifted) {
  JobSpec spec =
      SpecOf({}, {{"predictor_type", "regressor"}, {"unbias_data", "true"}});
  spec.train = {WriteTestFile("train.svm", "1 1:2 3:4\n2 2:5\n")};
  spec.validation_fraction = 0.5;
  const JobPlan plan = PlanJob(spec).value();
  EXPECT_TRUE(plan.sparse());
  ASSERT_EQ(plan.notes.size(), 1u);
  EXPECT_TRUE(absl::StartsWith(plan.notes[0], "unbias_data has no effect"));
}

TEST(JobPlanTest, NeedsTrainingData) {
  JobSpec spec = Spec();
  spec.train.clear();
  ExpectError(spec, "name files, directories or globs with --train");
}

TEST(JobPlanTest, NeedsAProperFraction) {
  JobSpec spec = Spec();
  for (const double fraction :
       {-0.1, 1.0, std::numeric_limits<double>::quiet_NaN()}) {
    spec.validation_fraction = fraction;
    ExpectError(spec, "--validation-fraction: found ");
    ExpectError(spec, ", expected a number from 0 to below 1");
  }
}

TEST(JobPlanTest, ValidationDataAndFractionExcludeEachOther) {
  JobSpec spec = Spec();
  spec.validation = spec.train;
  spec.validation_fraction = 0.1;
  ExpectError(spec,
              "--validation and --validation-fraction exclude each other");
}

uint32_t LanesFor(int examples, int mini_batch_size) {
  JobSpec spec = SpecOf({NumberedCsv(examples)},
                        {{"predictor_type", "binary_classifier"},
                         {"mini_batch_size", absl::StrCat(mini_batch_size)}});
  spec.num_lanes = kAutoLanes;
  return PlanJob(spec).value().spec.num_lanes;
}

TEST(JobPlanTest, HasAsManyLanesAsTheDataIsEnoughFor) {
  EXPECT_EQ(LanesFor(10, 1000), 1u);
  EXPECT_EQ(LanesFor(1000, 10), 6u);  // of 16 minibatches each
  EXPECT_EQ(LanesFor(100000, 10), 8u);
  EXPECT_EQ(LanesFor(100000, 10000), 1u);
}

TEST(JobPlanTest, TooManyLanesAreRefused) {
  JobSpec spec = Spec();
  spec.num_lanes = 4000000000;
  ExpectError(spec, "--lanes: found 4000000000, expected at most 1024");
}

TEST(JobPlanTest, ErrorsOfDataNameTheirFlag) {
  JobSpec spec = Spec();
  spec.train = {"/no/such/file"};
  ExpectError(spec, "--train: ");
  ExpectError(spec, "/no/such/file");
  spec = Spec();
  spec.validation = {"/no/such/file"};
  ExpectError(spec, "--validation: ");
  spec = Spec();
  spec.test = {WriteTestFile("narrow.csv", "1,2\n0,3\n")};
  ExpectError(spec, "--test: ");
  ExpectError(spec, "narrow.csv");
}

// A model of two features to continue from.
JobSpec WarmStart(const LinearModel& model) {
  JobSpec spec = Spec();
  spec.warm_start = TestDirectory() + "/model";
  EXPECT_EQ(WriteModelDirectory(spec.warm_start, ModelDocument(), model),
            absl::OkStatus());
  return spec;
}

LinearModel Model(uint32_t features) {
  LinearModel model;
  model.num_features = features;
  model.weights.assign(features, 0.5f);
  model.bias = {1};
  return model;
}

TEST(JobPlanTest, ContinuesFromAModel) {
  const auto plan = PlanJob(WarmStart(Model(2)));
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_TRUE(plan->warm_start.has_value());
  EXPECT_EQ(plan->warm_start->model.weights, Model(2).weights);
}

TEST(JobPlanTest, ContinuesFromAModelOfTheSameFeaturesOnly) {
  ExpectError(WarmStart(Model(3)),
              "has 3 features, but the training data has 2; continue from");
}

TEST(JobPlanTest, ContinuesFromAModelOfTheSameTypeOnly) {
  LinearModel model = Model(2);
  model.predictor_type = PredictorType::kRegressor;
  model.loss = LossType::kSquared;
  ExpectError(WarmStart(model),
              "is a regressor, but predictor_type is binary_classifier");
}

TEST(JobPlanTest, ContinuesFromAModelOfTheSameClassesOnly) {
  LinearModel model;
  model.predictor_type = PredictorType::kMulticlassClassifier;
  model.loss = LossType::kSoftmax;
  model.num_features = 2;
  model.num_classes = 3;
  model.weights.assign(6, 0.5f);
  model.bias.assign(3, 0);
  JobSpec spec = WarmStart(model);
  spec.hyperparameters =
      ParseHyperparameters(
          {{"predictor_type", "multiclass_classifier"}, {"num_classes", "4"}})
          .value();
  ExpectError(spec, "has 3 classes, but num_classes is 4; continue from");
}

TEST(JobPlanTest, AMissingModelIsNamed) {
  JobSpec spec = Spec();
  spec.warm_start = "/no/such/model";
  ExpectError(spec, "--warm-start: ");
  ExpectError(spec, "/no/such/model");
}

TEST(JobPlanTest, EachLaneHasAtLeastFourSplits) {
  JobSpec spec = Spec();
  WriteTestFile("train-0.csv", NumberedCsv(200000));
  for (const uint32_t lanes : {1, 8, 12}) {
    spec.num_lanes = lanes;
    EXPECT_GE(PlanJob(spec).value().train.splits().size(), 4 * lanes);
  }
}

TEST(DataFingerprintTest, TellsOtherDataApart) {
  JobSpec spec = Spec();
  const uint64_t fingerprint = DataFingerprint(PlanJob(spec).value());
  EXPECT_EQ(DataFingerprint(PlanJob(spec).value()), fingerprint);
  JobSpec validated = spec;
  validated.validation = spec.train;
  EXPECT_NE(DataFingerprint(PlanJob(validated).value()), fingerprint);
  JobSpec divided = spec;
  divided.data.split_bytes = 16;
  EXPECT_NE(DataFingerprint(PlanJob(divided).value()), fingerprint);
  WriteTestFile("train-0.csv", NumberedCsv(11));
  EXPECT_NE(DataFingerprint(PlanJob(spec).value()), fingerprint);
}

}  // namespace
}  // namespace lineup

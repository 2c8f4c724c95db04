#include "common/job/sample_statistics.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/job/job_plan_testing.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

JobPlan Plan(const std::vector<std::string>& files, bool shuffle,
             const char* mini_batch_size, const char* num_point_for_scaler,
             double validation_fraction = 0) {
  JobSpec spec =
      SpecOf(files, {{"predictor_type", "binary_classifier"},
                     {"mini_batch_size", mini_batch_size},
                     {"num_point_for_scaler", num_point_for_scaler}});
  spec.shuffle = shuffle;
  spec.validation_fraction = validation_fraction;
  return PlanJob(spec).value();
}

SampleStatistics Sample(const JobPlan& plan) {
  SampleStatistics sample;
  for (const SampleTask& task : PlanSample(plan)) {
    const auto part = ReadSample(plan, task);
    EXPECT_TRUE(part.ok()) << part.status();
    if (part.ok()) sample.Merge(*part);
  }
  return sample;
}

// floor(num_point_for_scaler / mini_batch_size) + 1 minibatches; a trailing
// partial one does not count, unless there is nothing else.
TEST(SampleStatisticsTest, InFileOrderItIsTheLinearLearnersSample) {
  struct Case {
    int examples;
    const char* mini_batch_size;
    const char* num_point_for_scaler;
    uint64_t want;
  };
  for (const Case& c : {Case{100, "10", "25", 30}, Case{100, "10", "30", 40},
                        Case{100, "10", "9", 10}, Case{35, "10", "80", 30},
                        Case{40, "10", "1000", 40}, Case{7, "10", "25", 7}}) {
    const SampleStatistics sample =
        Sample(Plan({NumberedCsv(c.examples)}, false, c.mini_batch_size,
                    c.num_point_for_scaler));
    EXPECT_EQ(sample.examples, c.want);
    EXPECT_EQ(sample.moments.label.count, c.want);
    ASSERT_EQ(sample.moments.features.size(), 2u);
    // The first ones: 0, 1, 2 ...
    EXPECT_NEAR(sample.moments.features[0].mean, (c.want - 1) / 2.0, 1e-9);
  }
}

TEST(SampleStatisticsTest, InFileOrderItRunsOnAcrossFiles) {
  const SampleStatistics sample =
      Sample(Plan({NumberedCsv(15), NumberedCsv(15, 15), NumberedCsv(15, 30)},
                  false, "10", "35"));
  EXPECT_EQ(sample.examples, 40u);
  EXPECT_NEAR(sample.moments.features[0].mean, 19.5, 1e-9);
}

TEST(SampleStatisticsTest, ShufflingTakesItFromFourPlaces) {
  const JobPlan plan =
      Plan({NumberedCsv(100), NumberedCsv(100, 1000), NumberedCsv(100, 2000),
            NumberedCsv(100, 3000), NumberedCsv(100, 4000)},
           true, "10", "30");
  ASSERT_EQ(PlanSample(plan).size(), 4u);
  std::vector<size_t> splits;
  for (const SampleTask& task : PlanSample(plan)) {
    splits.insert(splits.end(), task.splits.begin(), task.splits.end());
  }
  EXPECT_EQ(splits, (std::vector<size_t>{0, 1, 2, 3, 4}));
  const SampleStatistics sample = Sample(plan);
  EXPECT_EQ(sample.examples, 40u);
  EXPECT_GT(sample.moments.features[0].mean, 1000);
}

// Of 64 examples, each with a feature of its own and one far out that all have.
TEST(SampleStatisticsTest, OfSparseDataItHoldsTheFeaturesThatItHasSeen) {
  std::string libsvm;
  for (int i = 0; i < 64; ++i) {
    absl::StrAppend(&libsvm, i % 2, " ", 1000 * (i + 1), ":2 10000000:", i + 1,
                    "\n");
  }
  const SampleStatistics sample =
      Sample(Plan({libsvm, libsvm}, true, "8", "1000"));
  EXPECT_EQ(sample.examples, 128u);
  EXPECT_EQ(sample.moments.num_features(), 10'000'000u);
  EXPECT_TRUE(sample.moments.features.empty());
  ASSERT_EQ(sample.moments.seen.size(), 65u);
  const Moments& far = sample.moments.seen.at(9'999'999);
  EXPECT_EQ(far.count, 128);
  EXPECT_NEAR(far.mean, 65 / 2.0, 1e-12);
  EXPECT_EQ(far.smallest, 1);
  EXPECT_EQ(far.largest, 64);
  for (uint32_t i = 0; i < 64; ++i) {
    EXPECT_EQ(sample.moments.seen.at(1000 * (i + 1) - 1).count, 2);
  }
}

TEST(SampleStatisticsTest, MergesWhatItsPartsHaveCounted) {
  SampleStatistics sample, part;
  sample.class_counts = {1};
  sample.examples = 1;
  part.class_counts = {2, 0.5};
  part.examples = 2;
  part.moments.num_sparse_features = 4;
  part.moments.seen[3].Add(5);
  sample.Merge(part);
  EXPECT_EQ(sample.class_counts, (std::vector<double>{3, 0.5}));
  EXPECT_EQ(sample.examples, 3u);
  EXPECT_EQ(sample.moments.num_features(), 4u);
  EXPECT_EQ(sample.moments.seen.at(3).mean, 5);
}

TEST(SampleStatisticsTest, CountsClassesAsTheTrainerSeesThem) {
  std::string csv;
  for (int i = 0; i < 30; ++i) csv += i % 3 == 0 ? "1,5,1\n" : "-1,6,2\n";
  const SampleStatistics sample = Sample(Plan({csv}, false, "10", "100"));
  EXPECT_EQ(sample.class_counts, (std::vector<double>{20, 10}));
  EXPECT_NEAR(sample.moments.label.mean, 1 / 3.0, 1e-12);
}

TEST(SampleStatisticsTest, LeavesOutWhatIsHeldOut) {
  const JobPlan plan = Plan({NumberedCsv(200)}, false, "1", "1000", 0.25);
  const SampleStatistics sample = Sample(plan);
  EXPECT_GT(sample.examples, 120u);
  EXPECT_LT(sample.examples, 180u);
  EXPECT_EQ(CountExamples(plan, 0).value(), sample.examples);
}

TEST(SampleStatisticsTest, CountsTheExamplesOfASplit) {
  const JobPlan plan =
      Plan({NumberedCsv(20), NumberedCsv(3)}, true, "10", "30");
  ASSERT_EQ(plan.train.splits().size(), 2u);
  EXPECT_EQ(CountExamples(plan, 0).value(), 20u);
  EXPECT_EQ(CountExamples(plan, 1).value(), 3u);
}

TEST(SampleStatisticsTest, ABadRecordIsAnErrorWithItsPlace) {
  const JobPlan plan =
      Plan({NumberedCsv(20) + "1,oops,3\n"}, false, "10", "100");
  const absl::Status status = ReadSample(plan, PlanSample(plan)[0]).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(status.message().find("train-0.csv:21"), std::string::npos)
      << status;
}

}  // namespace
}  // namespace lineup

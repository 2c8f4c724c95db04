#include "common/job/sample_statistics.h"

#include <string>
#include <vector>

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

TEST(SampleStatisticsTest, MergingInOrderIsMergingOneByOne) {
  std::vector<SampleStatistics> parts(4);
  for (size_t p = 0; p < parts.size(); ++p) {
    SampleStatistics& part = parts[p];
    part.examples = p + 1;
    part.class_counts.assign(p % 3, 0.5 * p);
    // The widest is neither the first nor the last.
    part.moments.features.resize(p == 2 ? 30000 : 10000 * p);
    part.moments.label.Add(0.1 * p);
    for (size_t f = p; f < part.moments.features.size(); f += p + 1) {
      for (size_t i = 0; i <= f % 3; ++i) {
        part.moments.features[f].Add(1.0 / (1 + f + i + p));
      }
    }
  }
  SampleStatistics one_by_one;
  for (const SampleStatistics& part : parts) one_by_one.Merge(part);
  ThreadPool pool(2);
  const SampleStatistics merged = MergeInOrder(parts, &pool);
  EXPECT_EQ(merged.examples, one_by_one.examples);
  EXPECT_EQ(merged.class_counts, one_by_one.class_counts);
  EXPECT_EQ(merged.moments.label.mean, one_by_one.moments.label.mean);
  const auto& expected = one_by_one.moments.features;
  ASSERT_EQ(merged.moments.features.size(), expected.size());
  for (size_t f = 0; f < expected.size(); ++f) {
    const Moments& m = merged.moments.features[f];
    ASSERT_EQ(m.count, expected[f].count) << f;
    ASSERT_EQ(m.mean, expected[f].mean) << f;
    ASSERT_EQ(m.squared_deviations, expected[f].squared_deviations) << f;
    ASSERT_EQ(m.smallest, expected[f].smallest) << f;
    ASSERT_EQ(m.largest, expected[f].largest) << f;
  }
  EXPECT_EQ(MergeInOrder({}, &pool).examples, 0u);
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

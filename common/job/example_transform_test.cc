#include "common/job/example_transform.h"

#include <algorithm>
#include <set>
#include <vector>

#include "common/job/job_plan_testing.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

JobPlan Plan(const char* predictor_type, double validation_fraction) {
  std::vector<NamedValue> hyperparameters = {{"predictor_type", predictor_type},
                                             {"seed", "7"}};
  JobSpec spec = SpecOf({NumberedCsv(10)}, hyperparameters);
  spec.validation_fraction = validation_fraction;
  return PlanJob(spec).value();
}

// Examples `begin` to `end` of a split; the first value is the number.
Examples Block(bool sparse, uint32_t begin, uint32_t end) {
  Examples block;
  block.sparse = sparse;
  block.num_features = 100;
  if (sparse) block.row_starts.push_back(0);
  for (uint32_t i = begin; i < end; ++i) {
    block.labels.push_back(i % 2 == 0 ? -1 : 1);
    block.weights.push_back(2 * i);
    if (!sparse) {
      block.values.resize(block.labels.size() * 100, i);
      continue;
    }
    // Rows of 0, 1 and 2 values.
    for (uint32_t j = 0; j < i % 3; ++j) {
      block.feature_ids.push_back(10 * j + i % 10);
      block.values.push_back(i);
    }
    block.row_starts.push_back(block.feature_ids.size());
  }
  return block;
}

void ExpectSame(const Examples& a, const Examples& b) {
  EXPECT_EQ(a.labels, b.labels);
  EXPECT_EQ(a.weights, b.weights);
  EXPECT_EQ(a.values, b.values);
  EXPECT_EQ(a.feature_ids, b.feature_ids);
  EXPECT_EQ(a.row_starts, b.row_starts);
}

void Append(const Examples& block, Examples* all) {
  const auto append = [](const auto& from, auto* to) {
    to->insert(to->end(), from.begin(), from.end());
  };
  append(block.labels, &all->labels);
  append(block.weights, &all->weights);
  append(block.values, &all->values);
  append(block.feature_ids, &all->feature_ids);
  if (all->row_starts.empty()) all->row_starts.push_back(0);
  const uint64_t base = all->row_starts.back();
  for (size_t i = 1; i < block.row_starts.size(); ++i) {
    all->row_starts.push_back(base + block.row_starts[i]);
  }
}

TEST(ExampleTransformTest, LabelsOfBinaryClassifiersBecomeZeroAndOne) {
  const ExampleTransform transform(Plan("binary_classifier", 0),
                                   TrainingPart::kTrain);
  Examples block = Block(false, 0, 4);
  ASSERT_TRUE(transform.Apply(0, 0, &block).ok());
  EXPECT_EQ(block.labels, (std::vector<float>{0, 1, 0, 1}));
  ASSERT_TRUE(transform.Apply(0, 0, &block).ok());
  EXPECT_EQ(block.labels, (std::vector<float>{0, 1, 0, 1}));
}

TEST(ExampleTransformTest, LabelsOfRegressorsStay) {
  const ExampleTransform transform(Plan("regressor", 0), TrainingPart::kTrain);
  Examples block = Block(true, 0, 4);
  const Examples before = block;
  ASSERT_TRUE(transform.Apply(0, 0, &block).ok());
  ExpectSame(block, before);
}

TEST(ExampleTransformTest, WithoutAFractionEverythingIsTrainedOn) {
  const ExampleTransform transform(Plan("regressor", 0), TrainingPart::kTrain);
  Examples block = Block(false, 0, 50);
  ASSERT_TRUE(transform.Apply(0, 0, &block).ok());
  EXPECT_EQ(block.size(), 50u);
}

TEST(ExampleTransformTest, EveryExampleIsTrainedOnOrHeldOut) {
  const JobPlan plan = Plan("regressor", 0.3);
  for (const bool sparse : {false, true}) {
    std::multiset<float> weights;
    for (const TrainingPart part :
         {TrainingPart::kTrain, TrainingPart::kHeldOut}) {
      const ExampleTransform transform(plan, part);
      Examples block = Block(sparse, 0, 200);
      ASSERT_TRUE(transform.Apply(3, 0, &block).ok());
      EXPECT_GT(block.size(), 20u);
      EXPECT_EQ(block.sparse, sparse);
      EXPECT_EQ(block.num_features, 100u);
      weights.insert(block.weights.begin(), block.weights.end());
    }
    EXPECT_EQ(weights.size(), 200u);
    EXPECT_EQ(std::set<float>(weights.begin(), weights.end()).size(), 200u);
  }
}

// What is kept of an example stays together.
TEST(ExampleTransformTest, KeptExamplesAreWhole) {
  const ExampleTransform transform(Plan("regressor", 0.5),
                                   TrainingPart::kTrain);
  for (const bool sparse : {false, true}) {
    Examples block = Block(sparse, 0, 60);
    ASSERT_TRUE(transform.Apply(0, 0, &block).ok());
    Examples want;
    for (const float weight : block.weights) {
      const uint32_t i = weight / 2;
      Append(Block(sparse, i, i + 1), &want);
    }
    if (!sparse) want.row_starts.clear();
    ExpectSame(block, want);
  }
}

TEST(ExampleTransformTest, BlocksMayBeOfAnySize) {
  const ExampleTransform transform(Plan("binary_classifier", 0.3),
                                   TrainingPart::kTrain);
  for (const bool sparse : {false, true}) {
    Examples whole = Block(sparse, 0, 100);
    ASSERT_TRUE(transform.Apply(1, 0, &whole).ok());
    for (const uint32_t size : {1u, 7u, 64u}) {
      Examples joined;
      for (uint32_t begin = 0; begin < 100; begin += size) {
        Examples block = Block(sparse, begin, std::min(begin + size, 100u));
        ASSERT_TRUE(transform.Apply(1, begin, &block).ok());
        Append(block, &joined);
      }
      if (!sparse) joined.row_starts.clear();
      ExpectSame(joined, whole);
    }
  }
}

TEST(ExampleTransformTest, AllMeansAlsoWhatIsHeldOut) {
  const ExampleTransform transform(Plan("regressor", 0.5), TrainingPart::kAll);
  Examples block = Block(true, 0, 60);
  ASSERT_TRUE(transform.Apply(0, 0, &block).ok());
  EXPECT_EQ(block.size(), 60u);
}

TEST(ExampleTransformTest, Normalises) {
  SampleMoments sample;
  Examples block = Block(false, 0, 10);
  sample.Add(block, 0, 10);
  const Normalizer normalizer(sample, false, NormalizerOptions());
  const ExampleTransform transform(Plan("regressor", 0), TrainingPart::kAll,
                                   &normalizer);
  Examples want = block;
  normalizer.Apply(&want);
  ASSERT_TRUE(transform.Apply(0, 0, &block).ok());
  ExpectSame(block, want);
}

TEST(NumClassesTest, IsZeroForRegressors) {
  Hyperparameters hp;
  hp.predictor_type = PredictorType::kRegressor;
  EXPECT_EQ(NumClasses(hp), 0u);
  hp.predictor_type = PredictorType::kBinaryClassifier;
  EXPECT_EQ(NumClasses(hp), 2u);
  hp.predictor_type = PredictorType::kMulticlassClassifier;
  hp.num_classes = 5;
  EXPECT_EQ(NumClasses(hp), 5u);
}

}  // namespace
}  // namespace lineup

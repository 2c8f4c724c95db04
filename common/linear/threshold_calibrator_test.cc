#include "common/linear/threshold_calibrator.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <vector>

#include "common/base/random.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

struct Example {
  float score;
  bool label;
  double weight = 1;
};

ConfusionMatrix ConfusionAt(const std::vector<Example>& examples,
                            double threshold) {
  ConfusionMatrix confusion;
  for (const Example& example : examples) {
    confusion.Add(example.score >= threshold, example.label, example.weight);
  }
  return confusion;
}

Calibration Calibrate(const ThresholdGoal& goal,
                      const std::vector<Example>& examples,
                      ScoreKind kind = ScoreKind::kProbability) {
  // By score: the weights of negatives and positives.
  std::map<float, std::pair<double, double>, std::greater<float>> groups;
  double positives = 0;
  double negatives = 0;
  for (const Example& example : examples) {
    auto& group = groups[example.score];
    (example.label ? group.second : group.first) += example.weight;
    (example.label ? positives : negatives) += example.weight;
  }
  ThresholdCalibrator calibrator(goal, kind, positives, negatives);
  for (const auto& [score, weights] : groups) {
    calibrator.Add(score, score, weights.second, weights.first);
  }
  return calibrator.Finish();
}

ThresholdGoal GoalOf(SelectionCriterion criterion) {
  ThresholdGoal goal;
  goal.criterion = criterion;
  return goal;
}

// Highest first: + - + + - + - -
std::vector<Example> Mixed() {
  return {{0.9f, true},  {0.8f, false}, {0.7f, true},  {0.6f, true},
          {0.4f, false}, {0.3f, true},  {0.2f, false}, {0.1f, false}};
}

TEST(ThresholdCalibratorTest, Accuracy) {
  const Calibration result =
      Calibrate(GoalOf(SelectionCriterion::kAccuracy), Mixed());
  // Above .4: 3 + 3 of 8 right; above .2, too (4 + 2), but farther from 1/2.
  EXPECT_EQ(result.threshold, (double{0.6f} + double{0.4f}) / 2);
  EXPECT_DOUBLE_EQ(result.criterion, 6.0 / 8);
  EXPECT_EQ(result.confusion.true_positives, 3);
  EXPECT_EQ(result.confusion.false_positives, 1);
  EXPECT_EQ(result.confusion.true_negatives, 3);
  EXPECT_EQ(result.confusion.false_negatives, 1);
  EXPECT_TRUE(result.target_met);
}

TEST(ThresholdCalibratorTest, TheLossFunctionCalibratesForAccuracy) {
  const Calibration loss =
      Calibrate(GoalOf(SelectionCriterion::kLossFunction), Mixed());
  EXPECT_EQ(
      loss.threshold,
      Calibrate(GoalOf(SelectionCriterion::kAccuracy), Mixed()).threshold);
}

TEST(ThresholdCalibratorTest, FBeta) {
  ThresholdGoal goal = GoalOf(SelectionCriterion::kFBeta);
  // F1: 2 TP / (2 TP + FP + FN): 8 / 10 above .2, 6 / 8 above .4.
  EXPECT_DOUBLE_EQ(Calibrate(goal, Mixed()).criterion, 0.8);
  EXPECT_NEAR(Calibrate(goal, Mixed()).threshold, 0.25, 1e-7);
  // F0.5: 5 / (5 + 2) above .2, 3.75 / (3.75 + .25 + 1) above .4.
  goal.f_beta = 0.5;
  EXPECT_DOUBLE_EQ(Calibrate(goal, Mixed()).criterion, 0.75);
  EXPECT_NEAR(Calibrate(goal, Mixed()).threshold, 0.5, 1e-7);
}

TEST(ThresholdCalibratorTest, PrecisionAtTargetRecall) {
  ThresholdGoal goal = GoalOf(SelectionCriterion::kPrecisionAtTargetRecall);
  goal.target_recall = 0.75;
  Calibration result = Calibrate(goal, Mixed());
  EXPECT_NEAR(result.threshold, 0.5, 1e-7);
  EXPECT_DOUBLE_EQ(result.criterion, 0.75);
  goal.target_recall = 0.76;
  result = Calibrate(goal, Mixed());
  EXPECT_NEAR(result.threshold, 0.25, 1e-7);
  EXPECT_DOUBLE_EQ(result.criterion, 4.0 / 6);
  EXPECT_TRUE(result.target_met);
}

TEST(ThresholdCalibratorTest, RecallAtTargetPrecision) {
  ThresholdGoal goal = GoalOf(SelectionCriterion::kRecallAtTargetPrecision);
  goal.target_precision = 0.75;
  Calibration result = Calibrate(goal, Mixed());
  EXPECT_NEAR(result.threshold, 0.5, 1e-7);
  EXPECT_DOUBLE_EQ(result.criterion, 0.75);
  goal.target_precision = 0.8;
  result = Calibrate(goal, Mixed());
  EXPECT_NEAR(result.threshold, 0.85, 1e-7);
  EXPECT_DOUBLE_EQ(result.criterion, 0.25);
  EXPECT_TRUE(result.target_met);
}

TEST(ThresholdCalibratorTest, ATargetIsMetByTheRatioAsWritten) {
  // 12 of 15 is a recall of 0.8, whatever 0.8 * 15 rounds to.
  for (const int tenth : {1, 2, 3, 6, 7, 8, 9}) {
    for (const int positives : {10, 30, 70, 90, 110}) {
      ThresholdGoal goal = GoalOf(SelectionCriterion::kPrecisionAtTargetRecall);
      goal.target_recall = tenth / 10.0;
      ThresholdCalibrator calibrator(goal, ScoreKind::kProbability, positives,
                                     1000);
      calibrator.Add(0.9, 0.9, positives * tenth / 10, 0);
      calibrator.Add(0.5, 0.5, positives - positives * tenth / 10, 1000);
      EXPECT_EQ(calibrator.Finish().criterion, 1) << tenth << " " << positives;
    }
  }
}

TEST(ThresholdCalibratorTest, TheClosestToATargetOutOfReachIsTaken) {
  ThresholdGoal goal = GoalOf(SelectionCriterion::kRecallAtTargetPrecision);
  goal.target_precision = 0.9;
  // Precisions from the top: 0, 1/2, 2/3, 1/2.
  const Calibration result = Calibrate(
      goal, {{0.9f, false}, {0.8f, true}, {0.7f, true}, {0.6f, false}});
  EXPECT_FALSE(result.target_met);
  EXPECT_NEAR(result.threshold, 0.65, 1e-7);
  EXPECT_DOUBLE_EQ(result.criterion, 2.0 / 3 - 0.9);
}

TEST(ThresholdCalibratorTest, WithoutPositivesNoRecallIsMet) {
  const Calibration result =
      Calibrate(GoalOf(SelectionCriterion::kPrecisionAtTargetRecall),
                {{0.9f, false}, {0.2f, false}});
  EXPECT_FALSE(result.target_met);
  EXPECT_DOUBLE_EQ(result.criterion, -0.8);
}

TEST(ThresholdCalibratorTest, AllOneClassIsCutBeyondTheScores) {
  const ThresholdGoal goal = GoalOf(SelectionCriterion::kAccuracy);
  EXPECT_DOUBLE_EQ(Calibrate(goal, {{0.75f, false}}).threshold, 0.875);
  EXPECT_DOUBLE_EQ(Calibrate(goal, {{0.25f, true}}).threshold, 0.125);
  // All scores at the end of the range.
  EXPECT_GT(Calibrate(goal, {{1.0f, false}}).threshold, 1);
  EXPECT_EQ(Calibrate(goal, {{0.0f, true}}).threshold, 0);
  const ScoreKind linear = ScoreKind::kLinearValue;
  EXPECT_EQ(Calibrate(goal, {{7.0f, false}}, linear).threshold, 14);
  EXPECT_EQ(Calibrate(goal, {{-7.0f, false}}, linear).threshold, -6);
  EXPECT_EQ(Calibrate(goal, {{-7.0f, true}}, linear).threshold, -14);
  EXPECT_EQ(Calibrate(goal, {{1e30f, true}}, linear).threshold, 1e30f - 1.0);
  EXPECT_EQ(Calibrate(goal, {{1e30f, false}}, linear).threshold,
            2 * double{1e30f});
}

TEST(ThresholdCalibratorTest, NoExamplesLeaveOneHalf) {
  EXPECT_EQ(Calibrate(ThresholdGoal(), {}).threshold, 0.5);
}

// The criterion of a threshold, computed in another way.
double Measure(const ThresholdGoal& goal, const ConfusionMatrix& c) {
  switch (goal.criterion) {
    case SelectionCriterion::kFBeta: {
      const double b2 = goal.f_beta * goal.f_beta;
      const double p = c.Precision();
      const double r = c.Recall();
      return p + r == 0 ? 0 : (1 + b2) * p * r / (b2 * p + r);
    }
    case SelectionCriterion::kPrecisionAtTargetRecall:
      return c.Recall() >= goal.target_recall ? c.Precision()
                                              : c.Recall() - goal.target_recall;
    case SelectionCriterion::kRecallAtTargetPrecision:
      return c.Precision() >= goal.target_precision
                 ? c.Recall()
                 : c.Precision() - goal.target_precision;
    default:
      return c.Accuracy();
  }
}

TEST(ThresholdCalibratorTest, NoThresholdIsBetter) {
  SplitMix64 random(11);
  for (int round = 0; round < 400; ++round) {
    std::vector<Example> examples(1 + random.Below(40));
    const bool weighted = random.Below(2) == 1;
    const uint64_t distinct = 1 + random.Below(30);
    for (Example& example : examples) {
      example.score = static_cast<float>(random.Below(distinct + 1)) /
                      static_cast<float>(distinct);
      example.label = random.Uniform() < example.score;
      if (weighted) example.weight = 1 + static_cast<double>(random.Below(4));
    }
    for (const SelectionCriterion criterion :
         {SelectionCriterion::kAccuracy, SelectionCriterion::kFBeta,
          SelectionCriterion::kPrecisionAtTargetRecall,
          SelectionCriterion::kRecallAtTargetPrecision}) {
      ThresholdGoal goal = GoalOf(criterion);
      goal.f_beta = 0.5 + random.Uniform();
      goal.target_recall = random.Uniform();
      goal.target_precision = random.Uniform();
      const Calibration result = Calibrate(goal, examples);
      // The threshold does to the scores what was promised.
      const ConfusionMatrix confusion = ConfusionAt(examples, result.threshold);
      ASSERT_EQ(confusion.true_positives, result.confusion.true_positives);
      ASSERT_EQ(confusion.false_positives, result.confusion.false_positives);
      ASSERT_EQ(confusion.true_negatives, result.confusion.true_negatives);
      ASSERT_EQ(confusion.false_negatives, result.confusion.false_negatives);
      ASSERT_NEAR(Measure(goal, confusion), result.criterion, 1e-12);
      ASSERT_EQ(result.target_met, result.criterion >= 0);
      for (double threshold = -0.01; threshold < 1.02; threshold += 0.001) {
        ASSERT_LE(Measure(goal, ConfusionAt(examples, threshold)),
                  result.criterion + 1e-12);
      }
    }
  }
}

}  // namespace
}  // namespace lineup

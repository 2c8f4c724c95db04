#include "common/linear/selection.h"

#include <cmath>
#include <limits>
#include <vector>

#include "gtest/gtest.h"

namespace lineup {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Candidates given as {criterion, loss}.
std::vector<CandidateEvaluation> Evaluations(
    const std::vector<std::pair<double, double>>& values) {
  std::vector<CandidateEvaluation> evaluations;
  for (const auto& [criterion, loss] : values) {
    CandidateEvaluation evaluation;
    evaluation.criterion = criterion;
    evaluation.objective_loss = loss;
    evaluations.push_back(evaluation);
  }
  return evaluations;
}

absl::StatusOr<size_t> Select(
    Goal goal, const std::vector<std::pair<double, double>>& values) {
  std::vector<Candidate> candidates(values.size());
  for (size_t c = 0; c < candidates.size(); ++c) {
    candidates[c].learning_rate = 0.5 + static_cast<double>(c);
  }
  return SelectBest(goal, Evaluations(values), candidates);
}

TEST(SelectionTest, BinaryClassifiersAreComparedByTheirCriterion) {
  const ComparedBy by = CandidatesComparedBy(PredictorType::kBinaryClassifier,
                                             SelectionCriterion::kFBeta);
  EXPECT_EQ(by.goal, Goal::kMaximize);
  EXPECT_EQ(by.name, "f_beta");
}

TEST(SelectionTest, AllOthersAreComparedByLoss) {
  for (const auto& [type, criterion] :
       {std::pair{PredictorType::kBinaryClassifier,
                  SelectionCriterion::kLossFunction},
        {PredictorType::kMulticlassClassifier, SelectionCriterion::kAccuracy},
        {PredictorType::kRegressor, SelectionCriterion::kAccuracy}}) {
    const ComparedBy by = CandidatesComparedBy(type, criterion);
    EXPECT_EQ(by.goal, Goal::kMinimize);
    EXPECT_EQ(by.name, "objective_loss");
  }
}

TEST(SelectionTest, TheBestCriterionWins) {
  EXPECT_EQ(*Select(Goal::kMaximize, {{0.8, 1}, {0.9, 3}, {0.7, 2}}), 1);
  EXPECT_EQ(*Select(Goal::kMinimize, {{0.8, 1}, {0.9, 3}, {0.7, 2}}), 2);
  // Closer to an unmet target beats farther, and met beats unmet.
  EXPECT_EQ(*Select(Goal::kMaximize, {{-0.3, 1}, {-0.1, 3}, {-0.2, 2}}), 1);
  EXPECT_EQ(*Select(Goal::kMaximize, {{-0.3, 1}, {0.0, 3}, {-0.2, 2}}), 1);
}

TEST(SelectionTest, TiesGoToTheLowerLossThenTheFirst) {
  EXPECT_EQ(*Select(Goal::kMaximize, {{0.8, 1}, {0.9, 3}, {0.9, 2}}), 2);
  EXPECT_EQ(*Select(Goal::kMaximize, {{0.8, 1}, {0.9, 2}, {0.9, 2}}), 1);
}

TEST(SelectionTest, WhatIsNotFiniteIsNeverChosen) {
  EXPECT_EQ(*Select(Goal::kMinimize, {{kNan, kNan}, {7, 7}, {-kInfinity, 1}}),
            1);
  EXPECT_EQ(*Select(Goal::kMaximize, {{0.9, kNan}, {0.1, 7}, {kInfinity, 1}}),
            1);
}

TEST(SelectionTest, IfAllHaveDivergedTheErrorSaysWhatToDo) {
  const auto all = Select(Goal::kMinimize, {{kNan, kNan}, {kNan, kNan}});
  EXPECT_EQ(all.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(all.status().message(),
            "all 2 candidates have diverged: their scores are not finite "
            "numbers, so there is no best one; try a learning_rate well below "
            "0.5, the lowest of these, and keep normalize_data on");
  EXPECT_EQ(Select(Goal::kMinimize, {{kNan, kNan}}).status().message(),
            "the candidate has diverged: its scores are not finite numbers, "
            "so there is no best one; try a learning_rate well below 0.5, the "
            "lowest of these, and keep normalize_data on");
}

TEST(SelectionTest, AMissedTargetIsTold) {
  ThresholdGoal goal;
  goal.criterion = SelectionCriterion::kRecallAtTargetPrecision;
  goal.target_precision = 0.75;
  CandidateEvaluation chosen;
  chosen.criterion = 0.5;
  EXPECT_EQ(MissedTarget(goal, chosen, "validation data"), "");
  chosen.target_met = false;
  chosen.criterion = -0.25;
  EXPECT_EQ(MissedTarget(goal, chosen, "validation data"),
            "No threshold reaches target_precision 0.75 on the validation "
            "data; the chosen one comes closest, with 0.5.");
  goal.criterion = SelectionCriterion::kPrecisionAtTargetRecall;
  goal.target_recall = 0.9;
  chosen.criterion = -0.9;
  EXPECT_EQ(MissedTarget(goal, chosen, "training data"),
            "No threshold reaches target_recall 0.9 on the training data; the "
            "chosen one comes closest, with 0.");
}

TEST(SelectionTest, EarlyStoppingWatchesTheBestOfAllCandidates) {
  EXPECT_EQ(BestCriterion(Goal::kMaximize,
                          Evaluations({{0.8, 1}, {kNan, kNan}, {0.9, 5}})),
            0.9);
  EXPECT_EQ(BestCriterion(Goal::kMinimize, Evaluations({{3, 3}, {2, 2}})), 2);
  EXPECT_TRUE(
      std::isnan(BestCriterion(Goal::kMinimize, Evaluations({{kNan, kNan}}))));
}

TEST(SelectionTest, WithoutValidationDataItWatchesTheLowestTrainingLoss) {
  EXPECT_EQ(LowestLoss({3, kNan, 2, kInfinity, 5}), 2);
  EXPECT_TRUE(std::isnan(LowestLoss({kNan, kInfinity})));
  EXPECT_TRUE(std::isnan(LowestLoss({})));
}

}  // namespace
}  // namespace lineup

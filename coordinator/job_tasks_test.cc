#include "coordinator/job_tasks.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/job/job_evaluation.h"
#include "common/job/job_plan_testing.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

class EvaluationMergeTest : public testing::Test {
 protected:
  // Thresholds are calibrated on the first ten examples: the order matters.
  EvaluationMergeTest()
      : plan_(PlanJob(SpecOf({NumberedCsv(40)},
                             {{"predictor_type", "binary_classifier"},
                              {"learning_rate", "0.1"},
                              {"wd", "0"},
                              {"epochs", "1"},
                              {"num_calibration_samples", "10"}}))
                  .value()),
        machine_(&plan_) {}

  void SetUp() override {
    ASSERT_EQ(
        machine_.Sampled(ReadSample(plan_, PlanSample(plan_)[0]).value(), 40),
        absl::OkStatus());
    EpochLoss loss;
    loss.loss_sums.assign(machine_.candidates().size(), 1.0);
    loss.examples = 40;
    ASSERT_EQ(machine_.Trained(loss), absl::OkStatus());
    ASSERT_EQ(machine_.step(), JobMachine::Step::kEvaluate);
  }

  // Of ten examples whose scores depend on `part`.
  LineupEvaluation Part(int part) const {
    return Part(part, CandidateGroups::Apart(machine_.setup().columns));
  }
  LineupEvaluation Part(int part, const CandidateGroups& groups) const {
    LineupEvaluation evaluation(LineupSettings(plan_, machine_.setup()),
                                machine_.setup().columns, groups);
    std::vector<float> labels(10);
    std::vector<float> scores(10 * evaluation.width());
    for (size_t i = 0; i < labels.size(); ++i) {
      labels[i] = static_cast<float>(i >= 5);
      for (size_t c = 0; c < evaluation.width(); ++c) {
        scores[i * evaluation.width() + c] = static_cast<float>(i) - 3 * part;
      }
    }
    evaluation.Add(labels.size(), labels.data(), nullptr, scores.data());
    return evaluation;
  }

  JobPlan plan_;
  JobMachine machine_;
  SplitReaders readers_;
};

TEST_F(EvaluationMergeTest, ResultsAreMergedInTheOrderOfTheirTasks) {
  constexpr int kParts = 3;
  LineupEvaluation whole = Part(0);
  for (int part = 1; part < kParts; ++part) whole.Merge(Part(part));
  const LineupResults expected = whole.Finish();

  TaskTable tasks(&readers_);
  tasks.Begin(std::vector<v1::Task>(kParts));
  EvaluationMerge merge(plan_, machine_);
  for (const int part : {2, 0, 1}) {
    ASSERT_TRUE(tasks.OnResult(tasks.task(part).id(), Part(part).Serialize()));
    ASSERT_EQ(merge.TakeFrom(&tasks), absl::OkStatus());
    // What was merged is not kept.
    EXPECT_EQ(tasks.result(part).empty(), part != 2);
  }
  EXPECT_TRUE(tasks.result(2).empty());
  const LineupResults results = merge.FinishEvaluation(nullptr);
  EXPECT_EQ(results.num_examples, expected.num_examples);
  ASSERT_EQ(results.candidates.size(), expected.candidates.size());
  EXPECT_EQ(results.candidates[0].threshold, expected.candidates[0].threshold);
  EXPECT_EQ(results.candidates[0].objective_loss,
            expected.candidates[0].objective_loss);
}

TEST_F(EvaluationMergeTest, PartsMustBeOfTheSameGroups) {
  const CandidateGroupings& groupings = machine_.setup().groupings;
  ASSERT_LT(groupings.After(0).size(), machine_.candidates().size());
  TaskTable tasks(&readers_);
  tasks.Begin(std::vector<v1::Task>(4));
  EvaluationMerge merge(plan_, machine_);
  // Of nothing, by who has not seen any groups.
  const LineupEvaluation none(LineupSettings(plan_, machine_.setup()),
                              machine_.setup().columns);
  ASSERT_TRUE(tasks.OnResult(tasks.task(0).id(), none.Serialize()));
  for (const int part : {1, 2}) {
    ASSERT_TRUE(tasks.OnResult(tasks.task(part).id(),
                               Part(part, groupings.After(0)).Serialize()));
  }
  ASSERT_EQ(merge.TakeFrom(&tasks), absl::OkStatus());
  EXPECT_EQ(merge.FinishEvaluation(nullptr).candidates.size(),
            machine_.candidates().size());
  ASSERT_TRUE(tasks.OnResult(tasks.task(3).id(), Part(3).Serialize()));
  EXPECT_EQ(merge.TakeFrom(&tasks).message(),
            absl::StrCat("workers evaluated different models: one of ",
                         groupings.After(0).size(),
                         " groups of candidates, and one of ",
                         machine_.candidates().size()));
}

TEST_F(EvaluationMergeTest, WhatIsNoResultIsRefused) {
  TaskTable tasks(&readers_);
  tasks.Begin(std::vector<v1::Task>(1));
  ASSERT_TRUE(tasks.OnResult(tasks.task(0).id(), "\xff"));
  EvaluationMerge merge(plan_, machine_);
  EXPECT_TRUE(absl::IsInvalidArgument(merge.TakeFrom(&tasks)));
}

}  // namespace
}  // namespace lineup

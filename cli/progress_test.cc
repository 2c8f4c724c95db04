#include <sstream>
#include <string>
#include <vector>

#include "cli/progress_bar.h"
#include "cli/progress_lines.h"
#include "cli/progress_text.h"
#include "common/job/sample_statistics.h"
#include "coordinator/job_machine.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using testing::HasSubstr;

JobSpec Spec() {
  JobSpec spec;
  spec.hyperparameters =
      ParseHyperparameters({{"predictor_type", "binary_classifier"},
                            {"mini_batch_size", "50"},
                            {"epochs", "10"}})
          .value();
  spec.train = {"examples/breast_cancer/train.csv"};
  spec.validation = {"examples/breast_cancer/validation.csv"};
  return spec;
}

// A job whose steps take what time the test says.
class ProgressTest : public testing::Test {
 protected:
  void Sample(JobObserver* observer) {
    observer->StepBegins(machine_);
    SampleStatistics sample;
    for (const SampleTask& task : PlanSample(plan_))
      sample.Merge(ReadSample(plan_, task).value());
    ASSERT_TRUE(machine_.Sampled(sample, 0).ok());
    observer->StepEnded(machine_, JobMachine::Step::kSample, 0);
  }

  // 400 minibatches of `minibatch` each, 100 examples in each.
  void Train(JobObserver* observer, absl::Duration minibatch) {
    observer->StepBegins(machine_);
    const int64_t epoch = machine_.epoch();
    for (uint64_t done = 1; done <= 400; ++done) {
      clock_.Advance(minibatch);
      observer->Progress(machine_, {done * 100, 40000});
    }
    EpochLoss loss;
    loss.loss_sums.assign(plan_.candidates.size(), 8000);
    loss.loss_sums[7] = 4000;
    loss.examples = 40000;
    ASSERT_TRUE(machine_.Trained(loss).ok());
    observer->StepEnded(machine_, JobMachine::Step::kTrain, epoch);
  }

  // Candidate 17 is the best.
  void Evaluate(JobObserver* observer, double accuracy) {
    observer->StepBegins(machine_);
    const int64_t epoch = machine_.epoch();
    LineupResults results;
    results.num_examples = 1;
    CandidateEvaluation evaluation;
    evaluation.objective_loss = 0.5;
    evaluation.criterion = 0.25;
    results.candidates.assign(plan_.candidates.size(), evaluation);
    results.candidates[17].criterion = accuracy;
    ASSERT_TRUE(machine_.Evaluated(results).ok());
    observer->StepEnded(machine_, JobMachine::Step::kEvaluate, epoch);
    if (machine_.step() == JobMachine::Step::kKeep) machine_.Kept({});
  }

  const JobPlan plan_ = PlanJob(Spec()).value();
  JobMachine machine_{&plan_};
  SimulatedClock clock_;
  std::ostringstream out_;
};

// What a terminal showed, one text for each drawing.
std::vector<std::string> Drawings(const std::string& output) {
  std::vector<std::string> drawings;
  size_t begin = 0;
  while ((begin = output.find('\r', begin)) != std::string::npos) {
    const size_t end = output.find("\x1b[K", begin);
    drawings.push_back(output.substr(begin + 1, end - begin - 1));
    begin = end;
  }
  return drawings;
}

TEST_F(ProgressTest, TheBarTellsAllThatMattersInEightyColumns) {
  {
    ProgressBar bar(
        &plan_, &clock_, [] { return 80; }, &out_);
    Sample(&bar);
    Train(&bar, absl::Milliseconds(50));  // 20 s
    Evaluate(&bar, 0.98251);
    Train(&bar, absl::Milliseconds(50));
  }
  const std::vector<std::string> drawings = Drawings(out_.str());
  EXPECT_EQ(drawings[0], "reading a sample of the data");
  // Ten seconds into the second epoch of ten.
  EXPECT_THAT(drawings, testing::Contains(
                            "epoch  2/10 train [#.......]  15%    2k ex/s best "
                            "17 accuracy 0.9825  2:50 left"));
  for (const std::string& drawing : drawings) EXPECT_LT(drawing.size(), 80u);
  // The line is wiped out at the end, and the cursor is at its start.
  EXPECT_EQ(drawings.back(), "");
}

TEST_F(ProgressTest, TheBarIsDrawnAtMostTenTimesASecond) {
  ProgressBar bar(
      &plan_, &clock_, [] { return 80; }, &out_);
  Sample(&bar);
  for (int epoch = 0; epoch < 9; ++epoch) {
    Train(&bar, absl::Microseconds(100));  // 0.04 s
    Evaluate(&bar, 0.5 + 0.01 * epoch);
  }
  const size_t short_epochs = Drawings(out_.str()).size();
  EXPECT_GE(short_epochs, 2u);
  EXPECT_LE(short_epochs, 4u);  // in 0.36 s
  Train(&bar, absl::Milliseconds(5));
  const size_t in_two_seconds = Drawings(out_.str()).size() - short_epochs;
  EXPECT_GE(in_two_seconds, 8u);
  EXPECT_LE(in_two_seconds, 20u);
}

TEST_F(ProgressTest, ANarrowTerminalGetsLess) {
  int columns = 30;
  ProgressBar bar(
      &plan_, &clock_, [&] { return columns; }, &out_);
  Sample(&bar);
  Train(&bar, absl::Milliseconds(50));
  Evaluate(&bar, 0.98251);
  Train(&bar, absl::Milliseconds(50));
  for (const std::string& drawing : Drawings(out_.str()))
    EXPECT_LT(drawing.size(), 30u) << drawing;
  EXPECT_THAT(Drawings(out_.str()).back(), HasSubstr("epoch  2/10 train"));
  columns = 8;
  Evaluate(&bar, 0.99);
  Train(&bar, absl::Milliseconds(50));
  EXPECT_LT(Drawings(out_.str()).back().size(), 8u);
}

TEST_F(ProgressTest, LinesComeEveryEpochAndEveryTenSeconds) {
  ProgressLines lines(&plan_, &clock_, &out_);
  Sample(&lines);
  Train(&lines, absl::Milliseconds(60));  // 24 s
  Evaluate(&lines, 0.98251);
  EXPECT_EQ(out_.str(),
            "training 32 candidates on 1 file(s), 0.1 MB, at most 10 epochs\n"
            "epoch 1/10: 42 %, 1.67k examples/s\n"
            "epoch 1/10: 84 %, 1.67k examples/s\n"
            "epoch 1/10: 1.67k examples/s; best so far: candidate 17 accuracy "
            "0.9825\n");
}

TEST(ProgressTextTest, CountsHaveThreeDigits) {
  EXPECT_EQ(ShortCount(7), "7");
  EXPECT_EQ(ShortCount(999.4), "999");
  EXPECT_EQ(ShortCount(999.6), "1k");
  EXPECT_EQ(ShortCount(12345), "12.3k");
  EXPECT_EQ(ShortCount(1254000), "1.25M");
  EXPECT_EQ(ShortCount(3e9), "3G");
}

TEST(ProgressTextTest, DurationsAreThoseOfAClock) {
  EXPECT_EQ(ShortDuration(absl::Seconds(7)), "0:07");
  EXPECT_EQ(ShortDuration(absl::Seconds(754.9)), "12:34");
  EXPECT_EQ(ShortDuration(absl::Seconds(3723)), "1:02:03");
}

TEST_F(ProgressTest, WithoutValidationTheTrainingLossIsTheBest) {
  JobSpec spec = Spec();
  spec.validation.clear();
  const JobPlan plan = PlanJob(spec).value();
  JobMachine machine(&plan);
  EXPECT_EQ(BestSoFar(plan, machine), "");
  SampleStatistics sample;
  for (const SampleTask& task : PlanSample(plan))
    sample.Merge(ReadSample(plan, task).value());
  ASSERT_TRUE(machine.Sampled(sample, 0).ok());
  EpochLoss loss;
  loss.loss_sums.assign(plan.candidates.size(), 50);
  loss.loss_sums[7] = 25;
  loss.examples = 100;
  ASSERT_TRUE(machine.Trained(loss).ok());
  EXPECT_EQ(BestSoFar(plan, machine), "7 training loss 0.25");
}

}  // namespace
}  // namespace lineup

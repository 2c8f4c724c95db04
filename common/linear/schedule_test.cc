#include "common/linear/schedule.h"

#include <cmath>
#include <tuple>

#include "gtest/gtest.h"

namespace lineup {
namespace {

// MXNet's loop, transcribed: the state that it carries from update to update.
class FactorScheduler {
 public:
  FactorScheduler(double rate, int64_t step, double factor, double floor)
      : rate_(rate), step_(step), factor_(factor), floor_(floor) {}

  double operator()(int64_t num_update) {
    while (num_update > count_ + step_) {
      count_ += step_;
      rate_ *= factor_;
      if (rate_ < floor_) rate_ = floor_;
    }
    return rate_;
  }

 private:
  double rate_;
  int64_t step_;
  double factor_;
  double floor_;
  int64_t count_ = 0;
};

LearningRateSchedule Step(double rate, int64_t step, double factor,
                          double minimum) {
  LearningRateSchedule s;
  s.type = ScheduleType::kStep;
  s.learning_rate = rate;
  s.step = step;
  s.factor = factor;
  s.minimum = minimum;
  return s;
}

TEST(ScheduleTest, StepAgreesWithMxnetsLoop) {
  const std::tuple<double, int64_t, double, double> cases[] = {
      {0.005, 10, 0.99, 1e-5}, {0.1, 100, 0.99, 1e-4}, {0.1, 1, 0.5, 1e-8},
      {1.0, 7, 0.9, 0.3},      {1e-6, 10, 0.99, 1e-5},
  };
  for (const auto& [rate, step, factor, floor] : cases) {
    const LearningRateSchedule schedule = Step(rate, step, factor, floor);
    FactorScheduler reference(rate, step, factor, floor);
    for (int64_t update = 1; update <= 20000; ++update) {
      const double expected = reference(update);
      ASSERT_NEAR(schedule.At(update), expected, 1e-12 * expected)
          << "update " << update << ", rate " << rate << ", step " << step;
    }
  }
}

TEST(ScheduleTest, StepFallsAfterWholeSteps) {
  const LearningRateSchedule schedule = Step(0.1, 10, 0.5, 0.03);
  EXPECT_EQ(schedule.At(1), 0.1);
  EXPECT_EQ(schedule.At(10), 0.1);
  EXPECT_EQ(schedule.At(11), 0.05);
  EXPECT_EQ(schedule.At(20), 0.05);
  EXPECT_EQ(schedule.At(21), 0.03);
  EXPECT_EQ(schedule.At(int64_t{1} << 60), 0.03);
}

TEST(ScheduleTest, StepRaisesARateBelowTheMinimumAsMxnetDoes) {
  const LearningRateSchedule schedule = Step(1e-6, 10, 0.99, 1e-5);
  EXPECT_EQ(schedule.At(10), 1e-6);
  EXPECT_EQ(schedule.At(11), 1e-5);
}

TEST(ScheduleTest, ConstantStays) {
  LearningRateSchedule schedule = Step(0.1, 10, 0.5, 0.3);
  schedule.type = ScheduleType::kConstant;
  EXPECT_EQ(schedule.At(1), 0.1);
  EXPECT_EQ(schedule.At(1000000), 0.1);
}

TEST(ScheduleTest, InverseSqrtHalvesAfterThreeSteps) {
  LearningRateSchedule schedule = Step(0.1, 10, 1, 0.01);
  schedule.type = ScheduleType::kInverseSqrt;
  EXPECT_DOUBLE_EQ(schedule.At(1), 0.1);
  EXPECT_DOUBLE_EQ(schedule.At(31), 0.05);
  EXPECT_DOUBLE_EQ(schedule.At(16), 0.1 / std::sqrt(2.5));
  EXPECT_DOUBLE_EQ(schedule.At(1000000), 0.01);
}

TEST(ScheduleTest, CosineRunsFromRateToMinimum) {
  LearningRateSchedule schedule = Step(0.1, 10, 1, 0.02);
  schedule.type = ScheduleType::kCosine;
  EXPECT_DOUBLE_EQ(schedule.At(500), 0.1) << "no plan yet";
  schedule.total_updates = 1000;
  EXPECT_DOUBLE_EQ(schedule.At(1), 0.1);
  EXPECT_DOUBLE_EQ(schedule.At(501), 0.06);
  EXPECT_NEAR(schedule.At(251), 0.06 + 0.04 * std::sqrt(0.5), 1e-12);
  EXPECT_DOUBLE_EQ(schedule.At(1001), 0.02);
  EXPECT_DOUBLE_EQ(schedule.At(5000), 0.02);
}

TEST(ScheduleTest, FloorsNeverRaiseTheSmoothSchedules) {
  LearningRateSchedule schedule = Step(1e-6, 10, 1, 1e-5);
  for (ScheduleType type :
       {ScheduleType::kInverseSqrt, ScheduleType::kCosine}) {
    schedule.type = type;
    schedule.total_updates = 100;
    EXPECT_DOUBLE_EQ(schedule.At(1), 1e-6);
    EXPECT_LE(schedule.At(1000), 1e-6);
  }
}

}  // namespace
}  // namespace lineup

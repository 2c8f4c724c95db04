// The optimizers against plain implementations of their formulas.

#include <algorithm>
#include <cmath>
#include <vector>

#include "common/base/random.h"
#include "common/linear/aligned.h"
#include "common/linear/candidate.h"
#include "common/linear/flush_denormals.h"
#include "common/linear/lineup_columns.h"
#include "common/linear/optimizer.h"
#include "common/linear/optimizer_test_util.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

// One weight of one candidate by the formulas of optimizer.h, plainly and in
// double precision.
struct ReferenceWeight {
  double w = 0;
  double first = 0;   // u, m, n, or ftrl's z
  double second = 0;  // v, or ftrl's n

  void Update(const Candidate& c, RowKind kind, int t, double gradient) {
    const bool bias = kind == RowKind::kBias;
    const double lr = c.schedule.At(t) * (bias ? c.bias_lr_mult : 1);
    const double wd = c.wd * (bias ? c.bias_wd_mult : 1);
    const double l1 = bias ? 0 : c.l1;
    const double g = gradient + wd * w;
    double h = 0;
    switch (c.optimizer) {
      case OptimizerType::kSgd:
        first = c.momentum * first - lr * g;
        w += first;
        h = lr / (1 - c.momentum);
        break;
      case OptimizerType::kAdam:
        first = c.beta_1 * first + (1 - c.beta_1) * g;
        second = c.beta_2 * second + (1 - c.beta_2) * g * g;
        h = lr * std::sqrt(1 - std::pow(c.beta_2, t)) /
            (1 - std::pow(c.beta_1, t)) / (std::sqrt(second) + c.epsilon);
        w -= h * first;
        break;
      case OptimizerType::kAdagrad:
        first += g * g;
        h = lr / (std::sqrt(first) + c.epsilon);
        w -= h * g;
        break;
      case OptimizerType::kRmsprop:
        first = c.rmsprop_decay * first + (1 - c.rmsprop_decay) * g * g;
        h = lr / (std::sqrt(first) + c.epsilon);
        w -= h * g;
        break;
      case OptimizerType::kFtrl: {
        const double alpha = c.learning_rate * (bias ? c.bias_lr_mult : 1);
        const double n = second + gradient * gradient;
        first += gradient - (std::sqrt(n) - std::sqrt(second)) / alpha * w;
        second = n;
        w = std::abs(first) <= l1
                ? 0
                : -(first - std::copysign(l1, first)) /
                      ((c.ftrl_beta + std::sqrt(n)) / alpha + wd);
        return;
      }
    }
    w = SoftThreshold(w, l1 * h);
  }
};

class OptimizerTest : public testing::TestWithParam<size_t> {};

// Many updates of a feature row and a bias row, all candidates side by side.
TEST_P(OptimizerTest, FollowsTheFormulas) {
  const size_t outputs = GetParam();
  const LineupColumns columns(ManyCandidates(), outputs);
  LineupOptimizer optimizer(columns);
  ScopedFlushDenormals flush;
  for (const RowKind kind : {RowKind::kFeature, RowKind::kBias}) {
    LineupOptimizer optimizer(columns);
    SplitMix64 random(1);
    AlignedFloats row(optimizer.row_floats(), 0.0f);
    std::vector<ReferenceWeight> reference(columns.width());
    for (size_t k = 0; k < columns.width(); ++k) {
      const int c = columns.candidate_of_column(k);
      if (c < 0) continue;
      reference[k].w = row[k] = 0.2 * random.Uniform() - 0.1;
    }
    optimizer.InitializeState(kind, row.data());
    const AlignedFloats z(row.begin() + columns.width(), row.end());
    for (size_t k = 0; k < columns.width(); ++k) reference[k].first = z[k];
    for (int t = 1; t <= 60; ++t) {
      constexpr int kExamples = 4;
      AlignedFloats sums(columns.width(), 0.0f);
      for (size_t k = 0; k < columns.width(); ++k) {
        if (columns.candidate_of_column(k) >= 0) {
          sums[k] = 2 * random.Uniform() - 1;
        }
      }
      optimizer.BeginUpdate();
      optimizer.Update(kind, sums.data(), 1.0f / kExamples, row.data());
      for (size_t k = 0; k < columns.width(); ++k) {
        const int c = columns.candidate_of_column(k);
        if (c < 0) {
          ASSERT_EQ(row[k], 0.0f);
          continue;
        }
        const Candidate& candidate = columns.candidates()[c];
        reference[k].Update(candidate, kind, t, double{sums[k]} / kExamples);
        ASSERT_NEAR(row[k], reference[k].w,
                    2e-5 + 2e-5 * std::abs(reference[k].w))
            << Name(candidate.optimizer) << " candidate " << c << " update "
            << t;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Outputs, OptimizerTest, testing::Values(1, 3));

// python/mxnet/lr_scheduler.py, FactorScheduler, with its loop.
class MxFactorScheduler {
 public:
  MxFactorScheduler(double rate, int step, double factor, double minimum)
      : rate_(rate), step_(step), factor_(factor), minimum_(minimum) {}
  double operator()(int num_update) {
    while (num_update > count_ + step_) {
      count_ += step_;
      rate_ = std::max(rate_ * factor_, minimum_);
    }
    return rate_;
  }

 private:
  double rate_;
  int step_;
  double factor_;
  double minimum_;
  int count_ = 0;
};

TEST(AdamTest, IsMxnetsWithItsFactorScheduler) {
  for (const int step : {10, 100}) {
    Candidate c = Make(OptimizerType::kAdam, 0.1, 0.01, 0);
    c.schedule.type = ScheduleType::kStep;
    c.schedule.step = step;
    c.schedule.factor = 0.99;
    c.schedule.minimum = 1e-2;
    OneWeight weight(c, 0.05f);
    MxFactorScheduler scheduler(0.1, step, 0.99, 1e-2);
    SplitMix64 random(2);
    double w = 0.05f, mean = 0, variance = 0;
    for (int t = 1; t <= 3000; ++t) {
      const float gradient = random.Uniform() - 0.4;
      weight.Update(gradient);
      // optimizer_op-inl.h, AdamUpdateKernel; optimizer.py, Adam.update.
      const double g = gradient + 0.01 * w;
      mean = 0.9 * mean + (1 - 0.9) * g;
      variance = 0.999 * variance + (1 - 0.999) * g * g;
      const double lr = scheduler(t) * std::sqrt(1 - std::pow(0.999, t)) /
                        (1 - std::pow(0.9, t));
      w -= lr * mean / (std::sqrt(variance) + 1e-8);
      ASSERT_NEAR(weight.weight(), w, 1e-4 * (1 + std::abs(w))) << t;
    }
  }
}

TEST(AdamTest, BetasOfZeroGiveTheSignOfTheGradient) {
  Candidate c = Make(OptimizerType::kAdam, 0.5, 0, 0);
  c.beta_1 = c.beta_2 = 0;
  OneWeight weight(c);
  weight.Update(1e-3);
  EXPECT_NEAR(weight.weight(), -0.5, 1e-5);
  weight.Update(-7);
  EXPECT_NEAR(weight.weight(), 0, 1e-5);
}

TEST(AdamTest, CorrectionEndsAfterManyUpdates) {
  OneWeight weight(Make(OptimizerType::kAdam, 0.5, 0, 0));
  for (int t = 0; t < 1000000; ++t) weight.optimizer().BeginUpdate();
  weight.Update(2);
  // m = 0.1 g, v = 0.001 g^2, and no correction.
  EXPECT_NEAR(weight.weight(), -0.5 * 0.1 / std::sqrt(0.001), 1e-4);
}

TEST(AdamTest, MomentsThatDieOutDoNotStayDenormal) {
  OneWeight weight(Make(OptimizerType::kAdam, 0.001, 0, 0));
  weight.Update(1);
  for (int t = 0; t < 100000; ++t) {
    weight.Update(0);
    ASSERT_NE(std::fpclassify(weight.state(0)), FP_SUBNORMAL);
    ASSERT_NE(std::fpclassify(weight.state(1)), FP_SUBNORMAL);
  }
  EXPECT_EQ(weight.state(0), 0.0f);
  EXPECT_EQ(weight.state(1), 0.0f);
  EXPECT_TRUE(std::isfinite(weight.weight()));
}

}  // namespace
}  // namespace lineup

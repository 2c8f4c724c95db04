// What the tests of the optimizers share.

#ifndef LINEUP_COMMON_LINEAR_OPTIMIZER_TEST_UTIL_H_
#define LINEUP_COMMON_LINEAR_OPTIMIZER_TEST_UTIL_H_

#include <algorithm>
#include <cmath>
#include <vector>

#include "common/linear/aligned.h"
#include "common/linear/candidate.h"
#include "common/linear/flush_denormals.h"
#include "common/linear/lineup_columns.h"
#include "common/linear/optimizer.h"

namespace lineup {

inline double SoftThreshold(double x, double threshold) {
  return std::copysign(std::max(std::abs(x) - threshold, 0.0), x);
}

inline Candidate Make(OptimizerType optimizer, double learning_rate, double wd,
                      double l1) {
  Candidate c;
  c.optimizer = optimizer;
  c.learning_rate = learning_rate;
  c.schedule.learning_rate = learning_rate;
  c.wd = wd;
  c.l1 = l1;
  return c;
}

inline LearningRateSchedule Schedule(ScheduleType type, double learning_rate) {
  LearningRateSchedule schedule;
  schedule.type = type;
  schedule.learning_rate = learning_rate;
  schedule.minimum = learning_rate / 4;
  schedule.factor = 0.9;
  schedule.step = 7;
  schedule.total_updates = 50;
  return schedule;
}

// Every optimizer, several of each, with and without both penalties and with
// every schedule.
inline std::vector<Candidate> ManyCandidates() {
  std::vector<Candidate> all;
  for (const OptimizerType optimizer :
       {OptimizerType::kAdam, OptimizerType::kFtrl, OptimizerType::kSgd,
        OptimizerType::kAdagrad, OptimizerType::kRmsprop}) {
    all.push_back(Make(optimizer, 0.05, 0, 0));
    all.push_back(Make(optimizer, 0.02, 0.1, 0));
    all.push_back(Make(optimizer, 0.05, 0, 0.05));
    all.push_back(Make(optimizer, 0.05, 0.01, 0.02));
    all.back().schedule = Schedule(ScheduleType::kStep, 0.05);
    all.back().bias_wd_mult = 2;
    all.push_back(Make(optimizer, 0.1, 0.01, 0.01));
    all.back().schedule = Schedule(ScheduleType::kCosine, 0.1);
    all.back().bias_lr_mult = 0.5;
    all.push_back(Make(optimizer, 0.1, 1, 0));
    all.back().schedule = Schedule(ScheduleType::kInverseSqrt, 0.1);
    all.back().momentum = 0.9;
    all.back().beta_1 = 0.5;
    all.back().beta_2 = 0.9;
    all.back().rmsprop_decay = 0.5;
    all.back().ftrl_beta = 0.1;
    all.back().epsilon = 0.01;
  }
  for (size_t i = 0; i < all.size(); ++i) all[i].index = i;
  return all;
}

// One candidate and one feature's weight.
class OneWeight {
 public:
  explicit OneWeight(const Candidate& candidate, float weight = 0,
                     RowKind kind = RowKind::kFeature)
      : kind_(kind), optimizer_(LineupColumns({candidate}, 1)) {
    row_.assign(optimizer_.row_floats(), 0.0f);
    row_[0] = weight;
    optimizer_.InitializeState(kind, row_.data());
  }

  void Update(double gradient, double damping = 1.0) {
    AlignedFloats sums(optimizer_.width(), 0.0f);
    sums[0] = gradient;
    optimizer_.BeginUpdate(damping);
    optimizer_.Update(kind_, sums.data(), 1, row_.data());
  }
  float weight() const { return row_[0]; }
  float state(int vector) const {
    return row_[(1 + vector) * optimizer_.width()];
  }
  LineupOptimizer& optimizer() { return optimizer_; }
  float* row() { return row_.data(); }

 private:
  ScopedFlushDenormals flush_;
  RowKind kind_;
  LineupOptimizer optimizer_;
  AlignedFloats row_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_OPTIMIZER_TEST_UTIL_H_

// How one candidate's learning rate falls over its updates.
//
// kStep is the Linear Learner's schedule, that is MXNet's FactorScheduler
// (python/mxnet/lr_scheduler.py), update for update: after every `step`
// updates the rate is multiplied by `factor`, and set to `minimum` where it
// would fall below. As there, a rate that starts below the minimum rises to it
// after the first `step` updates.
//
//   kConstant     learning_rate
//   kInverseSqrt  learning_rate / sqrt(1 + (n - 1) / step), at least minimum
//   kCosine       half a cosine from learning_rate down to minimum over
//                 total_updates, then minimum (Loshchilov and Hutter 2017,
//                 "SGDR", without restarts)
//
// Thread safety: a plain value; At() is a pure function.

#ifndef LINEUP_COMMON_LINEAR_SCHEDULE_H_
#define LINEUP_COMMON_LINEAR_SCHEDULE_H_

#include <cstdint>

#include "common/linear/types.h"

namespace lineup {

struct LearningRateSchedule {
  ScheduleType type = ScheduleType::kConstant;
  double learning_rate = 0.01;
  double minimum = 0;  // not for kConstant
  double factor = 1;   // kStep
  int64_t step = 1;    // kStep, kInverseSqrt: in updates, at least 1

  // kCosine: updates in the whole job, as planned. Whoever runs the job sets
  // it, for only the data tell; while it is 0 the rate stays where it starts.
  int64_t total_updates = 0;

  // The rate of update number `update`, counted from 1 as the optimizers'
  // own counters are. Costs a few operations whatever `update` is.
  double At(int64_t update) const;
};

bool operator==(const LearningRateSchedule& a, const LearningRateSchedule& b);

// Up to this update, it included, both have the same rates; they may beyond it,
// but where it is kNeverDiffer they surely do. 0: nothing is known.
//
// Schedules that fall to different minima are the same until the higher one is
// reached: half of the Linear Learner's own lineup differs from the other half
// by this alone.
inline constexpr int64_t kNeverDiffer = INT64_MAX;
int64_t SameUntil(const LearningRateSchedule& a, const LearningRateSchedule& b);

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_SCHEDULE_H_

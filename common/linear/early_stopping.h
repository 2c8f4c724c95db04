// Decides after each epoch whether training goes on, as the Linear Learner
// does, for the whole job: the criterion is the best value over all candidates.
//
// What its documentation leaves open was found in its training logs:
//  * an epoch has improved if (best - new) / |best| >= tolerance (new - best
//    for scores), where `best` is the best value of all epochs before, also of
//    those whose own gain was below the tolerance. A slow, steady fall in small
//    steps therefore counts as standing still.
//  * training stops when more than `patience` epochs in a row did not improve,
//    so the default 3 stops at the fourth.
// One observation is not followed: a log shows equal accuracies reported as
// "Loss improved". Here, as documented, a score that stays the same has not
// improved.
//
//   EarlyStopping stopping(Goal::kMinimize, 3, 0.001);
//   if (stopping.Observe(validation_loss).stop) break;
//
// Thread safety: for one thread. Copyable; a copy goes on from there.

#ifndef LINEUP_COMMON_LINEAR_EARLY_STOPPING_H_
#define LINEUP_COMMON_LINEAR_EARLY_STOPPING_H_

#include <cstdint>
#include <limits>

namespace lineup {

// Whether a criterion is a loss or a score.
enum class Goal { kMinimize, kMaximize };

class EarlyStopping {
 public:
  struct Verdict {
    bool improved = false;  // by at least the tolerance
    bool is_best = false;   // strictly better than all before
    bool stop = false;      // patience is exhausted
  };

  // What it remembers, for checkpoints.
  struct State {
    int64_t num_epochs = 0;
    int64_t best_epoch = -1;  // -1: no epoch had a finite value
    double best = std::numeric_limits<double>::quiet_NaN();
    int64_t epochs_without_improvement = 0;
  };

  EarlyStopping(Goal goal, int64_t patience, double tolerance)
      : EarlyStopping(goal, patience, tolerance, State()) {}
  EarlyStopping(Goal goal, int64_t patience, double tolerance, State state)
      : goal_(goal),
        patience_(patience),
        tolerance_(tolerance),
        state_(state) {}

  // Takes in the criterion of the next epoch. The first finite value is always
  // an improvement; NaN and infinity never are.
  Verdict Observe(double value);

  const State& state() const { return state_; }

 private:
  Goal goal_;
  int64_t patience_;
  double tolerance_;
  State state_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_EARLY_STOPPING_H_

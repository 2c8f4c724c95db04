// Finds the threshold of a binary classifier that is best by a criterion, from
// how the scores of labelled examples are distributed.
//
//   accuracy                     the most examples right
//   f_beta                       the highest F-beta
//   precision_at_target_recall   the highest precision of those thresholds
//                                with recall >= target_recall; of equal ones
//                                the highest recall
//   recall_at_target_precision   the other way round
//   loss_function                as accuracy: the loss chooses between
//                                candidates, and does not depend on thresholds
// If no threshold meets the target, the one that comes closest is taken.
//
// By any criterion a threshold is the better for being below positives and
// above negatives. So only those between a positive and a negative neighbour
// are considered, and those beyond all scores; of equally good ones the one
// nearest to 1/2 is taken.
//
// Scores come in as groups, highest first: of equal scores, or of a bin. A
// threshold lies half-way between two groups; one above or below all scores,
// half-way to the end of what scores can be.
//
// Thread safety: for one thread.

#ifndef LINEUP_COMMON_LINEAR_THRESHOLD_CALIBRATOR_H_
#define LINEUP_COMMON_LINEAR_THRESHOLD_CALIBRATOR_H_

#include "common/linear/metrics.h"
#include "common/linear/score_bins.h"
#include "common/linear/types.h"

namespace lineup {

// What the threshold is to be best at.
struct ThresholdGoal {
  SelectionCriterion criterion = SelectionCriterion::kAccuracy;
  double f_beta = 1;
  double target_precision = 0.8;
  double target_recall = 0.8;
};

struct Calibration {
  double threshold = 0.5;
  // The best accuracy, F-beta, precision or recall; if the target is not met,
  // minus what is missing to it, so that closer is better here, too.
  double criterion = 0;
  bool target_met = true;
  ConfusionMatrix confusion;
};

class ThresholdCalibrator {
 public:
  // The weights of all examples of each class.
  ThresholdCalibrator(const ThresholdGoal& goal, ScoreKind kind,
                      double positives, double negatives);

  // The next lower group: its scores are at least `low` and at most `high`.
  // `high` is not above the `low` of the group before.
  void Add(double low, double high, double positives, double negatives) {
    if (first_ || (below_positives_ && negatives > 0)) Consider(high);
    low_ = low;
    below_positives_ = positives > 0 || (below_positives_ && negatives == 0);
    true_positives_ += positives;
    false_positives_ += negatives;
    first_ = false;
  }

  // After the last group.
  Calibration Finish();

 private:
  struct Value {
    double first = 0;
    double second = 0;  // decides if `first` is equal
  };

  ConfusionMatrix Confusion() const;
  Value Measure() const;
  // How good it is to have `reached` a target, and how much of the `aim`.
  static Value Towards(double target, double reached, double aim);
  bool IsWorse(const Value& value) const {
    return has_best_ &&
           (value.first < best_.first ||
            (value.first == best_.first && value.second < best_.second));
  }
  // The threshold above `high` and not above low_.
  void Consider(double high) {
    const Value value = Measure();
    if (IsWorse(value)) return;
    Take(value, first_ ? Above(high) : (high + low_) / 2);
  }
  void Take(const Value& value, double threshold);
  double Above(double high) const;
  double Below(double low) const;

  ThresholdGoal goal_;
  ScoreKind kind_;
  double positives_;
  double negatives_;

  // Of the groups so far.
  bool first_ = true;
  bool below_positives_ = false;  // the lowest group with weight has some
  double low_ = 0;
  double true_positives_ = 0;
  double false_positives_ = 0;

  bool has_best_ = false;
  Value best_;
  Calibration result_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_THRESHOLD_CALIBRATOR_H_

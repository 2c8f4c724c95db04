#include "common/linear/threshold_calibrator.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lineup {

ThresholdCalibrator::ThresholdCalibrator(const ThresholdGoal& goal,
                                         ScoreKind kind, double positives,
                                         double negatives)
    : goal_(goal), kind_(kind), positives_(positives), negatives_(negatives) {}

ConfusionMatrix ThresholdCalibrator::Confusion() const {
  ConfusionMatrix confusion;
  confusion.true_positives = true_positives_;
  confusion.false_positives = false_positives_;
  confusion.true_negatives = negatives_ - false_positives_;
  confusion.false_negatives = positives_ - true_positives_;
  return confusion;
}

ThresholdCalibrator::Value ThresholdCalibrator::Measure() const {
  const ConfusionMatrix confusion = Confusion();
  switch (goal_.criterion) {
    case SelectionCriterion::kAccuracy:
    case SelectionCriterion::kLossFunction:
      break;
    case SelectionCriterion::kFBeta:
      return {confusion.FBeta(goal_.f_beta), 0};
    case SelectionCriterion::kPrecisionAtTargetRecall:
      return Towards(goal_.target_recall, confusion.Recall(),
                     confusion.Precision());
    case SelectionCriterion::kRecallAtTargetPrecision:
      return Towards(goal_.target_precision, confusion.Precision(),
                     confusion.Recall());
  }
  return {confusion.Accuracy(), 0};
}

ThresholdCalibrator::Value ThresholdCalibrator::Towards(double target,
                                                        double reached,
                                                        double aim) {
  if (reached >= target) return {aim, reached};
  return {reached - target, aim};
}

void ThresholdCalibrator::Take(const Value& value, double threshold) {
  const bool equal =
      has_best_ && value.first == best_.first && value.second == best_.second;
  if (equal && std::abs(threshold - 0.5) >= std::abs(result_.threshold - 0.5)) {
    return;
  }
  has_best_ = true;
  best_ = value;
  result_.threshold = threshold;
  result_.confusion = Confusion();
}

double ThresholdCalibrator::Above(double high) const {
  if (kind_ == ScoreKind::kLinearValue) return high + std::max(1.0, high);
  return high < 1 ? (high + 1) / 2
                  : std::nextafter(high, std::numeric_limits<double>::max());
}

double ThresholdCalibrator::Below(double low) const {
  if (kind_ == ScoreKind::kLinearValue) return low - std::max(1.0, -low);
  return low / 2;
}

Calibration ThresholdCalibrator::Finish() {
  if (first_) return result_;
  const Value value = Measure();
  if (!IsWorse(value)) Take(value, Below(low_));
  result_.criterion = best_.first;
  // Only what falls short of a target is negative.
  result_.target_met = best_.first >= 0;
  return result_;
}

}  // namespace lineup

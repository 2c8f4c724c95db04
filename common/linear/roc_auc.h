// The area under the ROC curve of a stream of scores: the probability that a
// random positive example scores higher than a random negative one, ties
// counting one half (the Mann-Whitney statistic; Fawcett, "An introduction to
// ROC analysis", 2006), examples weighted.
//
// Exact up to kExactExamples examples. Beyond that scores are counted in bins
// that keep 11 bits of each float32's fraction (a relative width of 1/2048),
// and scores in one bin tie: memory stays bounded by some 40 MiB. Which of the
// two applies depends on the number of examples alone, so the value does not
// depend on how a stream was cut and merged.
//
// Thread safety: a plain value; one thread at a time, then Merge.

#ifndef LINEUP_COMMON_LINEAR_ROC_AUC_H_
#define LINEUP_COMMON_LINEAR_ROC_AUC_H_

#include <cstddef>
#include <limits>
#include <vector>

namespace lineup {

// Adds up the area as groups of tied scores come in, lowest first.
class RocArea {
 public:
  // The weights of a group's positive and negative examples.
  void Add(double positive, double negative) {
    area_ += positive * (negative_ + 0.5 * negative);
    positive_ += positive;
    negative_ += negative;
  }

  // NaN unless both classes are there.
  double Value() const {
    if (positive_ == 0 || negative_ == 0) {
      return std::numeric_limits<double>::quiet_NaN();
    }
    return area_ / (positive_ * negative_);
  }

 private:
  double area_ = 0;
  double positive_ = 0;
  double negative_ = 0;
};

class RocAuc {
 public:
  static constexpr size_t kExactExamples = size_t{1} << 22;

  // `exact_examples` is there for tests.
  explicit RocAuc(size_t exact_examples = kExactExamples)
      : exact_examples_(exact_examples) {}

  // The score must not be NaN. An example of no weight changes nothing.
  void Add(float score, bool positive, float weight = 1);
  void Merge(const RocAuc& other);

  // NaN unless both classes are there.
  double Value() const;

 private:
  struct Entry {
    float score;
    float signed_weight;  // negative for negative examples
  };

  void FoldIntoBins();
  void AddToBin(const Entry& entry);
  double ExactValue() const;
  double BinnedValue() const;

  size_t exact_examples_;
  std::vector<Entry> entries_;  // empty once there are bins
  std::vector<double> positive_bins_;
  std::vector<double> negative_bins_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_ROC_AUC_H_

#include "common/linear/roc_auc.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>

namespace lineup {
namespace {

constexpr int kBinBits = 20;  // sign, 8 of exponent, 11 of fraction

// Maps a float to an integer that sorts as the float does.
uint32_t Ordered(float score) {
  if (score == 0) score = 0;  // -0 ties with 0
  uint32_t bits;
  std::memcpy(&bits, &score, sizeof(bits));
  return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

// Adds up the area as groups of tied scores come in, lowest first.
class Area {
 public:
  void AddGroup(double positive, double negative) {
    area_ += positive * (negative_ + 0.5 * negative);
    positive_ += positive;
    negative_ += negative;
  }
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

}  // namespace

void RocAuc::Add(float score, bool positive, float weight) {
  const Entry entry{score, positive ? weight : -weight};
  if (!positive_bins_.empty()) return AddToBin(entry);
  entries_.push_back(entry);
  if (entries_.size() > exact_examples_) FoldIntoBins();
}

void RocAuc::AddToBin(const Entry& entry) {
  const uint32_t bin = Ordered(entry.score) >> (32 - kBinBits);
  if (entry.signed_weight > 0) {
    positive_bins_[bin] += entry.signed_weight;
  } else {
    negative_bins_[bin] -= entry.signed_weight;
  }
}

void RocAuc::FoldIntoBins() {
  positive_bins_.resize(size_t{1} << kBinBits);
  negative_bins_.resize(size_t{1} << kBinBits);
  for (const Entry& entry : entries_) AddToBin(entry);
  entries_ = {};
}

void RocAuc::Merge(const RocAuc& other) {
  const bool fits = positive_bins_.empty() && other.positive_bins_.empty() &&
                    entries_.size() + other.entries_.size() <= exact_examples_;
  if (fits) {
    entries_.insert(entries_.end(), other.entries_.begin(),
                    other.entries_.end());
    return;
  }
  if (positive_bins_.empty()) FoldIntoBins();
  for (const Entry& entry : other.entries_) AddToBin(entry);
  for (size_t i = 0; i < other.positive_bins_.size(); ++i) {
    positive_bins_[i] += other.positive_bins_[i];
    negative_bins_[i] += other.negative_bins_[i];
  }
}

double RocAuc::Value() const {
  return positive_bins_.empty() ? ExactValue() : BinnedValue();
}

double RocAuc::ExactValue() const {
  std::vector<Entry> sorted = entries_;
  std::sort(sorted.begin(), sorted.end(), [](const Entry& a, const Entry& b) {
    return Ordered(a.score) < Ordered(b.score);
  });
  Area area;
  for (size_t i = 0; i < sorted.size();) {
    double positive = 0;
    double negative = 0;
    const float score = sorted[i].score;
    for (; i < sorted.size() && sorted[i].score == score; ++i) {
      const float weight = sorted[i].signed_weight;
      (weight > 0 ? positive : negative) += weight > 0 ? weight : -weight;
    }
    area.AddGroup(positive, negative);
  }
  return area.Value();
}

double RocAuc::BinnedValue() const {
  Area area;
  for (size_t i = 0; i < positive_bins_.size(); ++i) {
    area.AddGroup(positive_bins_[i], negative_bins_[i]);
  }
  return area.Value();
}

}  // namespace lineup

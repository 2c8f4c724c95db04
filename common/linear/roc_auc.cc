#include "common/linear/roc_auc.h"

#include <algorithm>
#include <cstdint>

#include "common/linear/score_order.h"

namespace lineup {
namespace {

constexpr int kBinBits = 20;  // sign, 8 of exponent, 11 of fraction

}  // namespace

void RocAuc::Add(float score, bool positive, float weight) {
  const Entry entry{score, positive ? weight : -weight};
  if (!positive_bins_.empty()) return AddToBin(entry);
  entries_.push_back(entry);
  if (entries_.size() > exact_examples_) FoldIntoBins();
}

void RocAuc::AddToBin(const Entry& entry) {
  const uint32_t bin = ScoreToOrder(entry.score) >> (32 - kBinBits);
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
    return ScoreToOrder(a.score) < ScoreToOrder(b.score);
  });
  RocArea area;
  for (size_t i = 0; i < sorted.size();) {
    double positive = 0;
    double negative = 0;
    const float score = sorted[i].score;
    for (; i < sorted.size() && sorted[i].score == score; ++i) {
      const float weight = sorted[i].signed_weight;
      (weight > 0 ? positive : negative) += weight > 0 ? weight : -weight;
    }
    area.Add(positive, negative);
  }
  return area.Value();
}

double RocAuc::BinnedValue() const {
  RocArea area;
  for (size_t i = 0; i < positive_bins_.size(); ++i) {
    area.Add(positive_bins_[i], negative_bins_[i]);
  }
  return area.Value();
}

}  // namespace lineup

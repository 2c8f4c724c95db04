// Normalisation of features and label: mergeable moments of a sample, the
// scaling made from them, and its folding back into raw weights.
//
// Dense features become (x - mean) / std with the population standard
// deviation (ddof 0) of the sample. Sparse features are only scaled, by the
// root mean square of their non-zero values, so that zeros stay zeros: the
// population deviation of a rare feature is so small that dividing by it would
// blow its values up by the inverse square root of its frequency. Of most rare
// features a sample has no value at all; these, also such with ids beyond the
// sample's, are scaled by the geometric mean of the scales of those that it
// has. (The root mean square of all its values would be that of the few
// features with the largest values, and make rare 0/1 features vanish beside an
// income.)
//
// Dense features have the same trouble. One that deviates in fewer than 10, and
// fewer than one in a thousand, of the sample's examples is divided by its
// largest deviation instead: by the standard deviation, a faint pixel in one of
// 10,000 images made a bright one 8,500 in another, and a model's loss on it
// was whatever its initial weights said. One that the sample shows to be
// constant is scaled by the geometric mean of the others' scales.
//
// After training, y = s_y * (b + sum w_i (x_i - m_i) / s_i) + m_y gives the raw
// weights w_i s_y / s_i and the raw bias.
//
// Thread safety: plain values; safe to read from many threads.

#ifndef LINEUP_COMMON_LINEAR_NORMALIZER_H_
#define LINEUP_COMMON_LINEAR_NORMALIZER_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "common/base/aligned_vector.h"
#include "common/data/examples.h"

namespace lineup {

// Count, mean, sum of squared deviations and extremes of one quantity,
// mergeable (Chan, Golub & LeVeque 1979).
struct Moments {
  double count = 0;
  double mean = 0;
  double squared_deviations = 0;
  double smallest = 0;  // 0 without observations
  double largest = 0;

  void Add(double x) {
    smallest = count > 0 ? std::min(smallest, x) : x;
    largest = count > 0 ? std::max(largest, x) : x;
    count += 1;
    const double delta = x - mean;
    mean += delta / count;
    squared_deviations += delta * (x - mean);
  }
  void Merge(const Moments& other);
  // Population variance; 0 without observations.
  double variance() const {
    return count > 0 ? squared_deviations / count : 0.0;
  }
  double mean_square() const { return variance() + mean * mean; }
  double largest_deviation() const {
    return std::max(largest - mean, mean - smallest);
  }
};

// Moments of a sample of examples: of the label and of its features. A sample
// has seen few of the many features of sparse data, and keeps nothing of the
// others.
struct SampleMoments {
  Moments label;

  // Dense data: one entry a feature.
  AlignedVector<Moments> features;

  // Sparse data: by feature id, of the non-zero values. Ids are below
  // num_sparse_features, which counts also the features without any.
  absl::flat_hash_map<uint32_t, Moments> seen;
  uint32_t num_sparse_features = 0;

  size_t num_features() const {
    return std::max<size_t>(features.size(), num_sparse_features);
  }

  // Examples [begin, end), all blocks dense or all sparse.
  void Add(const Examples& examples, size_t begin, size_t end);
  void Merge(const SampleMoments& other);
};

struct NormalizerOptions {
  // Features that are known even if the sample has fewer.
  size_t num_features = 0;
  bool shift_features = true;  // subtract the mean (dense data only)
  bool scale_features = true;
  bool shift_label = false;
  bool scale_label = false;
};

class Normalizer {
 public:
  Normalizer() = default;
  Normalizer(const SampleMoments& sample, bool sparse,
             const NormalizerOptions& options);

  // Normalises features and labels in place. Dense examples must have
  // num_features() features; sparse ones may have others.
  void Apply(Examples* examples) const;

  // The raw value of a normalised label or regression score.
  double RawLabel(double normalized) const {
    return normalized * label_scale_ + label_shift_;
  }

  // Folds the normalisation back: `weights` (num_features x outputs,
  // row-major) and `bias` (outputs) act on raw features afterwards and give
  // raw labels.
  void FoldBack(size_t outputs, std::vector<float>* weights,
                std::vector<float>* bias) const;
  // The inverse, for continuing from an earlier model.
  void Normalize(size_t outputs, std::vector<float>* weights,
                 std::vector<float>* bias) const;

  size_t num_features() const { return scale_.size(); }
  double label_shift() const { return label_shift_; }
  double label_scale() const { return label_scale_; }
  double shift(size_t feature) const {
    return feature < shift_.size() ? shift_[feature] : 0.0;
  }
  double scale(size_t feature) const {
    return feature < scale_.size() ? scale_[feature] : unseen_scale_;
  }

 private:
  double label_shift_ = 0.0;
  double label_scale_ = 1.0;
  std::vector<double> shift_;  // subtracted; empty when nothing is
  std::vector<double> scale_;  // divided by
  // Of features of which the sample does not tell a scale.
  double unseen_scale_ = 1.0;
  std::vector<float> float_shift_;
  std::vector<float> inverse_scale_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_NORMALIZER_H_

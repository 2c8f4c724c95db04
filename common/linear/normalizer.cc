#include "common/linear/normalizer.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lineup {
namespace {

// Where the spread is no more than the rounding of the values, there is
// nothing to scale; nor where its inverse would not be a float.
bool IsConstant(const Moments& m) {
  const double rounding =
      std::abs(m.mean) * std::numeric_limits<float>::epsilon() / 2;
  return std::sqrt(m.variance()) <=
         std::max<double>(rounding, std::numeric_limits<float>::min());
}

// What to divide values of this root mean square by; 1 where the inverse would
// not be a float.
double ScaleOf(double root_mean_square) {
  return root_mean_square > std::numeric_limits<float>::min() ? root_mean_square
                                                              : 1.0;
}

// Whether so few examples deviate from the others that the standard deviation
// says how many, and not how far. If k of n examples deviate alike, the sum of
// squares is k times the largest one.
bool IsRare(const Moments& m) {
  constexpr double kFew = 10;
  constexpr double kRareShare = 0.001;
  const double largest = m.largest_deviation();
  const double deviating = m.squared_deviations / (largest * largest);
  return deviating < std::min(kFew, kRareShare * m.count);
}

// What a feature's values are to be divided by; 0 where the sample does not
// tell.
double ScaleOf(const Moments& m, bool sparse) {
  if (m.count == 0) return 0.0;
  if (sparse) return ScaleOf(std::sqrt(m.mean_square()));
  if (IsConstant(m)) return 0.0;
  return IsRare(m) ? m.largest_deviation() : std::sqrt(m.variance());
}

// The geometric mean of the scales that are known: one of large values among
// many of small ones hardly moves it.
double TypicalScale(const std::vector<double>& scales) {
  double count = 0, logs = 0;
  for (const double scale : scales) {
    if (scale == 0) continue;
    count += 1;
    logs += std::log(scale);
  }
  return count > 0 ? std::exp(logs / count) : 1.0;
}

}  // namespace

void Moments::Merge(const Moments& other) {
  if (other.count == 0) return;
  smallest = count > 0 ? std::min(smallest, other.smallest) : other.smallest;
  largest = count > 0 ? std::max(largest, other.largest) : other.largest;
  const double total = count + other.count;
  const double delta = other.mean - mean;
  mean += delta * other.count / total;
  squared_deviations +=
      other.squared_deviations + delta * delta * count * other.count / total;
  count = total;
}

void SampleMoments::Add(const Examples& examples, size_t begin, size_t end) {
  if (examples.sparse) {
    num_sparse_features = std::max(num_sparse_features, examples.num_features);
  } else if (features.size() < examples.num_features) {
    features.resize(examples.num_features);
  }
  for (size_t i = begin; i < end; ++i) {
    if (!examples.labels.empty()) label.Add(examples.labels[i]);
    if (!examples.sparse) {
      const float* x = &examples.values[i * examples.num_features];
      for (size_t f = 0; f < examples.num_features; ++f) features[f].Add(x[f]);
      continue;
    }
    for (size_t j = examples.row_starts[i]; j < examples.row_starts[i + 1];
         ++j) {
      if (examples.values[j] != 0.0f) {
        seen[examples.feature_ids[j]].Add(examples.values[j]);
      }
    }
  }
}

void SampleMoments::Merge(const SampleMoments& other) {
  label.Merge(other.label);
  if (features.size() < other.features.size()) {
    features.resize(other.features.size());
  }
  for (size_t f = 0; f < other.features.size(); ++f) {
    features[f].Merge(other.features[f]);
  }
  num_sparse_features =
      std::max(num_sparse_features, other.num_sparse_features);
  seen.reserve(std::max(seen.size(), other.seen.size()));
  for (const auto& [feature, moments] : other.seen) {
    seen[feature].Merge(moments);
  }
}

Normalizer::Normalizer(const SampleMoments& sample, bool sparse,
                       const NormalizerOptions& options)
    : scale_(std::max(sample.num_features(), options.num_features), 1.0) {
  if (options.shift_label) label_shift_ = sample.label.mean;
  if (options.scale_label && !IsConstant(sample.label)) {
    label_scale_ = std::sqrt(sample.label.variance());
  }
  if (options.shift_features && !sparse) {
    shift_.resize(scale_.size());
    for (size_t f = 0; f < sample.features.size(); ++f) {
      // A float, so that Apply subtracts just what FoldBack puts back.
      shift_[f] = static_cast<float>(sample.features[f].mean);
    }
  }
  if (options.scale_features) {
    std::fill(scale_.begin(), scale_.end(), 0.0);
    for (size_t f = 0; f < sample.features.size(); ++f) {
      scale_[f] = ScaleOf(sample.features[f], sparse);
    }
    for (const auto& [feature, moments] : sample.seen) {
      scale_[feature] = ScaleOf(moments, sparse);
    }
    unseen_scale_ = TypicalScale(scale_);
    std::replace(scale_.begin(), scale_.end(), 0.0, unseen_scale_);
  }
  float_shift_.assign(shift_.begin(), shift_.end());
  inverse_scale_.resize(scale_.size());
  for (size_t f = 0; f < scale_.size(); ++f) {
    inverse_scale_[f] = static_cast<float>(1.0 / scale_[f]);
  }
}

void Normalizer::Apply(Examples* examples) const {
  if (label_shift_ != 0.0 || label_scale_ != 1.0) {
    for (float& y : examples->labels) {
      y = static_cast<float>((y - label_shift_) / label_scale_);
    }
  }
  if (examples->sparse) {
    const size_t known = inverse_scale_.size();
    const float unseen = static_cast<float>(1.0 / unseen_scale_);
    for (size_t j = 0; j < examples->values.size(); ++j) {
      const uint32_t f = examples->feature_ids[j];
      examples->values[j] *= f < known ? inverse_scale_[f] : unseen;
    }
    return;
  }
  const size_t width = examples->num_features;
  if (width == 0) return;
  for (size_t i = 0; i < examples->values.size(); i += width) {
    float* x = &examples->values[i];
    if (shift_.empty()) {
      for (size_t f = 0; f < width; ++f) x[f] *= inverse_scale_[f];
    } else {
      for (size_t f = 0; f < width; ++f) {
        x[f] = (x[f] - float_shift_[f]) * inverse_scale_[f];
      }
    }
  }
}

void Normalizer::FoldBack(size_t outputs, std::vector<float>* weights,
                          std::vector<float>* bias) const {
  std::vector<double> raw_bias(bias->begin(), bias->end());
  float* weight = weights->data();
  for (size_t f = 0; f < weights->size() / outputs; ++f) {
    const double feature_scale = scale(f);
    const double feature_shift = shift(f);
    for (size_t o = 0; o < outputs; ++o, ++weight) {
      const double w = *weight / feature_scale;
      raw_bias[o] -= w * feature_shift;
      *weight = static_cast<float>(w * label_scale_);
    }
  }
  for (size_t o = 0; o < outputs; ++o) {
    (*bias)[o] = static_cast<float>(raw_bias[o] * label_scale_ + label_shift_);
  }
}

void Normalizer::Normalize(size_t outputs, std::vector<float>* weights,
                           std::vector<float>* bias) const {
  std::vector<double> normalized(bias->begin(), bias->end());
  for (double& b : normalized) b = (b - label_shift_) / label_scale_;
  for (size_t i = 0; i < weights->size(); ++i) {
    const size_t f = i / outputs;
    const double w = (*weights)[i] / label_scale_;
    normalized[i % outputs] += w * shift(f);
    (*weights)[i] = static_cast<float>(w * scale(f));
  }
  for (size_t o = 0; o < outputs; ++o) {
    (*bias)[o] = static_cast<float>(normalized[o]);
  }
}

}  // namespace lineup

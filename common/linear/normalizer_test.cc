#include "common/linear/normalizer.h"

#include <cmath>
#include <utility>
#include <vector>

#include "common/base/random.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

// Mean and population variance in two passes.
std::pair<double, double> TwoPass(const std::vector<double>& values) {
  double mean = 0, variance = 0;
  for (const double x : values) mean += x;
  mean /= values.size();
  for (const double x : values) variance += (x - mean) * (x - mean);
  return {mean, variance / values.size()};
}

Moments MomentsOf(const std::vector<double>& values) {
  Moments moments;
  for (const double x : values) moments.Add(x);
  return moments;
}

// Values around a mean that is large against their spread.
std::vector<double> Values(size_t n, double mean, uint64_t seed) {
  SplitMix64 random(seed);
  std::vector<double> values(n);
  for (double& x : values) x = mean + random.Uniform();
  return values;
}

TEST(MomentsTest, AreThoseOfTwoPasses) {
  for (const double mean : {0.0, 1.0, -1e6, 1e9}) {
    const std::vector<double> values = Values(10000, mean, 1);
    const Moments moments = MomentsOf(values);
    const auto [want_mean, want_variance] = TwoPass(values);
    EXPECT_EQ(moments.count, 10000);
    EXPECT_NEAR(moments.mean, want_mean, 1e-12 * (1 + std::abs(mean)));
    EXPECT_NEAR(moments.variance(), want_variance, 1e-6 * want_variance);
    EXPECT_NEAR(moments.mean_square(), want_variance + want_mean * want_mean,
                1e-9 * (want_variance + want_mean * want_mean));
  }
}

TEST(MomentsTest, VarianceIsThePopulations) {
  EXPECT_DOUBLE_EQ(MomentsOf({1, 3}).variance(), 1.0);
  EXPECT_EQ(MomentsOf({5}).variance(), 0.0);
  EXPECT_EQ(Moments().variance(), 0.0);
}

TEST(MomentsTest, MergingIsAddingWhateverTheGrouping) {
  const std::vector<double> a = Values(100, 5, 2), b = Values(1, -3, 3),
                            c = Values(2000, 1e3, 4);
  std::vector<double> all = a;
  all.insert(all.end(), b.begin(), b.end());
  all.insert(all.end(), c.begin(), c.end());
  const Moments want = MomentsOf(all);
  Moments left = MomentsOf(a);  // (a + b) + c
  left.Merge(MomentsOf(b));
  left.Merge(MomentsOf(c));
  Moments tail = MomentsOf(b);  // a + (b + c)
  tail.Merge(MomentsOf(c));
  Moments right = MomentsOf(a);
  right.Merge(tail);
  for (const Moments& m : {left, right}) {
    EXPECT_EQ(m.count, want.count);
    EXPECT_NEAR(m.mean, want.mean, 1e-12 * want.mean);
    EXPECT_NEAR(m.variance(), want.variance(), 1e-12 * want.variance());
    EXPECT_EQ(m.smallest, want.smallest);
    EXPECT_EQ(m.largest, want.largest);
  }
}

TEST(MomentsTest, NothingMergedIsNothingChanged) {
  Moments moments = MomentsOf({1, 2, 4});
  const Moments before = moments;
  moments.Merge(Moments());
  EXPECT_EQ(moments.mean, before.mean);
  Moments empty;
  empty.Merge(before);
  EXPECT_EQ(empty.count, 3);
  EXPECT_EQ(empty.mean, before.mean);
  EXPECT_EQ(empty.squared_deviations, before.squared_deviations);
  EXPECT_EQ(empty.smallest, 1);
  EXPECT_EQ(empty.largest, 4);
}

Examples Dense(size_t size, uint32_t features, uint64_t seed) {
  Examples examples;
  SplitMix64 random(seed);
  examples.num_features = features;
  for (size_t i = 0; i < size; ++i) {
    examples.labels.push_back(100 + 20 * random.Uniform());
    for (uint32_t f = 0; f < features; ++f) {
      examples.values.push_back((f + 1) * (random.Uniform() + 0.1 * f));
    }
  }
  return examples;
}

// Features 0, 3, 8 with values, 5 never.
Examples Sparse() {
  Examples examples;
  examples.sparse = true;
  examples.num_features = 9;
  examples.labels = {1, 2, 3};
  examples.feature_ids = {0, 3, 0, 8, 3, 8};
  examples.values = {3, 1, 4, 2, -1, 0};
  examples.row_starts = {0, 2, 4, 6};
  return examples;
}

SampleMoments SampleOf(const Examples& examples) {
  SampleMoments sample;
  sample.Add(examples, 0, examples.size());
  return sample;
}

NormalizerOptions All() {
  NormalizerOptions options;
  options.shift_label = options.scale_label = true;
  return options;
}

TEST(SampleMomentsTest, DenseFeaturesAndLabel) {
  const Examples examples = Dense(500, 4, 5);
  const SampleMoments sample = SampleOf(examples);
  ASSERT_EQ(sample.features.size(), 4);
  for (uint32_t f = 0; f < 4; ++f) {
    std::vector<double> column;
    for (size_t i = 0; i < 500; ++i)
      column.push_back(examples.values[4 * i + f]);
    const auto [mean, variance] = TwoPass(column);
    EXPECT_NEAR(sample.features[f].mean, mean, 1e-12);
    EXPECT_NEAR(sample.features[f].variance(), variance, 1e-12);
  }
  const auto [mean, variance] = TwoPass(
      std::vector<double>(examples.labels.begin(), examples.labels.end()));
  EXPECT_NEAR(sample.label.mean, mean, 1e-10);
  EXPECT_NEAR(sample.label.variance(), variance, 1e-10);
}

TEST(SampleMomentsTest, PartsMergeToTheWhole) {
  const Examples examples = Dense(500, 3, 6);
  const SampleMoments whole = SampleOf(examples);
  SampleMoments merged;
  for (const size_t begin : {0, 100, 499}) {
    SampleMoments part;
    part.Add(examples, begin, begin == 0 ? 100 : begin == 100 ? 499 : 500);
    merged.Merge(part);
  }
  EXPECT_EQ(merged.label.count, 500);
  for (uint32_t f = 0; f < 3; ++f) {
    EXPECT_NEAR(merged.features[f].mean, whole.features[f].mean, 1e-12);
    EXPECT_NEAR(merged.features[f].variance(), whole.features[f].variance(),
                1e-12);
  }
}

TEST(SampleMomentsTest, OfSparseFeaturesOnlyNonZerosCount) {
  const SampleMoments sample = SampleOf(Sparse());
  EXPECT_EQ(sample.num_features(), 9);
  ASSERT_EQ(sample.seen.size(), 3);
  EXPECT_EQ(sample.seen.at(0).count, 2);
  EXPECT_EQ(sample.seen.at(0).mean, 3.5);
  EXPECT_EQ(sample.seen.at(3).count, 2);
  EXPECT_EQ(sample.seen.at(8).count, 1);  // not the explicit zero
  EXPECT_EQ(sample.label.count, 3);
}

// Nothing is kept of ten million features that no example has, nor are they
// forgotten when parts are merged, in whichever order.
TEST(SampleMomentsTest, UnseenSparseFeaturesAreOnlyCounted) {
  Examples examples = Sparse();
  examples.num_features = 10'000'000;
  const SampleMoments wide = SampleOf(examples), narrow = SampleOf(Sparse());
  EXPECT_EQ(wide.num_features(), 10'000'000);
  EXPECT_EQ(wide.seen.size(), 3);
  EXPECT_TRUE(wide.features.empty());
  for (const auto& [first, second] :
       {std::pair(&wide, &narrow), std::pair(&narrow, &wide)}) {
    SampleMoments merged;
    merged.Merge(*first);
    merged.Merge(*second);
    EXPECT_EQ(merged.num_features(), 10'000'000);
    EXPECT_EQ(merged.seen.size(), 3);
  }
  // Also of examples that are not taken.
  SampleMoments none;
  none.Add(examples, 0, 0);
  EXPECT_EQ(none.num_features(), 10'000'000);
  EXPECT_TRUE(none.seen.empty());
}

TEST(NormalizerTest, DenseDataGetMeanZeroAndDeviationOne) {
  Examples examples = Dense(1000, 5, 7);
  const Normalizer normalizer(SampleOf(examples), false, All());
  normalizer.Apply(&examples);
  const SampleMoments after = SampleOf(examples);
  for (const Moments& m : after.features) {
    EXPECT_NEAR(m.mean, 0, 1e-6);
    EXPECT_NEAR(m.variance(), 1, 1e-5);
  }
  EXPECT_NEAR(after.label.mean, 0, 1e-6);
  EXPECT_NEAR(after.label.variance(), 1, 1e-5);
}

TEST(NormalizerTest, OptionsTurnEachPartOff) {
  const Examples raw = Dense(100, 2, 8);
  const SampleMoments sample = SampleOf(raw);
  NormalizerOptions nothing;
  nothing.shift_features = nothing.scale_features = false;
  Examples examples = raw;
  Normalizer(sample, false, nothing).Apply(&examples);
  EXPECT_EQ(examples.values, raw.values);
  EXPECT_EQ(examples.labels, raw.labels);

  NormalizerOptions scale_only;
  scale_only.shift_features = false;
  examples = raw;
  Normalizer(sample, false, scale_only).Apply(&examples);
  for (size_t i = 0; i < raw.values.size(); ++i) {
    const double deviation = std::sqrt(sample.features[i % 2].variance());
    EXPECT_NEAR(examples.values[i], raw.values[i] / deviation, 1e-5);
  }
}

TEST(NormalizerTest, ConstantFeaturesAreScaledLikeATypicalOne) {
  Examples examples;
  examples.num_features = 3;
  SplitMix64 random(9);
  for (int i = 0; i < 100; ++i) {
    examples.labels.push_back(7);
    examples.values.push_back(1234.5f);                        // constant
    examples.values.push_back(1e9f + 1024 * random.Below(2));  // narrow
    examples.values.push_back(1e-42f * random.Below(2));       // denormal
  }
  const Normalizer normalizer(SampleOf(examples), false, All());
  EXPECT_GT(normalizer.scale(1), 100.0);
  EXPECT_NEAR(normalizer.scale(0), normalizer.scale(1), 1e-9);
  EXPECT_NEAR(normalizer.scale(2), normalizer.scale(1), 1e-9);
  EXPECT_EQ(normalizer.label_scale(), 1.0);
  normalizer.Apply(&examples);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(examples.labels[i], 0.0f);
    EXPECT_EQ(examples.values[3 * i], 0.0f);
    EXPECT_LT(std::abs(examples.values[3 * i + 1]), 3.0f);
  }
}

Moments Deviating(int count, int deviating, double by) {
  Moments moments;
  for (int i = 0; i < count; ++i) moments.Add(i < deviating ? 5 + by : 5);
  return moments;
}

// Divided by its standard deviation, the one value of feature 0 would be 100.
TEST(NormalizerTest, RareDenseFeaturesAreScaledByTheirLargestDeviation) {
  SampleMoments sample;
  sample.features = {Deviating(10000, 1, -3), Deviating(10000, 9, 2),
                     Deviating(10000, 10, 2), Deviating(500, 1, 2),
                     Deviating(2000, 1, 2)};
  const Normalizer normalizer(sample, false, All());
  EXPECT_NEAR(normalizer.scale(0), 3, 1e-2);
  EXPECT_NEAR(normalizer.scale(1), 2, 1e-2);
  // Enough, or not rare.
  EXPECT_NEAR(normalizer.scale(2), std::sqrt(sample.features[2].variance()),
              1e-12);
  EXPECT_NEAR(normalizer.scale(3), std::sqrt(sample.features[3].variance()),
              1e-12);
  EXPECT_NEAR(normalizer.scale(4), 2, 1e-2);
}

TEST(NormalizerTest, SparseDataAreScaledByTheSizeOfTheirNonZeros) {
  Examples examples = Sparse();
  const Normalizer normalizer(SampleOf(examples), true, NormalizerOptions());
  EXPECT_DOUBLE_EQ(normalizer.scale(0), std::sqrt(12.5));
  EXPECT_DOUBLE_EQ(normalizer.scale(3), 1.0);
  EXPECT_DOUBLE_EQ(normalizer.scale(8), 2.0);
  EXPECT_EQ(normalizer.shift(0), 0.0);
  const AlignedUint32s ids = examples.feature_ids;
  normalizer.Apply(&examples);
  EXPECT_EQ(examples.feature_ids, ids);
  EXPECT_FLOAT_EQ(examples.values[0], 3 / std::sqrt(12.5));
  EXPECT_FLOAT_EQ(examples.values[3], 1.0f);
  EXPECT_EQ(examples.values[5], 0.0f);
}

// Id 5 is among the sample's, 20 beyond them; neither has a value in it.
TEST(NormalizerTest, UnseenSparseFeaturesAreScaledLikeATypicalOne) {
  const Normalizer normalizer(SampleOf(Sparse()), true, NormalizerOptions());
  // Of the features 0, 3 and 8.
  const double size = std::cbrt(std::sqrt(12.5) * 1 * 2);
  EXPECT_NEAR(normalizer.scale(5), size, 1e-12);
  EXPECT_NEAR(normalizer.scale(20), size, 1e-12);
  Examples later = Sparse();
  later.num_features = 21;
  later.feature_ids = {0, 5, 0, 20, 3, 8};
  normalizer.Apply(&later);
  EXPECT_FLOAT_EQ(later.values[1], 1 / size);
  EXPECT_FLOAT_EQ(later.values[3], 2 / size);
}

// One feature of large values must not make unseen 0/1 features vanish.
TEST(NormalizerTest, UnseenSparseFeaturesKeepTheirSizeBesideALargeOne) {
  SampleMoments sample;
  sample.num_sparse_features = 1001;
  for (int i = 0; i < 100; ++i) sample.seen[0].Add(60'000);
  for (int f = 1; f < 1001; ++f) sample.seen[f].Add(1);
  const Normalizer normalizer(sample, true, NormalizerOptions());
  EXPECT_NEAR(normalizer.scale(5000), 1.0, 0.02);
}

TEST(NormalizerTest, UnseenFeaturesAreLeftAloneWhereNothingIsScaled) {
  NormalizerOptions unscaled;
  unscaled.scale_features = false;
  EXPECT_EQ(Normalizer(SampleOf(Sparse()), true, unscaled).scale(20), 1.0);
  // Nor has a sample without any value a size.
  SampleMoments nothing;
  nothing.num_sparse_features = 3;
  EXPECT_EQ(Normalizer(nothing, true, NormalizerOptions()).scale(1), 1.0);
}

constexpr uint32_t kManyFeatures = 20'000;

// Of features below `num_features`, more of the smaller ones.
Examples ManySparse(size_t size, uint32_t num_features, uint64_t seed) {
  Examples examples;
  SplitMix64 random(seed);
  examples.sparse = true;
  examples.num_features = num_features;
  examples.row_starts = {0};
  for (size_t i = 0; i < size; ++i) {
    for (uint32_t f = random.Below(50); f < num_features;
         f += 1 + random.Below(10 + f)) {
      examples.feature_ids.push_back(f);
      examples.values.push_back(random.Uniform() - 0.3);
    }
    examples.row_starts.push_back(examples.feature_ids.size());
  }
  return examples;
}

// Arrays of all features, a part merged after the other: sums of floating-point
// numbers depend on their order, and so would models.
TEST(NormalizerTest, MergedSparsePartsScaleAsArraysOfAllFeaturesDo) {
  SampleMoments merged;
  std::vector<Moments> sums(kManyFeatures);
  for (const uint32_t width : {5000u, kManyFeatures, 100u, 10000u}) {
    const Examples examples = ManySparse(40, width, width);
    merged.Merge(SampleOf(examples));
    std::vector<Moments> part(width);
    for (size_t j = 0; j < examples.values.size(); ++j) {
      part[examples.feature_ids[j]].Add(examples.values[j]);
    }
    for (uint32_t f = 0; f < width; ++f) sums[f].Merge(part[f]);
  }
  double seen = 0, logs = 0;
  std::vector<double> scales;
  for (const Moments& sum : sums) {
    scales.push_back(std::sqrt(sum.mean_square()));
    if (sum.count == 0) continue;
    seen += 1;
    logs += std::log(scales.back());
  }
  ASSERT_GT(seen, 200);
  ASSERT_LT(seen, kManyFeatures / 2);
  const double typical = std::exp(logs / seen);

  NormalizerOptions options;
  options.num_features = kManyFeatures + 7;
  const Normalizer normalizer(merged, true, options);
  EXPECT_EQ(normalizer.num_features(), kManyFeatures + 7);
  EXPECT_EQ(merged.seen.size(), seen);
  for (uint32_t f = 0; f < kManyFeatures + 20; ++f) {
    const bool known = f < kManyFeatures && sums[f].count > 0;
    ASSERT_EQ(normalizer.scale(f), known ? scales[f] : typical) << f;
  }
  // The same from an array, which checkpoints of format 1 have.
  SampleMoments array;
  array.features.assign(sums.begin(), sums.end());
  const Normalizer same(array, true, NormalizerOptions());
  EXPECT_EQ(same.num_features(), kManyFeatures);
  for (uint32_t f = 0; f < kManyFeatures + 20; ++f) {
    ASSERT_EQ(same.scale(f), normalizer.scale(f)) << f;
  }
}

// Scores of raw weights on raw examples, in label units.
double RawScore(const std::vector<float>& weights,
                const std::vector<float>& bias, size_t outputs, size_t output,
                const float* x) {
  double score = bias[output];
  for (size_t f = 0; f * outputs < weights.size(); ++f) {
    score += double{x[f]} * weights[f * outputs + output];
  }
  return score;
}

TEST(NormalizerTest, FoldedBackWeightsScoreRawExamplesAlike) {
  constexpr size_t kOutputs = 3;
  const Examples raw = Dense(200, 4, 10);
  const Normalizer normalizer(SampleOf(raw), false, All());
  Examples normalized = raw;
  normalizer.Apply(&normalized);
  std::vector<float> weights(4 * kOutputs), bias(kOutputs);
  SplitMix64 random(11);
  for (float& w : weights) w = random.Uniform() - 0.5;
  for (float& b : bias) b = random.Uniform() - 0.5;
  std::vector<float> raw_weights = weights, raw_bias = bias;
  normalizer.FoldBack(kOutputs, &raw_weights, &raw_bias);
  for (size_t i = 0; i < raw.size(); ++i) {
    for (size_t o = 0; o < kOutputs; ++o) {
      const double score =
          RawScore(weights, bias, kOutputs, o, &normalized.values[4 * i]);
      EXPECT_NEAR(
          RawScore(raw_weights, raw_bias, kOutputs, o, &raw.values[4 * i]),
          normalizer.RawLabel(score), 1e-4);
    }
  }
  // And back again.
  normalizer.Normalize(kOutputs, &raw_weights, &raw_bias);
  for (size_t i = 0; i < weights.size(); ++i) {
    EXPECT_NEAR(raw_weights[i], weights[i], 1e-6);
  }
  for (size_t o = 0; o < kOutputs; ++o) {
    EXPECT_NEAR(raw_bias[o], bias[o], 1e-4);
  }
}

// Also those of features that the sample does not have.
TEST(NormalizerTest, FoldedBackSparseWeightsScoreRawExamplesAlike) {
  const Normalizer normalizer(SampleOf(Sparse()), true, All());
  Examples raw = Sparse();
  raw.num_features = 21;
  raw.feature_ids = {0, 5, 0, 20, 3, 8};
  Examples normalized = raw;
  normalizer.Apply(&normalized);
  std::vector<float> weights(21), bias = {0.25f};
  for (size_t f = 0; f < 21; ++f) weights[f] = 0.1f * (f + 1);
  std::vector<float> raw_weights = weights, raw_bias = bias;
  normalizer.FoldBack(1, &raw_weights, &raw_bias);
  const auto score = [](const Examples& examples, size_t i,
                        const std::vector<float>& w, float b) {
    double sum = b;
    for (size_t j = examples.row_starts[i]; j < examples.row_starts[i + 1];
         ++j) {
      sum += double{w[examples.feature_ids[j]]} * examples.values[j];
    }
    return sum;
  };
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(score(raw, i, raw_weights, raw_bias[0]),
                normalizer.RawLabel(score(normalized, i, weights, bias[0])),
                1e-5);
  }
  normalizer.Normalize(1, &raw_weights, &raw_bias);
  for (size_t f = 0; f < 21; ++f) EXPECT_NEAR(raw_weights[f], weights[f], 1e-6);
}

// The mean of such a feature is no float. What Apply subtracts and what
// FoldBack puts back must be the same number all the same.
TEST(NormalizerTest, FoldBackIsExactForFeaturesFarFromZero) {
  Examples raw;
  raw.num_features = 1;
  SplitMix64 random(12);
  for (int i = 0; i < 1000; ++i) {
    raw.labels.push_back(0);
    raw.values.push_back(1e7f + random.Below(5));
  }
  const Normalizer normalizer(SampleOf(raw), false, NormalizerOptions());
  Examples normalized = raw;
  normalizer.Apply(&normalized);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_NEAR(normalized.values[i],
                (raw.values[i] - normalizer.shift(0)) / normalizer.scale(0),
                1e-6);
  }
}

// The gasoline data's label (mean 7674.0425, deviation 484.53366): a score of
// the normalised label becomes a raw one.
TEST(NormalizerTest, RawLabelUndoesTheLabelsNormalisation) {
  Examples examples = Dense(50, 1, 13);
  const std::vector<float> raw = examples.labels;
  const Normalizer normalizer(SampleOf(examples), false, All());
  normalizer.Apply(&examples);
  for (size_t i = 0; i < raw.size(); ++i) {
    EXPECT_NEAR(normalizer.RawLabel(examples.labels[i]), raw[i], 1e-4);
  }
}

TEST(NormalizerTest, ADefaultOneChangesNothing) {
  Examples examples = Sparse();
  const AlignedFloats values = examples.values;
  Normalizer().Apply(&examples);
  EXPECT_EQ(examples.values, values);
  EXPECT_EQ(Normalizer().RawLabel(3), 3);
}

}  // namespace
}  // namespace lineup

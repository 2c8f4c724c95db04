#include "worker/gradient_kernel.h"

#include <cmath>
#include <map>
#include <tuple>
#include <vector>

#include "absl/types/span.h"
#include "common/base/random.h"
#include "common/base/thread_pool.h"
#include "common/linear/aligned.h"
#include "common/linear/lineup_columns.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

Examples RandomExamples(bool sparse, size_t size, uint32_t features,
                        bool weighted) {
  Examples examples;
  SplitMix64 random(size + features);
  examples.sparse = sparse;
  examples.num_features = features;
  if (sparse) examples.row_starts.push_back(0);
  for (size_t i = 0; i < size; ++i) {
    examples.labels.push_back(random.Below(2));
    if (weighted) examples.weights.push_back(2 * random.Uniform());
    for (uint32_t f = 0; f < features; ++f) {
      // Low features are frequent.
      if (sparse && random.Uniform() * (f + 1) > 1) continue;
      examples.values.push_back(2 * random.Uniform() - 1);
      if (sparse) examples.feature_ids.push_back(f);
    }
    if (sparse) examples.row_starts.push_back(examples.feature_ids.size());
  }
  return examples;
}

// Features of an example, by their rows.
std::map<uint32_t, double> RowOf(const Examples& examples, size_t i) {
  std::map<uint32_t, double> row = {{kBiasRow, 1.0}};
  if (examples.sparse) {
    for (uint64_t j = examples.row_starts[i]; j < examples.row_starts[i + 1];
         ++j) {
      row[RowOfFeature(examples.feature_ids[j])] = examples.values[j];
    }
  } else {
    for (uint32_t f = 0; f < examples.num_features; ++f) {
      row[RowOfFeature(f)] = examples.values[i * examples.num_features + f];
    }
  }
  return row;
}

LineupColumns Candidates(size_t n) {
  std::vector<Candidate> candidates(n);
  for (size_t c = 0; c < n; ++c) candidates[c].index = c;
  return LineupColumns(candidates, 1);
}

// A minibatch, weights for it, and everything that is computed from them.
struct Outcome {
  AlignedFloats gradient;  // by index
  std::vector<double> losses;
};

Outcome Compute(const Minibatch& minibatch, const LineupColumns& columns,
                WeightsIn weights, int threads) {
  ThreadPool pool(threads);
  const LossFunction loss(LossType::kLogistic, columns);
  GradientKernel kernel(&loss, columns.width(), columns.num_candidates(),
                        &pool);
  Outcome run;
  kernel.Compute(minibatch, weights);
  run.losses.assign(kernel.loss_sums().begin(), kernel.loss_sums().end());
  // By stripes, as a shard asks for them.
  const RowSet& rows = minibatch.rows;
  run.gradient.assign(rows.size() * columns.width(), NAN);
  AlignedFloats out;
  for (uint32_t stripe = 0; stripe < kNumStripes; ++stripe) {
    const size_t count = rows.count(stripe);
    out.assign(count * columns.width(), NAN);
    kernel.GradientRows(rows.first(stripe), rows.stride(), count, out.data());
    for (size_t j = 0; j < count; ++j) {
      const size_t index = rows.first(stripe) + j * rows.stride();
      std::copy(&out[j * columns.width()],
                &out[j * columns.width()] + columns.width(),
                &run.gradient[index * columns.width()]);
    }
  }
  return run;
}

Outcome Compute(const Minibatch& minibatch, const LineupColumns& columns,
                const AlignedFloats& weights, int threads) {
  return Compute(minibatch, columns, WeightsIn(weights.data()), threads);
}

struct Shape {
  bool sparse;
  size_t examples;
  uint32_t features;
  size_t candidates;
  bool weighted;
};

class GradientKernelTest : public testing::TestWithParam<Shape> {
 protected:
  GradientKernelTest()
      : examples_(RandomExamples(GetParam().sparse, GetParam().examples,
                                 GetParam().features, GetParam().weighted)),
        columns_(Candidates(GetParam().candidates)) {
    std::vector<ExampleRef> refs;
    for (uint32_t i = 0; i < examples_.size(); ++i) {
      refs.push_back({&examples_, i});
    }
    MinibatchBuilder().Build(refs, &minibatch_);
    SplitMix64 random(3);
    weights_.assign(minibatch_.rows.size() * columns_.width(), 0.0f);
    for (size_t index = 0; index < minibatch_.rows.size(); ++index) {
      for (size_t c = 0; c < columns_.num_candidates(); ++c) {
        weights_[index * columns_.width() + c] =
            (2 * random.Uniform() - 1) / std::sqrt(GetParam().features);
      }
    }
  }

  const Examples examples_;
  const LineupColumns columns_;
  Minibatch minibatch_;
  AlignedFloats weights_;
};

TEST_P(GradientKernelTest, IsTheGradientInDoublePrecision) {
  const size_t width = columns_.width();
  const Outcome run = Compute(minibatch_, columns_, weights_, 1);
  std::map<uint32_t, size_t> index_of;
  for (size_t i = 0; i < minibatch_.rows.size(); ++i) {
    index_of[minibatch_.rows.row(i)] = i;
  }
  std::vector<double> gradient(weights_.size(), 0.0),
      size(weights_.size(), 0.0);
  std::vector<double> losses(columns_.num_candidates(), 0.0);
  for (size_t i = 0; i < examples_.size(); ++i) {
    const auto row = RowOf(examples_, i);
    const double s = examples_.weights.empty() ? 1 : examples_.weights[i];
    for (size_t c = 0; c < columns_.num_candidates(); ++c) {
      double score = 0;
      for (const auto& [r, x] : row)
        score += x * weights_[index_of[r] * width + c];
      const double y = examples_.labels[i];
      losses[c] += s * (std::log1p(std::exp(score)) - y * score);
      const double d = s * (1 / (1 + std::exp(-score)) - y);
      for (const auto& [r, x] : row) {
        gradient[index_of[r] * width + c] += d * x;
        size[index_of[r] * width + c] += std::abs(d * x);
      }
    }
  }
  for (size_t i = 0; i < gradient.size(); ++i) {
    ASSERT_NEAR(run.gradient[i], gradient[i], 3e-6 * size[i] + 1e-7)
        << "row " << minibatch_.rows.row(i / width) << " column " << i % width;
  }
  for (size_t c = 0; c < losses.size(); ++c) {
    EXPECT_NEAR(run.losses[c], losses[c], 2e-6 * losses[c]);
  }
}

TEST_P(GradientKernelTest, HasTheSameBitsWithAnyNumberOfThreads) {
  const Outcome one = Compute(minibatch_, columns_, weights_, 1);
  for (const int threads : {2, 4}) {
    const Outcome many = Compute(minibatch_, columns_, weights_, threads);
    EXPECT_EQ(many.gradient, one.gradient) << threads << " threads";
    EXPECT_EQ(many.losses, one.losses) << threads << " threads";
  }
}

TEST_P(GradientKernelTest, ScoresOfAPartAreTheSame) {
  const size_t width = columns_.width();
  AlignedFloats all(examples_.size() * width), part(width);
  ComputeScores(minibatch_, weights_.data(), width, 0, examples_.size(),
                all.data());
  const size_t last = examples_.size() - 1;
  ComputeScores(minibatch_, weights_.data(), width, last, last + 1,
                part.data());
  for (size_t k = 0; k < width; ++k) EXPECT_EQ(part[k], all[last * width + k]);
}

TEST_P(GradientKernelTest, RowsOfSparseDataMayBeAnywhere) {
  if (!GetParam().sparse) GTEST_SKIP() << "dense data has no places";
  const size_t width = columns_.width();
  const size_t rows = minibatch_.rows.size();
  // Backwards, and with a gap after each.
  AlignedFloats scattered(2 * rows * width, NAN);
  WeightsOut::Places places;
  for (size_t i = 0; i < rows; ++i) {
    float* const place = &scattered[2 * (rows - 1 - i) * width];
    std::copy_n(&weights_[i * width], width, place);
    places.push_back(place);
  }
  const Outcome want = Compute(minibatch_, columns_, weights_, 1);
  const Outcome got =
      Compute(minibatch_, columns_, WeightsIn(nullptr, places), 2);
  EXPECT_EQ(got.gradient, want.gradient);
  EXPECT_EQ(got.losses, want.losses);
}

TEST_P(GradientKernelTest, ADivergedCandidateStaysAlone) {
  const size_t width = columns_.width();
  const Outcome healthy = Compute(minibatch_, columns_, weights_, 1);
  const size_t sick = columns_.num_candidates() / 2;
  AlignedFloats weights = weights_;
  for (size_t i = 0; i < minibatch_.rows.size(); ++i) {
    weights[i * width + sick] = i % 2 == 0 ? NAN : INFINITY;
  }
  const Outcome run = Compute(minibatch_, columns_, weights, 1);
  EXPECT_FALSE(std::isfinite(run.losses[sick]));
  for (size_t i = 0; i < run.gradient.size(); ++i) {
    if (i % width == sick) continue;
    ASSERT_EQ(run.gradient[i], healthy.gradient[i]);
  }
}

// When candidates are dropped, nothing changes for the others.
TEST_P(GradientKernelTest, KeptCandidatesHaveTheSameBits) {
  std::vector<size_t> positions;
  for (size_t c = 0; c < columns_.num_candidates(); ++c) {
    if (c % 3 != 1) positions.push_back(c);
  }
  const LineupColumns kept = columns_.Keep(positions);
  const std::vector<ColumnRun> runs = ColumnRuns(columns_, kept, positions);
  const auto keep = [&](const AlignedFloats& all) {
    AlignedFloats some(minibatch_.rows.size() * kept.width(), 0.0f);
    for (size_t i = 0; i < minibatch_.rows.size(); ++i) {
      CopyColumns(absl::MakeConstSpan(runs), &all[i * columns_.width()],
                  &some[i * kept.width()]);
    }
    return some;
  };
  const Outcome all = Compute(minibatch_, columns_, weights_, 1);
  const Outcome some = Compute(minibatch_, kept, keep(weights_), 1);
  EXPECT_EQ(some.gradient, keep(all.gradient));
  for (size_t i = 0; i < positions.size(); ++i) {
    EXPECT_EQ(some.losses[i], all.losses[positions[i]]);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, GradientKernelTest,
    testing::Values(Shape{false, 1, 3, 1, false},      // width 8
                    Shape{false, 121, 30, 8, true},    // a block and a bit
                    Shape{false, 1000, 20, 12, true},  // width 16
                    Shape{false, 2500, 5, 20, false},  // blocks of two parts
                    Shape{false, 119, 300, 33, true},  // width 40
                    Shape{false, 250, 9, 320, false},
                    Shape{true, 1, 3, 1, false}, Shape{true, 65, 40, 8, true},
                    Shape{true, 1000, 2000, 12, false},
                    Shape{true, 300, 50, 20, true},
                    Shape{true, 3000, 10, 33, true},
                    Shape{true, 250, 30, 320, false}));

TEST(GradientKernelTest, AnotherMinibatchLeavesNoTrace) {
  const LineupColumns columns = Candidates(3);
  const LossFunction loss(LossType::kLogistic, columns);
  ThreadPool pool(1);
  GradientKernel kernel(&loss, columns.width(), 3, &pool);
  const Examples large = RandomExamples(false, 1000, 6, true);
  const Examples small = RandomExamples(false, 3, 6, false);
  const auto compute = [&](GradientKernel& kernel, const Examples& examples) {
    std::vector<ExampleRef> refs;
    for (uint32_t i = 0; i < examples.size(); ++i)
      refs.push_back({&examples, i});
    Minibatch minibatch;
    MinibatchBuilder().Build(refs, &minibatch);
    const AlignedFloats weights(7 * columns.width(), 0.1f);
    kernel.Compute(minibatch, weights.data());
    AlignedFloats gradient(7 * columns.width());
    kernel.GradientRows(0, 1, 7, gradient.data());
    return gradient;
  };
  compute(kernel, large);
  GradientKernel fresh(&loss, columns.width(), 3, &pool);
  EXPECT_EQ(compute(kernel, small), compute(fresh, small));
}

// Long sums are made of short ones, so they keep their digits.
TEST(GradientKernelTest, SumsOverManyExamplesKeepTheirDigits) {
  constexpr size_t kExamples = 200000;
  for (const bool sparse : {false, true}) {
    Examples examples;
    examples.sparse = sparse;
    examples.num_features = 1;
    examples.labels.assign(kExamples, 0);
    examples.values.assign(kExamples, 0.1f);
    if (sparse) {
      examples.feature_ids.assign(kExamples, 0);
      for (size_t i = 0; i <= kExamples; ++i) examples.row_starts.push_back(i);
    }
    std::vector<ExampleRef> refs;
    for (uint32_t i = 0; i < kExamples; ++i) refs.push_back({&examples, i});
    Minibatch minibatch;
    MinibatchBuilder().Build(refs, &minibatch);
    const LineupColumns columns = Candidates(1);
    const Outcome run = Compute(minibatch, columns,
                                AlignedFloats(2 * columns.width(), 0.0f), 1);
    const double tenth = 0.1f;
    // The derivative is 0.5 for each.
    EXPECT_NEAR(run.gradient[0], 0.5 * kExamples, 1e-5 * 0.5 * kExamples);
    EXPECT_NEAR(run.gradient[columns.width()], 0.5 * tenth * kExamples,
                1e-5 * 0.5 * tenth * kExamples);
  }
}

}  // namespace
}  // namespace lineup

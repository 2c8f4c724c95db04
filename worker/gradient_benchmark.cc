// The cost of training steps, from examples in memory to updated weights, and
// of their parts, against the bare matrix products of the same shapes.
//
//   bazel run //worker:gradient_benchmark -- --benchmark_filter=Dense
//
// Dense: 100 features, minibatches of 1000, adam. BM_EigenProducts is X W and
// X^T D alone, by Eigen, on minibatches that lie in one piece.
// Sparse: 1,000,000 features of Zipf's distribution, 40 non-zeros an example.
//
// The counter per_example or per_nonzero is a step's time for each of them.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

#include "Eigen/Core"
#include "benchmark/benchmark.h"
#include "common/base/random.h"
#include "common/base/thread_pool.h"
#include "common/linear/lineup_columns.h"
#include "common/linear/loss.h"
#include "server/weight_store.h"
#include "worker/gradient_kernel.h"
#include "worker/minibatch.h"

namespace lineup {
namespace {

constexpr size_t kMinibatch = 1000;
constexpr uint32_t kDenseFeatures = 100;
constexpr size_t kDenseExamples = 200000;
constexpr uint32_t kSparseFeatures = 1000000;
constexpr size_t kSparseExamples = 100000;
constexpr size_t kNonZeros = 40;

const Examples& DenseExamples() {
  static const Examples* const examples = [] {
    auto* e = new Examples;
    SplitMix64 random(1);
    e->num_features = kDenseFeatures;
    e->values.resize(kDenseExamples * kDenseFeatures);
    for (float& x : e->values) x = 2 * random.Uniform() - 1;
    for (size_t i = 0; i < kDenseExamples; ++i) {
      const float* x = &e->values[i * kDenseFeatures];
      e->labels.push_back(x[0] + x[1] - x[2] > 0.5 * random.Uniform());
    }
    return e;
  }();
  return *examples;
}

// The feature of a popularity rank: anywhere.
uint32_t FeatureOfRank(uint32_t rank) {
  return HashMix(7, rank) % kSparseFeatures;
}

const Examples& SparseExamples() {
  static const Examples* const examples = [] {
    auto* e = new Examples;
    SplitMix64 random(2);
    e->sparse = true;
    e->num_features = kSparseFeatures;
    e->row_starts.push_back(0);
    std::vector<uint32_t> ids;
    for (size_t i = 0; i < kSparseExamples; ++i) {
      ids.clear();
      while (ids.size() < kNonZeros) {
        // P(rank) ~ 1 / rank.
        const double rank = std::pow(kSparseFeatures, random.Uniform());
        const uint32_t id = FeatureOfRank(static_cast<uint32_t>(rank));
        if (std::find(ids.begin(), ids.end(), id) == ids.end()) {
          ids.push_back(id);
        }
      }
      std::sort(ids.begin(), ids.end());
      e->feature_ids.insert(e->feature_ids.end(), ids.begin(), ids.end());
      e->values.insert(e->values.end(), kNonZeros, 0.158f);
      e->row_starts.push_back(e->feature_ids.size());
      e->labels.push_back(random.Uniform() < 0.3);
    }
    return e;
  }();
  return *examples;
}

LineupColumns AdamLineup(int candidates) {
  std::vector<Candidate> lineup(candidates);
  for (int c = 0; c < candidates; ++c) {
    lineup[c].index = c;
    lineup[c].wd = 1e-4;
  }
  return LineupColumns(lineup, 1);
}

// Minibatches of references to all examples, in file order or shuffled.
std::vector<std::vector<ExampleRef>> Minibatches(const Examples& examples,
                                                 bool shuffled) {
  std::vector<ExampleRef> refs(examples.size());
  for (uint32_t i = 0; i < refs.size(); ++i) refs[i] = {&examples, i};
  SplitMix64 random(3);
  if (shuffled) Shuffle(absl::MakeSpan(refs), random);
  std::vector<std::vector<ExampleRef>> minibatches;
  for (size_t i = 0; i + kMinibatch <= refs.size(); i += kMinibatch) {
    minibatches.emplace_back(refs.begin() + i, refs.begin() + i + kMinibatch);
  }
  return minibatches;
}

// Everything that a training step needs.
class Trainer {
 public:
  Trainer(int candidates, int threads)
      : columns_(AdamLineup(candidates)),
        pool_(threads),
        store_(columns_, 1),
        loss_(LossType::kLogistic, columns_),
        kernel_(&loss_, columns_.width(), columns_.num_candidates(), &pool_) {}

  void Step(const std::vector<ExampleRef>& examples) {
    builder_.Build(examples, &minibatch_);
    const RowSet& rows = minibatch_.rows;
    refs_.resize(rows.size());
    weights_.resize(rows.size() * columns_.width());
    pool_.ParallelFor(kNumStripes, [&](size_t stripe) {
      store_.Read(rows, stripe, refs_.data(), weights_.data());
    });
    kernel_.Compute(minibatch_, weights_.data());
    store_.BeginUpdate();
    pool_.ParallelFor(kNumStripes, [&](size_t stripe) {
      store_.Update(
          rows, stripe, refs_.data(),
          [this](size_t first, size_t stride, size_t count, float* out) {
            kernel_.GradientRows(first, stride, count, out);
          },
          1.0f / minibatch_.size);
    });
  }

 private:
  LineupColumns columns_;
  ThreadPool pool_;
  WeightStore store_;
  LossFunction loss_;
  GradientKernel kernel_;
  MinibatchBuilder builder_;
  Minibatch minibatch_;
  std::vector<WeightStore::RowRef> refs_;
  AlignedFloats weights_;
};

benchmark::Counter TimeFor(benchmark::State& state, size_t items) {
  return benchmark::Counter(
      static_cast<double>(state.iterations()) * items,
      benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

// candidates, threads, shuffled
void BM_DenseStep(benchmark::State& state) {
  const auto minibatches = Minibatches(DenseExamples(), state.range(2) != 0);
  Trainer trainer(state.range(0), state.range(1));
  size_t next = 0;
  for (auto _ : state) {
    trainer.Step(minibatches[next]);
    next = (next + 1) % minibatches.size();
  }
  state.counters["per_example"] = TimeFor(state, kMinibatch);
}
BENCHMARK(BM_DenseStep)
    ->ArgNames({"candidates", "threads", "shuffled"})
    ->ArgsProduct({{1, 8, 32}, {1, 2}, {0, 1}})
    ->UseRealTime()
    ->MinWarmUpTime(0.2);

// candidates, threads
void BM_EigenProducts(benchmark::State& state) {
  using Matrix =
      Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const size_t width = LineupColumns(AdamLineup(state.range(0))).width();
  const size_t threads = state.range(1);
  ThreadPool pool(threads);
  const Examples& examples = DenseExamples();
  const Matrix weights = Matrix::Random(kDenseFeatures, width);
  const size_t part = kMinibatch / threads;
  std::vector<Matrix> scores(threads, Matrix(part, width));
  std::vector<Matrix> gradients(threads, Matrix(kDenseFeatures, width));
  size_t next = 0;
  for (auto _ : state) {
    pool.ParallelFor(threads, [&](size_t t) {
      const Eigen::Map<const Matrix> x(
          &examples.values[(next + t * part) * kDenseFeatures], part,
          kDenseFeatures);
      scores[t].noalias() = x * weights;
      gradients[t].noalias() = x.transpose() * scores[t];
    });
    next = (next + kMinibatch) % kDenseExamples;
    benchmark::DoNotOptimize(gradients[0].data());
  }
  state.counters["per_example"] = TimeFor(state, kMinibatch);
}
BENCHMARK(BM_EigenProducts)
    ->ArgNames({"candidates", "threads"})
    ->ArgsProduct({{1, 32}, {1, 2}})
    ->UseRealTime()
    ->MinWarmUpTime(0.2);

// candidates, threads
void BM_SparseStep(benchmark::State& state) {
  const auto minibatches = Minibatches(SparseExamples(), true);
  Trainer trainer(state.range(0), state.range(1));
  for (const auto& minibatch : minibatches) trainer.Step(minibatch);
  size_t next = 0;
  for (auto _ : state) {
    trainer.Step(minibatches[next]);
    next = (next + 1) % minibatches.size();
  }
  state.counters["per_nonzero"] = TimeFor(state, kMinibatch * kNonZeros);
}
BENCHMARK(BM_SparseStep)
    ->ArgNames({"candidates", "threads"})
    ->ArgsProduct({{1, 32}, {1, 2}})
    ->UseRealTime();

}  // namespace
}  // namespace lineup

BENCHMARK_MAIN();

// What it costs to put shuffled examples into minibatches, beside reading and
// computing: bazel run -c opt //worker:lane_stream_benchmark

#include <vector>

#include "benchmark/benchmark.h"
#include "common/base/malloc_tuning.h"
#include "common/base/thread_pool.h"
#include "worker/lane_stream.h"
#include "worker/numbered_splits.h"
#include "worker/random_order.h"

namespace lineup {
namespace {

// Made once for each window of a lane.
void BM_RandomOrder(benchmark::State& state) {
  const uint32_t n = static_cast<uint32_t>(state.range(0));
  uint64_t seed = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(RandomOrder(n, ++seed));
  }
  state.SetItemsProcessed(state.iterations() * n);
}
BENCHMARK(BM_RandomOrder)
    ->Arg(10'000)
    ->Arg(200'000)
    ->Arg(2'500'000)
    ->Arg(20'000'000)
    ->Unit(benchmark::kMillisecond);

// An epoch of one window, all of it in the cache: making the order, and
// finding each example's place. Blocks as large as parsers make them, or tiny,
// as many small files would give.
void BM_LaneStream(benchmark::State& state) {
  NumberedSplits splits;
  splits.sizes.assign(32, static_cast<size_t>(state.range(0)));
  splits.block_size = static_cast<size_t>(state.range(1));
  ThreadPool pool(1);
  ExampleCache cache(32, ExampleCache::Options{}, splits.Loader());
  LaneStream::Options options;
  Window window;
  for (size_t s = 0; s < 32; ++s) {
    window.push_back(s);
    benchmark::DoNotOptimize(cache.Get(s));
  }
  std::vector<ExampleRef> examples;
  int64_t epoch = 0;
  for (auto _ : state) {
    LaneStream stream(&cache, &pool, options, 0, ++epoch);
    stream.AppendWindow(window);
    stream.CloseWindows();
    while (*stream.Next(&examples) == MinibatchSource::Result::kMinibatch) {
      benchmark::DoNotOptimize(examples.data());
    }
  }
  state.SetItemsProcessed(state.iterations() * splits.size());
}
BENCHMARK(BM_LaneStream)
    ->Args({78'000, 65'536})
    ->Args({6'000, 6'000})
    ->Args({6'000, 10})
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace lineup

int main(int argc, char** argv) {
  lineup::KeepFreedMemory();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}

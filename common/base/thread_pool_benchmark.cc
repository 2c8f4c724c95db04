// What one parallel loop costs: bazel run -c opt
// //common/base:thread_pool_benchmark

#include <atomic>
#include <cstddef>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "benchmark/benchmark.h"
#include "common/base/thread_pool.h"

namespace lineup {
namespace {

void BusyFor(int64_t nanoseconds) {
  const int64_t end = absl::GetCurrentTimeNanos() + nanoseconds;
  while (absl::GetCurrentTimeNanos() < end) {
  }
}

// Empty loops back to back.
void BM_EmptyLoop(benchmark::State& state) {
  ThreadPool pool(static_cast<int>(state.range(0)));
  for (auto _ : state) {
    pool.ParallelFor(2, [](size_t i) { benchmark::DoNotOptimize(i); });
  }
}
BENCHMARK(BM_EmptyLoop)->Arg(1)->Arg(2)->UseRealTime();

// Two blocks of work, each of range(1) microseconds; the time beyond that is
// the loop's cost.
void BM_TwoBlocks(benchmark::State& state) {
  ThreadPool pool(static_cast<int>(state.range(0)));
  const int64_t block_ns = state.range(1) * 1000;
  for (auto _ : state) {
    pool.ParallelFor(2, [block_ns](size_t) { BusyFor(block_ns); });
  }
}
BENCHMARK(BM_TwoBlocks)
    ->Args({1, 20})
    ->Args({2, 20})
    ->Args({2, 100})
    ->UseRealTime();

// As before, with 200 microseconds of the caller's own work between loops,
// after which the other thread has gone to sleep.
void BM_TwoBlocksAfterAPause(benchmark::State& state) {
  ThreadPool pool(2);
  const int64_t block_ns = state.range(0) * 1000;
  for (auto _ : state) {
    state.PauseTiming();
    BusyFor(200'000);
    state.ResumeTiming();
    pool.ParallelFor(2, [block_ns](size_t) { BusyFor(block_ns); });
  }
}
BENCHMARK(BM_TwoBlocksAfterAPause)->Arg(100)->UseRealTime();

}  // namespace
}  // namespace lineup

BENCHMARK_MAIN();

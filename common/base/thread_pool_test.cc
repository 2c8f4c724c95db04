#include "common/base/thread_pool.h"

#include <atomic>
#include <cstddef>
#include <memory>
#include <numeric>
#include <thread>
#include <vector>

#include "common/base/mutex.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

// A gate for tests: Wait() returns once Open() has been called.
class Signal {
 public:
  void Open() {
    MutexLock lock(&mutex_);
    open_ = true;
    changed_.SignalAll();
  }
  void Wait() {
    MutexLock lock(&mutex_);
    while (!open_) changed_.Wait(&mutex_);
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  bool open_ ABSL_GUARDED_BY(mutex_) = false;
};

class ThreadPoolTest : public ::testing::TestWithParam<int> {};

INSTANTIATE_TEST_SUITE_P(Threads, ThreadPoolTest,
                         ::testing::Values(1, 2, 4, 16));

TEST_P(ThreadPoolTest, CallsEachIndexOnce) {
  ThreadPool pool(GetParam());
  EXPECT_EQ(pool.threads(), GetParam());
  for (const size_t n : {0, 1, 2, 3, 10, 1000}) {
    std::vector<int> calls(n);
    pool.ParallelFor(n, [&calls](size_t i) { ++calls[i]; });
    EXPECT_EQ(calls, std::vector<int>(n, 1));
  }
}

TEST_P(ThreadPoolTest, SurvivesManyShortLoopsInARow) {
  constexpr int kLoops = 5000;
  constexpr size_t kSize = 8;
  ThreadPool pool(GetParam());
  std::vector<size_t> sums(kSize);
  for (int loop = 0; loop < kLoops; ++loop) {
    // Each loop uses its own stack, which a late worker must not touch.
    std::vector<size_t> addends(kSize, loop);
    pool.ParallelFor(kSize, [&](size_t i) { sums[i] += addends[i]; });
  }
  EXPECT_EQ(sums, std::vector<size_t>(kSize, kLoops * (kLoops - 1) / 2));
}

TEST_P(ThreadPoolTest, ShowsTheCallerWhatTheThreadsWrote) {
  ThreadPool pool(GetParam());
  std::vector<std::unique_ptr<size_t>> values(100);
  pool.ParallelFor(values.size(), [&values](size_t i) {
    values[i] = std::make_unique<size_t>(i);
  });
  for (size_t i = 0; i < values.size(); ++i) EXPECT_EQ(*values[i], i);
}

TEST_P(ThreadPoolTest, RunsALoopWithinALoop) {
  ThreadPool pool(GetParam());
  std::vector<std::vector<int>> calls(10, std::vector<int>(10));
  pool.ParallelFor(10, [&](size_t i) {
    pool.ParallelFor(10, [&calls, i](size_t j) { ++calls[i][j]; });
  });
  EXPECT_EQ(calls, std::vector<std::vector<int>>(10, std::vector<int>(10, 1)));
}

TEST_P(ThreadPoolTest, ServesLoopsOfSeveralThreads) {
  ThreadPool pool(GetParam());
  std::atomic<int> calls{0};
  std::vector<std::thread> callers;
  for (int t = 0; t < 3; ++t) {
    callers.emplace_back([&] {
      for (int loop = 0; loop < 500; ++loop) {
        pool.ParallelFor(5, [&calls](size_t) { ++calls; });
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(calls, 3 * 500 * 5);
}

TEST_P(ThreadPoolTest, RunsEveryTaskBeforeItEnds) {
  std::atomic<int> runs{0};
  {
    ThreadPool pool(GetParam());
    for (int i = 0; i < 200; ++i) pool.Schedule([&runs] { ++runs; });
  }
  EXPECT_EQ(runs, 200);
}

TEST_P(ThreadPoolTest, RunsTasksInTheBackground) {
  Signal may_go_on;
  Signal has_gone_on;
  ThreadPool pool(GetParam());
  pool.Schedule([&] {
    may_go_on.Wait();
    has_gone_on.Open();
  });
  may_go_on.Open();
  has_gone_on.Wait();
}

TEST_P(ThreadPoolTest, RunsLoopsWhileATaskHoldsAThread) {
  Signal finish;
  ThreadPool pool(GetParam());
  pool.Schedule([&finish] { finish.Wait(); });
  std::vector<int> calls(50);
  pool.ParallelFor(calls.size(), [&calls](size_t i) { ++calls[i]; });
  EXPECT_EQ(calls, std::vector<int>(50, 1));
  finish.Open();
}

TEST(ThreadPoolParallelTest, ReallyUsesItsThreads) {
  // Each index waits for the others, so all of them must run at once.
  constexpr int kThreads = 4;
  ThreadPool pool(kThreads);
  Mutex mutex;
  CondVar changed;
  int arrived = 0;
  pool.ParallelFor(kThreads, [&](size_t) {
    MutexLock lock(&mutex);
    ++arrived;
    changed.SignalAll();
    while (arrived < kThreads) changed.Wait(&mutex);
  });
  EXPECT_EQ(arrived, kThreads);
}

TEST(ThreadPoolParallelTest, WaitsForAThreadThatIsStillAtWork) {
  ThreadPool pool(2);
  for (int round = 0; round < 20; ++round) {
    Signal other_has_started;
    std::atomic<int> done{0};
    const std::thread::id caller = std::this_thread::get_id();
    pool.ParallelFor(2, [&](size_t) {
      if (std::this_thread::get_id() == caller) {
        other_has_started.Wait();
      } else {
        other_has_started.Open();
        // Long enough for the caller to give up spinning and sleep.
        std::vector<double> work(200'000, 1.0);
        EXPECT_EQ(std::accumulate(work.begin(), work.end(), 0.0), 200'000);
      }
      ++done;
    });
    EXPECT_EQ(done, 2);
  }
}

TEST(ThreadPoolDeathTest, NeedsAThread) {
  EXPECT_DEATH(ThreadPool(0), "threads >= 1");
}

}  // namespace
}  // namespace lineup

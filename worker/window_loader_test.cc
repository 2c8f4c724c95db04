#include "worker/window_loader.h"

#include <atomic>
#include <memory>
#include <numeric>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/mutex.h"
#include "gtest/gtest.h"
#include "worker/numbered_splits.h"

namespace lineup {
namespace {

ExampleCache::Options NoMemory() { return {0, testing::TempDir()}; }

NumberedSplits EightSplits() {
  NumberedSplits splits;
  splits.sizes = {5, 9, 0, 30, 1, 8, 8, 2};
  return splits;
}

Window AllOf(const NumberedSplits& splits) {
  Window window(splits.sizes.size());
  std::iota(window.begin(), window.end(), size_t{0});
  return window;
}

std::vector<int> NumbersOf(const LoadedWindow& window) {
  std::vector<ExampleRef> examples;
  window.AppendTo(0, window.size(), &examples);
  std::vector<int> numbers;
  for (const ExampleRef& e : examples) {
    numbers.push_back(static_cast<int>(e.block->labels[e.row]));
  }
  return numbers;
}

TEST(WindowLoaderTest, LoadsTheSplitsInTheirOrder) {
  const NumberedSplits splits = EightSplits();
  for (const int threads : {1, 2, 4}) {
    for (const bool background : {false, true}) {
      ThreadPool pool(threads);
      ExampleCache cache(8, NoMemory(), splits.Loader());
      WindowLoader loader(&cache, AllOf(splits), std::nullopt);
      if (background) loader.Start(&pool);
      const auto window = loader.Finish();
      ASSERT_TRUE(window.ok()) << window.status();
      std::vector<int> expected(splits.size());
      std::iota(expected.begin(), expected.end(), 0);
      EXPECT_EQ(NumbersOf(**window), expected);
    }
  }
}

TEST(WindowLoaderTest, AnEmptyWindowIsNoError) {
  ThreadPool pool(2);
  ExampleCache cache(8, NoMemory(), EightSplits().Loader());
  WindowLoader loader(&cache, {}, 1);
  loader.Start(&pool);
  const auto window = loader.Finish();
  ASSERT_TRUE(window.ok()) << window.status();
  EXPECT_EQ((*window)->size(), 0u);
}

TEST(WindowLoaderTest, GivesTheErrorOfTheFirstSplitThatHasOne) {
  const NumberedSplits splits = EightSplits();
  for (const int threads : {1, 4}) {
    ThreadPool pool(threads);
    ExampleCache cache(8, NoMemory(),
                       [&](size_t s) -> absl::StatusOr<SplitExamples> {
                         if (s == 3 || s == 6) {
                           return absl::DataLossError(absl::StrCat(s));
                         }
                         return splits.Make(s);
                       });
    WindowLoader loader(&cache, {0, 1, 2, 6, 4, 5, 3, 7}, std::nullopt);
    loader.Start(&pool);
    EXPECT_EQ(loader.Finish().status(), absl::DataLossError("6"));
  }
}

// A gate that loads wait at.
class Gate {
 public:
  void Enter() {
    MutexLock lock(&mutex_);
    ++waiting_;
    changed_.SignalAll();
    while (!open_) changed_.Wait(&mutex_);
  }
  void WaitForEntering(int n) {
    MutexLock lock(&mutex_);
    while (waiting_ < n) changed_.Wait(&mutex_);
  }
  void Open() {
    MutexLock lock(&mutex_);
    open_ = true;
    changed_.SignalAll();
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  int waiting_ ABSL_GUARDED_BY(mutex_) = 0;
  bool open_ ABSL_GUARDED_BY(mutex_) = false;
};

// The background is busy with the first split and stays so until the thread
// that needs the window has loaded all others: it does not wait for it before.
TEST(WindowLoaderTest, WhoFinishesTakesWhatNobodyHasBegun) {
  const NumberedSplits splits = EightSplits();
  Gate gate;
  std::atomic<int> others{0};
  ExampleCache cache(8, NoMemory(), [&](size_t s) {
    if (s == 0) {
      gate.Enter();
    } else if (++others == 7) {
      gate.Open();
    }
    return splits.Make(s);
  });
  ThreadPool pool(2);  // one thread for tasks
  WindowLoader loader(&cache, AllOf(splits), std::nullopt);
  loader.Start(&pool);
  gate.WaitForEntering(1);
  const auto window = loader.Finish();
  ASSERT_TRUE(window.ok()) << window.status();
  EXPECT_EQ((*window)->size(), splits.size());
}

// Tasks that are still queued when the loader goes touch neither it nor the
// cache.
TEST(WindowLoaderTest, DestructionLeavesTasksNothingToDo) {
  const NumberedSplits splits = EightSplits();
  Gate busy;
  ThreadPool pool(2);
  pool.Schedule([&] { busy.Enter(); });
  busy.WaitForEntering(1);
  std::atomic<int> loads{0};
  {
    ExampleCache cache(8, NoMemory(), [&](size_t s) {
      ++loads;
      return splits.Make(s);
    });
    WindowLoader loader(&cache, AllOf(splits), std::nullopt);
    loader.Start(&pool);
  }
  busy.Open();
  Gate drained;
  pool.Schedule([&] { drained.Open(); });
  drained.Enter();
  EXPECT_EQ(loads, 0);
}

TEST(WindowLoaderTest, DestructionWaitsForALoadUnderWay) {
  const NumberedSplits splits = EightSplits();
  Gate gate;
  std::atomic<int> ended{0};
  ThreadPool pool(2);
  ExampleCache cache(8, NoMemory(), [&](size_t s) {
    gate.Enter();
    ++ended;
    return splits.Make(s);
  });
  {
    auto loader =
        std::make_unique<WindowLoader>(&cache, AllOf(splits), std::nullopt);
    loader->Start(&pool);
    gate.WaitForEntering(1);
    gate.Open();
  }
  EXPECT_GE(ended, 1);
}

}  // namespace
}  // namespace lineup

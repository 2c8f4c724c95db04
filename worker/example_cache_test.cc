#include "worker/example_cache.h"

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "worker/numbered_splits.h"

namespace lineup {
namespace {

using ::testing::HasSubstr;

constexpr uint64_t kPlenty = uint64_t{1} << 40;

// Nine splits of ten examples each.
NumberedSplits NineSplits(bool sparse = false) {
  NumberedSplits splits;
  splits.sizes.assign(9, 10);
  splits.sparse = sparse;
  return splits;
}

ExampleCache::Options WithMemory(uint64_t bytes) {
  return {bytes, testing::TempDir()};
}

// Two passes give each split's own examples.
void ReadTwice(const NumberedSplits& splits, ExampleCache* cache) {
  for (int pass = 0; pass < 2; ++pass) {
    for (size_t s = 0; s < splits.sizes.size(); ++s) {
      const auto examples = cache->Get(s);
      ASSERT_TRUE(examples.ok()) << examples.status();
      EXPECT_EQ(NumbersOf(**examples), NumbersOf(splits.Make(s)));
      EXPECT_EQ((*examples)->blocks.back().values,
                splits.Make(s).blocks.back().values);
      EXPECT_EQ(cache->SizeOf(s), 10u);
    }
  }
}

TEST(ExampleCacheTest, KeepsAllInMemoryIfItFits) {
  const NumberedSplits splits = NineSplits();
  ExampleCache cache(9, WithMemory(kPlenty), splits.Loader());
  ReadTwice(splits, &cache);
  const ExampleCache::Statistics statistics = cache.statistics();
  EXPECT_EQ(statistics.loads, 9u);
  EXPECT_EQ(statistics.memory_bytes, 9 * splits.Make(0).bytes());
  EXPECT_EQ(statistics.disk_bytes, 0u);
  EXPECT_EQ(cache.num_features(), 3u);
}

TEST(ExampleCacheTest, KeepsTheFirstInMemoryAndTheRestOnDisk) {
  for (const bool sparse : {false, true}) {
    const NumberedSplits splits = NineSplits(sparse);
    const uint64_t budget = splits.Make(0).bytes() + splits.Make(1).bytes() + 1;
    ExampleCache cache(9, WithMemory(budget), splits.Loader());
    ReadTwice(splits, &cache);
    const ExampleCache::Statistics statistics = cache.statistics();
    EXPECT_EQ(statistics.loads, 9u);
    EXPECT_EQ(statistics.disk_reads, 7u);
    EXPECT_LE(statistics.memory_bytes, budget);
    EXPECT_GT(statistics.memory_bytes, 0u);
    EXPECT_GT(statistics.disk_bytes, 0u);
    // Not those that were used last.
    EXPECT_EQ(cache.Get(0)->get(), cache.Get(0)->get());
    EXPECT_EQ(cache.statistics().disk_reads, 7u);
  }
}

TEST(ExampleCacheTest, LoadsAgainWithoutADirectory) {
  const NumberedSplits splits = NineSplits();
  ExampleCache cache(9, {0, ""}, splits.Loader());
  ReadTwice(splits, &cache);
  EXPECT_EQ(cache.statistics().loads, 18u);
  EXPECT_EQ(cache.statistics().disk_bytes, 0u);
}

TEST(ExampleCacheTest, HoldsNothingBeyondTheBudget) {
  ExampleCache cache(9, WithMemory(0), NineSplits().Loader());
  std::weak_ptr<const SplitExamples> loaded = *cache.Get(3);
  EXPECT_TRUE(loaded.expired());
  std::weak_ptr<const SplitExamples> read = *cache.Get(3);
  EXPECT_TRUE(read.expired());
  EXPECT_EQ(cache.statistics().memory_bytes, 0u);
}

TEST(ExampleCacheTest, SharesWhatACallerHolds) {
  ExampleCache cache(9, WithMemory(0), NineSplits().Loader());
  const SplitPtr held = *cache.Get(3);
  EXPECT_EQ(*cache.Get(3), held);
  EXPECT_EQ(cache.statistics().disk_reads, 0u);
}

TEST(ExampleCacheTest, GivesBackRoomThatParsersReserved) {
  ExampleCache cache(1, WithMemory(kPlenty), [](size_t) {
    SplitExamples split = NineSplits().Make(0);
    split.blocks[0].values.reserve(1 << 20);
    return split;
  });
  EXPECT_LT((*cache.Get(0))->blocks[0].values.capacity(), 100u);
}

TEST(ExampleCacheTest, KnowsTheSizesItIsTold) {
  const NumberedSplits splits = NineSplits();
  ExampleCache cache(9, WithMemory(kPlenty), splits.Loader());
  EXPECT_EQ(cache.SizeOf(4), std::nullopt);
  cache.TellSize(4, 10);
  EXPECT_EQ(cache.SizeOf(4), 10u);
  EXPECT_TRUE(cache.Get(4).ok());

  cache.TellSize(5, 11);
  const auto changed = cache.Get(5);
  EXPECT_EQ(changed.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(changed.status().message(),
            "the data have changed since training began: split 5 had 11 "
            "examples and has 10 now; train again, on files that stay as they "
            "are");
}

TEST(ExampleCacheTest, SaysWhenItCannotSpill) {
  int loads = 0;
  const NumberedSplits splits = NineSplits();
  ExampleCache cache(9, {0, "/no/such/directory"}, [&](size_t split) {
    ++loads;
    return splits.Make(split);
  });
  for (int attempt = 1; attempt <= 2; ++attempt) {
    const auto examples = cache.Get(0);
    ASSERT_FALSE(examples.ok());
    EXPECT_THAT(std::string(examples.status().message()),
                HasSubstr("/no/such/directory"));
    EXPECT_THAT(std::string(examples.status().message()),
                HasSubstr("--cache-dir"));
    EXPECT_EQ(loads, attempt);
  }
}

TEST(ExampleCacheTest, TriesAgainAfterAnError) {
  bool works = false;
  const NumberedSplits splits = NineSplits();
  ExampleCache cache(9, WithMemory(kPlenty),
                     [&](size_t split) -> absl::StatusOr<SplitExamples> {
                       if (!works) return absl::DataLossError("a.csv:3:1: bad");
                       return splits.Make(split);
                     });
  EXPECT_EQ(cache.Get(2).status(), absl::DataLossError("a.csv:3:1: bad"));
  EXPECT_EQ(cache.SizeOf(2), std::nullopt);
  works = true;
  EXPECT_TRUE(cache.Get(2).ok());
}

// Lets loads go on only when all of some threads have asked.
class Turnstile {
 public:
  explicit Turnstile(int threads) : threads_(threads) {}

  void Arrive() {
    MutexLock lock(&mutex_);
    ++arrived_;
    changed_.SignalAll();
  }
  void WaitForAll() {
    MutexLock lock(&mutex_);
    while (arrived_ < threads_) changed_.Wait(&mutex_);
  }

 private:
  const int threads_;
  Mutex mutex_;
  CondVar changed_;
  int arrived_ ABSL_GUARDED_BY(mutex_) = 0;
};

TEST(ExampleCacheTest, OneLoadServesAllWhoAskMeanwhile) {
  constexpr int kThreads = 4;
  const NumberedSplits splits = NineSplits();
  Turnstile asked(kThreads);
  std::atomic<int> loads{0};
  ExampleCache cache(9, WithMemory(kPlenty), [&](size_t split) {
    asked.WaitForAll();
    ++loads;
    return splits.Make(split);
  });
  std::vector<std::thread> threads;
  std::vector<SplitPtr> got(kThreads);
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      asked.Arrive();
      got[t] = *cache.Get(6);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(loads, 1);
  for (const SplitPtr& split : got) EXPECT_EQ(split, got[0]);
}

// Who waits is told of the failure and does not make an attempt of its own.
TEST(ExampleCacheTest, AFailureIsToldToAllWhoWait) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 200;
  std::atomic<int> attempts{0};
  std::atomic<int> told{0};
  for (int round = 0; round < kRounds; ++round) {
    Turnstile asked(kThreads);
    ExampleCache cache(1, WithMemory(kPlenty),
                       [&](size_t) -> absl::StatusOr<SplitExamples> {
                         ++attempts;
                         asked.WaitForAll();
                         return absl::UnavailableError("gone");
                       });
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&] {
        asked.Arrive();
        if (cache.Get(0).status() == absl::UnavailableError("gone")) ++told;
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_EQ(told, kThreads * kRounds);
  // Now and then a thread comes too late to wait, but not always.
  EXPECT_LT(attempts, kThreads * kRounds);
}

TEST(ExampleCacheTest, ManyThreadsAndBudgetsGiveTheSameExamples) {
  constexpr int kThreads = 4;
  const NumberedSplits splits = NineSplits(/*sparse=*/true);
  for (const uint64_t budget : {uint64_t{0}, uint64_t{600}, kPlenty}) {
    ExampleCache cache(9, WithMemory(budget), splits.Loader());
    std::vector<std::thread> threads;
    std::atomic<int> wrong{0};
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < 90; ++i) {
          const size_t split = (i * (t + 1)) % 9;
          const auto examples = cache.Get(split);
          if (!examples.ok() ||
              NumbersOf(**examples) != NumbersOf(splits.Make(split))) {
            ++wrong;
          }
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(cache.statistics().loads, 9u);
    EXPECT_LE(cache.statistics().memory_bytes, budget);
  }
}

}  // namespace
}  // namespace lineup

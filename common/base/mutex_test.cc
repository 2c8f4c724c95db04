#include "common/base/mutex.h"

#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

struct Counter {
  Mutex mutex;
  CondVar changed;
  int count ABSL_GUARDED_BY(mutex) = 0;
};

TEST(MutexTest, KeepsThreadsApart) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 10'000;
  Counter counter;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&counter] {
      for (int i = 0; i < kRounds; ++i) {
        MutexLock lock(&counter.mutex);
        ++counter.count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  MutexLock lock(&counter.mutex);
  EXPECT_EQ(counter.count, kThreads * kRounds);
}

TEST(MutexTest, TryLockFailsWhileAnotherThreadHoldsIt) {
  Mutex mutex;
  const auto try_elsewhere = [&mutex] {
    bool locked = false;
    std::thread([&mutex, &locked] {
      if (mutex.TryLock()) {
        locked = true;
        mutex.Unlock();
      }
    }).join();
    return locked;
  };
  EXPECT_TRUE(try_elsewhere());
  MutexLock lock(&mutex);
  EXPECT_FALSE(try_elsewhere());
}

TEST(CondVarTest, HandsATurnBackAndForth) {
  constexpr int kTurns = 1000;
  Counter turn;
  const auto play = [&turn](int parity) {
    for (int i = 0; i < kTurns; ++i) {
      MutexLock lock(&turn.mutex);
      while (turn.count % 2 != parity) turn.changed.Wait(&turn.mutex);
      ++turn.count;
      turn.changed.Signal();
    }
  };
  std::thread other([&play] { play(1); });
  play(0);
  other.join();
  MutexLock lock(&turn.mutex);
  EXPECT_EQ(turn.count, 2 * kTurns);
}

TEST(CondVarTest, SaysWhetherTheTimeRanOut) {
  Counter counter;
  {
    MutexLock lock(&counter.mutex);
    while (!counter.changed.WaitWithTimeout(&counter.mutex,
                                            absl::Milliseconds(1))) {
    }
  }
  std::thread other([&counter] {
    MutexLock lock(&counter.mutex);
    counter.count = 1;
    counter.changed.SignalAll();
  });
  {
    MutexLock lock(&counter.mutex);
    while (counter.count == 0) {
      EXPECT_FALSE(counter.changed.WaitWithTimeout(&counter.mutex,
                                                   absl::InfiniteDuration()));
    }
  }
  other.join();
}

}  // namespace
}  // namespace lineup

#include "worker/lane_stream.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <numeric>
#include <thread>
#include <utility>
#include <vector>

#include "common/data/split.h"
#include "gtest/gtest.h"
#include "worker/numbered_splits.h"

namespace lineup {
namespace {

using Result = MinibatchSource::Result;
using Minibatches = std::vector<std::vector<int>>;

constexpr uint64_t kPlenty = uint64_t{1} << 40;

// 100 examples in splits of the most different sizes.
NumberedSplits HundredExamples() {
  NumberedSplits splits;
  splits.sizes = {13, 1, 0, 30, 6, 25, 25};
  return splits;
}

// Of the splits above: 14, 30, 6 and 50 examples.
LaneWindows FourWindows() { return {{1, 0}, {3, 2}, {4}, {5, 6}}; }

LaneStream::Options Unshuffled(size_t mini_batch_size) {
  LaneStream::Options options;
  options.shuffle = false;
  options.mini_batch_size = mini_batch_size;
  return options;
}

LaneStream::Options Shuffled(size_t mini_batch_size) {
  LaneStream::Options options;
  options.mini_batch_size = mini_batch_size;
  return options;
}

std::vector<int> NumbersOf(const std::vector<ExampleRef>& examples) {
  std::vector<int> numbers;
  for (const ExampleRef& e : examples) {
    numbers.push_back(static_cast<int>(e.block->labels[e.row]));
  }
  return numbers;
}

// A stream with all that it needs.
class TestLane {
 public:
  struct Setting {
    NumberedSplits splits = HundredExamples();
    uint64_t memory = kPlenty;
    int threads = 2;
    uint32_t lane = 0;
    int64_t epoch = 0;
  };

  TestLane(const LaneStream::Options& options, const Setting& setting)
      : TestLane(options, setting, setting.splits.Loader()) {}
  TestLane(const LaneStream::Options& options, const Setting& setting,
           ExampleCache::Load load)
      : pool_(setting.threads),
        cache_(setting.splits.sizes.size(),
               {setting.memory, testing::TempDir()}, std::move(load)),
        stream_(&cache_, &pool_, options, setting.lane, setting.epoch) {}

  void Append(const LaneWindows& windows) {
    for (const Window& window : windows) stream_.AppendWindow(window);
  }

  // Minibatches until there is none.
  Minibatches ReadOn() {
    Minibatches minibatches;
    std::vector<ExampleRef> examples;
    for (;;) {
      last_ = stream_.Next(&examples);
      if (!last_.ok() || *last_ != Result::kMinibatch) return minibatches;
      minibatches.push_back(NumbersOf(examples));
    }
  }

  Minibatches ReadAll(const LaneWindows& windows) {
    Append(windows);
    stream_.CloseWindows();
    Minibatches minibatches = ReadOn();
    EXPECT_TRUE(last_.ok()) << last_.status();
    EXPECT_EQ(*last_, Result::kEnd);
    return minibatches;
  }

  LaneStream& stream() { return stream_; }
  ExampleCache& cache() { return cache_; }
  // What ended ReadOn().
  const absl::StatusOr<Result>& last() const { return last_; }

 private:
  ThreadPool pool_;
  ExampleCache cache_;
  LaneStream stream_;
  absl::StatusOr<Result> last_ = Result::kEnd;
};

std::vector<int> Flat(const Minibatches& minibatches) {
  std::vector<int> all;
  for (const std::vector<int>& m : minibatches) {
    all.insert(all.end(), m.begin(), m.end());
  }
  return all;
}

std::vector<int> UpTo(size_t n) {
  std::vector<int> numbers(n);
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

std::vector<int> Sorted(std::vector<int> numbers) {
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

TEST(LaneStreamTest, FileOrderRunsOnAcrossWindows) {
  for (const size_t size : {1, 7, 10, 32, 99, 100, 101}) {
    const Minibatches minibatches =
        TestLane(Unshuffled(size), {}).ReadAll({{0, 1, 2}, {3}, {4, 5, 6}});
    EXPECT_EQ(Flat(minibatches), UpTo(100));
    for (size_t m = 0; m + 1 < minibatches.size(); ++m) {
      EXPECT_EQ(minibatches[m].size(), size);
    }
    EXPECT_EQ(minibatches.size(), (100 + size - 1) / size);
  }
}

TEST(LaneStreamTest, DropsTheLastPartialMinibatchIfAsked) {
  LaneStream::Options options = Unshuffled(32);
  options.drop_last = true;
  const Minibatches minibatches =
      TestLane(options, {}).ReadAll({{0, 1, 2, 3, 4, 5, 6}});
  EXPECT_EQ(Flat(minibatches), UpTo(96));
  // A whole one at the end stays.
  options.mini_batch_size = 50;
  EXPECT_EQ(TestLane(options, {}).ReadAll({{0, 1, 2, 3, 4, 5, 6}}).size(), 2u);
}

TEST(LaneStreamTest, ALaneWithoutExamplesEndsAtOnce) {
  EXPECT_TRUE(TestLane(Shuffled(10), {}).ReadAll({}).empty());
  EXPECT_TRUE(TestLane(Shuffled(10), {}).ReadAll({{2}, {2}}).empty());
}

TEST(LaneStreamTest, ShufflesWithinWindows) {
  const std::vector<int> order =
      Flat(TestLane(Shuffled(8), {}).ReadAll(FourWindows()));
  EXPECT_EQ(Sorted(order), UpTo(100));
  const std::vector<int> first(order.begin(), order.begin() + 14);
  EXPECT_EQ(Sorted(first), UpTo(14));
  EXPECT_NE(first, UpTo(14));
  const std::vector<int> last(order.begin() + 50, order.end());
  EXPECT_EQ(*std::min_element(last.begin(), last.end()), 50);
}

TEST(LaneStreamTest, OrderDependsOnSeedEpochLaneAndWindow) {
  const LaneWindows windows = {{5}, {5}};
  const std::vector<int> order =
      Flat(TestLane(Shuffled(8), {}).ReadAll(windows));
  LaneStream::Options other_seed = Shuffled(8);
  other_seed.seed = 1;
  EXPECT_NE(Flat(TestLane(other_seed, {}).ReadAll(windows)), order);
  TestLane::Setting other_epoch;
  other_epoch.epoch = 1;
  EXPECT_NE(Flat(TestLane(Shuffled(8), other_epoch).ReadAll(windows)), order);
  TestLane::Setting other_lane;
  other_lane.lane = 1;
  EXPECT_NE(Flat(TestLane(Shuffled(8), other_lane).ReadAll(windows)), order);
  EXPECT_NE(std::vector<int>(order.begin(), order.begin() + 25),
            std::vector<int>(order.begin() + 25, order.end()));
}

TEST(LaneStreamTest, ThreadsMemoryAndBlocksDoNotMatter) {
  const Minibatches expected = TestLane(Shuffled(9), {}).ReadAll(FourWindows());
  for (const int threads : {1, 2, 4}) {
    for (const uint64_t memory : {uint64_t{0}, uint64_t{700}, kPlenty}) {
      for (const bool sparse : {false, true}) {
        TestLane::Setting setting;
        setting.threads = threads;
        setting.memory = memory;
        setting.splits.sparse = sparse;
        setting.splits.block_size = sparse ? 3 : 1000;
        EXPECT_EQ(TestLane(Shuffled(9), setting).ReadAll(FourWindows()),
                  expected);
      }
    }
  }
}

TEST(LaneStreamTest, AllLanesTogetherSeeEveryExampleOnce) {
  const NumberedSplits splits = HundredExamples();
  std::vector<Split> files(splits.sizes.size());
  for (size_t s = 0; s < files.size(); ++s) {
    files[s].estimated_bytes = splits.sizes[s];
  }
  LanePlanOptions options;
  options.window_bytes = 60;
  for (const int64_t epoch : {0, 1}) {
    for (const size_t num_lanes : {1, 2, 3, 9}) {
      const std::vector<LaneWindows> lanes =
          PlanLanes(files, num_lanes, epoch, options);
      std::vector<int> all;
      for (uint32_t l = 0; l < num_lanes; ++l) {
        TestLane::Setting setting;
        setting.lane = l;
        setting.epoch = epoch;
        const std::vector<int> numbers =
            Flat(TestLane(Shuffled(7), setting).ReadAll(lanes[l]));
        all.insert(all.end(), numbers.begin(), numbers.end());
      }
      EXPECT_EQ(Sorted(all), UpTo(100));
    }
  }
}

// What whoever takes over the lane at minibatch `skip` reads.
Minibatches ReadFrom(size_t skip, const LaneStream::Options& options,
                     bool sizes_known) {
  TestLane lane(options, {});
  if (sizes_known) {
    for (size_t s = 0; s < HundredExamples().sizes.size(); ++s) {
      lane.cache().TellSize(s, HundredExamples().sizes[s]);
    }
  }
  lane.stream().Skip(skip);
  return lane.ReadAll(FourWindows());
}

TEST(LaneStreamTest, SkippingIsReadingOnFromThere) {
  for (const bool shuffle : {false, true}) {
    for (const size_t size : {1, 7, 25, 64, 200}) {
      LaneStream::Options options = Shuffled(size);
      options.shuffle = shuffle;
      const Minibatches all = TestLane(options, {}).ReadAll(FourWindows());
      for (size_t skip = 0; skip <= all.size() + 2; ++skip) {
        const Minibatches rest(all.begin() + std::min(skip, all.size()),
                               all.end());
        EXPECT_EQ(ReadFrom(skip, options, /*sizes_known=*/false), rest);
        EXPECT_EQ(ReadFrom(skip, options, /*sizes_known=*/true), rest);
      }
    }
  }
}

TEST(LaneStreamTest, SkippedWindowsOfKnownSizeAreNotLoaded) {
  TestLane lane(Shuffled(10), {});
  for (const size_t s : {0, 1, 2, 3}) {
    lane.cache().TellSize(s, HundredExamples().sizes[s]);
  }
  lane.stream().Skip(5);  // 50 examples: the first three windows
  EXPECT_EQ(lane.ReadAll(FourWindows()).size(), 5u);
  // Split 4 had to be looked at, for its size was not known.
  EXPECT_EQ(lane.cache().statistics().loads, 3u);
  EXPECT_EQ(lane.stream().windows_opened(), 4u);
}

TEST(LaneStreamTest, WindowsMayComeOneByOne) {
  const Minibatches expected = TestLane(Shuffled(8), {}).ReadAll(FourWindows());
  TestLane lane(Shuffled(8), {});
  Minibatches minibatches = lane.ReadOn();
  EXPECT_TRUE(minibatches.empty());
  EXPECT_EQ(*lane.last(), Result::kNeedSplit);
  uint64_t given = 0;
  for (const Window& window : FourWindows()) {
    lane.Append({window});
    for (std::vector<int>& m : lane.ReadOn()) minibatches.push_back(m);
    EXPECT_EQ(*lane.last(), Result::kNeedSplit);
    EXPECT_EQ(lane.stream().windows_opened(), ++given);
  }
  EXPECT_EQ(minibatches.size(), 12u);  // the rest waits for more
  lane.stream().CloseWindows();
  for (std::vector<int>& m : lane.ReadOn()) minibatches.push_back(m);
  EXPECT_EQ(*lane.last(), Result::kEnd);
  EXPECT_EQ(minibatches, expected);
}

TEST(LaneStreamTest, WindowsMayComeFromAnotherThread) {
  const Minibatches expected = TestLane(Shuffled(8), {}).ReadAll(FourWindows());
  for (int round = 0; round < 20; ++round) {
    TestLane lane(Shuffled(8), {});
    std::thread giver([&] {
      lane.Append(FourWindows());
      lane.stream().CloseWindows();
    });
    Minibatches minibatches;
    do {
      for (std::vector<int>& m : lane.ReadOn()) minibatches.push_back(m);
    } while (*lane.last() != Result::kEnd);
    giver.join();
    EXPECT_EQ(minibatches, expected);
  }
}

TEST(LaneStreamTest, ExamplesStayUntilTheNextCallButOne) {
  TestLane::Setting setting;
  setting.memory = 0;
  TestLane lane(Unshuffled(10), setting);
  lane.Append({{0}, {1}, {2}, {3}, {4}, {5}, {6}});
  lane.stream().CloseWindows();
  std::vector<ExampleRef> before, now;
  int number = 0;
  while (*lane.stream().Next(&now) == Result::kMinibatch) {
    for (const ExampleRef& e : before) {
      EXPECT_EQ(static_cast<int>(e.block->labels[e.row]), number++);
    }
    before.swap(now);
  }
  EXPECT_EQ(number, 90);
}

// Whether somebody holds the split: if not, it is read from disk again.
bool IsHeld(size_t split, ExampleCache* cache) {
  const uint64_t reads = cache->statistics().disk_reads;
  EXPECT_TRUE(cache->Get(split).ok());
  return cache->statistics().disk_reads == reads;
}

TEST(LaneStreamTest, HoldsNoMoreThanItMust) {
  TestLane::Setting setting;
  setting.memory = 0;
  setting.threads = 1;  // nothing is read ahead
  TestLane lane(Unshuffled(5), setting);
  lane.Append({{3}, {5}});
  lane.stream().CloseWindows();
  std::vector<ExampleRef> examples;
  for (int m = 0; m < 7; ++m) ASSERT_TRUE(lane.stream().Next(&examples).ok());
  EXPECT_TRUE(IsHeld(3, &lane.cache())) << "of the last minibatch but one";
  ASSERT_TRUE(lane.stream().Next(&examples).ok());
  EXPECT_FALSE(IsHeld(3, &lane.cache()));
  EXPECT_TRUE(IsHeld(5, &lane.cache()));
}

// Lets the test see, and decide, when loads go on.
class Gate {
 public:
  void Enter() {
    MutexLock lock(&mutex_);
    ++entered_;
    changed_.SignalAll();
    while (!open_) changed_.Wait(&mutex_);
  }
  void WaitForEntering(int n) {
    MutexLock lock(&mutex_);
    while (entered_ < n) changed_.Wait(&mutex_);
  }
  void Open() {
    MutexLock lock(&mutex_);
    open_ = true;
    changed_.SignalAll();
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  int entered_ ABSL_GUARDED_BY(mutex_) = 0;
  bool open_ ABSL_GUARDED_BY(mutex_) = false;
};

TEST(LaneStreamTest, ReadsTheNextWindowInTheBackground) {
  Gate gate;
  const NumberedSplits splits = HundredExamples();
  std::atomic<int> third{0};
  TestLane lane(Unshuffled(5), {}, [&](size_t s) {
    if (s == 5) gate.Enter();
    if (s == 6) ++third;
    return splits.Make(s);
  });
  lane.Append({{3}});
  std::vector<ExampleRef> examples;
  ASSERT_EQ(*lane.stream().Next(&examples), Result::kMinibatch);
  // Also a window that comes later.
  lane.Append({{5}, {6}});
  gate.WaitForEntering(1);
  // Meanwhile the current window goes on, and only one is read ahead.
  for (int m = 1; m < 6; ++m) {
    ASSERT_EQ(*lane.stream().Next(&examples), Result::kMinibatch);
  }
  EXPECT_EQ(third, 0);
  EXPECT_EQ(lane.stream().windows_opened(), 1u);
  gate.Open();
  lane.stream().CloseWindows();
  EXPECT_EQ(Flat(lane.ReadOn()).size(), 50u);
}

TEST(LaneStreamTest, MayGoWhileItReadsAhead) {
  Gate gate;
  const NumberedSplits splits = HundredExamples();
  {
    TestLane lane(Unshuffled(5), {}, [&](size_t s) {
      if (s == 5) gate.Enter();
      return splits.Make(s);
    });
    lane.Append({{3}, {5, 6}});
    std::vector<ExampleRef> examples;
    ASSERT_EQ(*lane.stream().Next(&examples), Result::kMinibatch);
    gate.WaitForEntering(1);
    gate.Open();
  }
}

TEST(LaneStreamTest, AnErrorComesInItsPlaceAndIsFinal) {
  const NumberedSplits splits = HundredExamples();
  for (const int threads : {1, 2, 4}) {
    TestLane::Setting setting;
    setting.threads = threads;
    TestLane lane(Unshuffled(10), setting,
                  [&](size_t s) -> absl::StatusOr<SplitExamples> {
                    if (s == 5) return absl::DataLossError("b.csv:7:2: bad");
                    return splits.Make(s);
                  });
    lane.Append({{0, 1, 2, 3}, {4, 5}, {6}});
    lane.stream().CloseWindows();
    EXPECT_EQ(Flat(lane.ReadOn()), UpTo(40));
    EXPECT_EQ(lane.last().status(), absl::DataLossError("b.csv:7:2: bad"));
    EXPECT_TRUE(lane.ReadOn().empty());
    EXPECT_EQ(lane.last().status(), absl::DataLossError("b.csv:7:2: bad"));
  }
}

}  // namespace
}  // namespace lineup

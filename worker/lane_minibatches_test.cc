#include "worker/lane_minibatches.h"

#include <memory>
#include <numeric>
#include <vector>

#include "gtest/gtest.h"
#include "worker/numbered_splits.h"

namespace lineup {
namespace {

using Result = MinibatchSource::Result;

NumberedSplits HundredExamples() {
  NumberedSplits splits;
  splits.sizes = {40, 0, 35, 25};
  return splits;
}

// A lane over the splits above, without memory for what is not in use.
class TestLane {
 public:
  TestLane(int threads, bool build_ahead, ExampleCache::Load load)
      : pool_(threads), cache_(4, {0, testing::TempDir()}, std::move(load)) {
    LaneStream::Options options;
    options.shuffle = false;
    options.mini_batch_size = 8;
    stream_ = std::make_unique<LaneStream>(&cache_, &pool_, options, 0, 0);
    minibatches_ = std::make_unique<LaneMinibatches>(
        stream_.get(), build_ahead ? &pool_ : nullptr);
  }

  // The labels of minibatches until there is none.
  std::vector<float> ReadOn() {
    std::vector<float> labels;
    for (;;) {
      last_ = minibatches_->Next(&minibatch_);
      if (!last_.ok() || *last_ != Result::kMinibatch) return labels;
      for (size_t i = 0; i < minibatch_.size; ++i) {
        EXPECT_EQ(minibatch_.dense_rows[i][0], minibatch_.labels[i]);
        labels.push_back(minibatch_.labels[i]);
      }
    }
  }

  LaneStream& stream() { return *stream_; }
  LaneMinibatches& minibatches() { return *minibatches_; }
  const absl::StatusOr<Result>& last() const { return last_; }

 private:
  ThreadPool pool_;
  ExampleCache cache_;
  std::unique_ptr<LaneStream> stream_;
  std::unique_ptr<LaneMinibatches> minibatches_;
  Minibatch minibatch_;
  absl::StatusOr<Result> last_ = Result::kEnd;
};

std::vector<float> Between(int begin, int end) {
  std::vector<float> numbers(end - begin);
  std::iota(numbers.begin(), numbers.end(), begin);
  return numbers;
}

TEST(LaneMinibatchesTest, GivesTheStreamsMinibatches) {
  for (const int threads : {1, 2, 4}) {
    for (const bool ahead : {false, true}) {
      TestLane lane(threads, ahead, HundredExamples().Loader());
      for (const size_t s : {0, 1, 2, 3}) lane.stream().AppendWindow({s});
      lane.stream().CloseWindows();
      EXPECT_EQ(lane.ReadOn(), Between(0, 100));
      EXPECT_EQ(*lane.last(), Result::kEnd);
      EXPECT_TRUE(lane.ReadOn().empty()) << "the end stays";
    }
  }
}

TEST(LaneMinibatchesTest, GoesOnWhenWindowsCome) {
  for (const bool ahead : {false, true}) {
    TestLane lane(2, ahead, HundredExamples().Loader());
    EXPECT_TRUE(lane.ReadOn().empty());
    EXPECT_EQ(*lane.last(), Result::kNeedSplit);
    lane.stream().AppendWindow({0, 1});
    EXPECT_EQ(lane.ReadOn(), Between(0, 40));
    EXPECT_EQ(*lane.last(), Result::kNeedSplit);
    lane.stream().AppendWindow({2, 3});
    lane.stream().CloseWindows();
    EXPECT_EQ(lane.ReadOn(), Between(40, 100));
    EXPECT_EQ(*lane.last(), Result::kEnd);
  }
}

TEST(LaneMinibatchesTest, TellsOfErrors) {
  for (const bool ahead : {false, true}) {
    TestLane lane(2, ahead, [](size_t s) -> absl::StatusOr<SplitExamples> {
      if (s == 2) return absl::DataLossError("bad");
      return HundredExamples().Make(s);
    });
    for (const size_t s : {0, 2}) lane.stream().AppendWindow({s});
    lane.stream().CloseWindows();
    EXPECT_EQ(lane.ReadOn(), Between(0, 40));
    EXPECT_EQ(lane.last().status(), absl::DataLossError("bad"));
    EXPECT_TRUE(lane.ReadOn().empty());
    EXPECT_EQ(lane.last().status(), absl::DataLossError("bad"));
  }
}

TEST(LaneMinibatchesTest, MayGoWhileItBuildsAhead) {
  for (int round = 0; round < 50; ++round) {
    TestLane lane(2, /*build_ahead=*/true, HundredExamples().Loader());
    lane.stream().AppendWindow({0, 1, 2, 3});
    Minibatch minibatch;
    EXPECT_EQ(*lane.minibatches().Next(&minibatch), Result::kMinibatch);
  }
}

}  // namespace
}  // namespace lineup

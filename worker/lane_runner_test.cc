#include "worker/lane_runner.h"

#include <functional>
#include <optional>
#include <thread>
#include <utility>

#include "common/base/mutex.h"
#include "common/base/thread_pool.h"
#include "common/linear/lineup_columns.h"
#include "common/linear/loss.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

// An epoch without minibatches.
class NoMinibatches final : public MinibatchSource {
 public:
  absl::StatusOr<Result> Next(Minibatch*) override { return Result::kEnd; }
};

// Keeps the call for the test, which answers it.
class HeldClient final : public ParameterClient {
 public:
  void Pull(LaneClock, const RowSet&, WeightsOut, Done) override {}
  void Push(LaneClock, const RowSet&, const LaneGradient&, Done) override {}
  void PushAndPull(LaneClock, const RowSet&, const LaneGradient&, const RowSet&,
                   WeightsOut, Done) override {}
  void FinishLane(LaneClock, Done done) override { answer = std::move(done); }
  void NextClock(uint32_t, uint64_t*, Done) override {}
  void Peek(const RowSet&, std::optional<size_t>, WeightsOut, Done) override {}

  Done answer;
};

// Closed until it is opened.
class Gate {
 public:
  void Open() {
    MutexLock lock(&mutex_);
    open_ = true;
    changed_.SignalAll();
  }
  void Pass() {
    MutexLock lock(&mutex_);
    while (!open_) changed_.Wait(&mutex_);
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  bool open_ ABSL_GUARDED_BY(mutex_) = false;
};

// What `wake` refers to is destroyed once the runner is idle.
TEST(LaneRunnerTest, IsNotIdleWhileItWakes) {
  NoMinibatches source;
  HeldClient client;
  const LineupColumns columns({Candidate()}, 1);
  const std::vector<float> class_weights;
  ThreadPool pool(1);
  const CandidateGroupings groupings(columns);
  LineupKernel kernel(LossType::kLogistic, &columns, &groupings, &class_weights,
                      &pool);
  Gate waking, may_return;
  LaneRunner runner({0, 1, 1}, {}, &source, &client, &kernel, [&] {
    waking.Open();
    may_return.Pass();
  });
  EXPECT_TRUE(runner.idle());
  ASSERT_EQ(runner.Advance().value(), LaneRunner::State::kWaiting);
  EXPECT_FALSE(runner.idle());
  std::thread answering([&] { client.answer(absl::OkStatus()); });
  waking.Pass();
  EXPECT_FALSE(runner.idle());
  // The answer itself is there already.
  EXPECT_EQ(runner.Advance().value(), LaneRunner::State::kFinished);
  may_return.Open();
  runner.WaitUntilIdle();
  EXPECT_TRUE(runner.idle());
  answering.join();
}

}  // namespace
}  // namespace lineup

#include "worker/worker_node.h"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/rpc/call_batch.h"
#include "gtest/gtest.h"
#include "worker/worker_testing.h"

namespace lineup {
namespace {

// Servers to which calls go in batches, and which answer at once.
class BatchedServers final
    : public TestServers,
      public CallHolder,
      public std::enable_shared_from_this<BatchedServers> {
 public:
  void SendHeld() override {
    std::vector<Done> calls;
    {
      MutexLock lock(&mutex_);
      calls.swap(held_);
      sizes_.push_back(calls.size());
    }
    for (const Done& done : calls) done(absl::OkStatus());
  }

  // Of the batches.
  std::vector<size_t> sizes() {
    MutexLock lock(&mutex_);
    return sizes_;
  }

 private:
  void OnCall(Done done) override {
    {
      MutexLock lock(&mutex_);
      held_.push_back(std::move(done));
    }
    CallBatch::Current()->Hold(shared_from_this());
  }

  Mutex mutex_;
  std::vector<Done> held_ ABSL_GUARDED_BY(mutex_);
  std::vector<size_t> sizes_ ABSL_GUARDED_BY(mutex_);
};

// Each look at it finds it so much later.
class SteppingClock final : public Clock {
 public:
  explicit SteppingClock(absl::Duration step) : step_(step) {}

  absl::Time Now() const override {
    MutexLock lock(&mutex_);
    return now_ += step_;
  }

 private:
  const absl::Duration step_;
  mutable Mutex mutex_;
  mutable absl::Time now_ ABSL_GUARDED_BY(mutex_) = absl::UnixEpoch();
};

// What a node has news of.
class News {
 public:
  void Tell() {
    MutexLock lock(&mutex_);
    ++told_;
    changed_.SignalAll();
  }
  // Waits until `done` holds, which only what is told of makes true.
  bool Await(absl::FunctionRef<bool()> done) {
    for (int known = -1;;) {
      if (done()) return true;
      MutexLock lock(&mutex_);
      while (told_ == known) {
        if (changed_.WaitWithTimeout(&mutex_, absl::Seconds(30))) return false;
      }
      known = told_;
    }
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  int told_ ABSL_GUARDED_BY(mutex_) = 0;
};

// Lets a thread train `lanes` lanes to their end; returns the batches' sizes.
std::vector<size_t> Train(uint32_t lanes, absl::Duration step) {
  const auto servers = std::make_shared<BatchedServers>();
  TestServices services;
  services.setup = TestJobSetup(lanes, 8);
  services.servers = servers;
  const SteppingClock clock(step);
  News news;
  WorkerNode node({}, &services, &clock, [&news] { news.Tell(); });
  std::vector<uint32_t> numbers;
  for (uint32_t lane = 0; lane < lanes; ++lane) numbers.push_back(lane);
  v1::NodeOrders orders = TestOrders(1, numbers);
  GiveSplits(&orders);
  node.OnOrders(orders);
  const auto finished = [&node, lanes] {
    const v1::WorkerReport report = node.Report();
    return report.lanes_size() == static_cast<int>(lanes) &&
           std::all_of(report.lanes().begin(), report.lanes().end(),
                       [](const v1::WorkerLane& lane) {
                         return lane.state() == v1::WorkerLane::STATE_FINISHED;
                       });
  };
  EXPECT_TRUE(news.Await(finished));
  return servers->sizes();
}

TEST(WorkerNodeTest, ShortStepsShareABatch) {
  const std::vector<size_t> sizes = Train(8, absl::ZeroDuration());
  EXPECT_EQ(*std::max_element(sizes.begin(), sizes.end()),
            WorkerCore::kStepsPerBatch);
}

TEST(WorkerNodeTest, NothingIsHeldBackForALongStep) {
  for (const size_t size : Train(8, absl::Milliseconds(2))) EXPECT_EQ(size, 1u);
}

TEST(WorkerNodeTest, NothingIsHeldBackWithoutWork) {
  for (const size_t size : Train(1, absl::ZeroDuration())) EXPECT_EQ(size, 1u);
}

}  // namespace
}  // namespace lineup

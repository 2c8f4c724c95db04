#include "worker/worker_core.h"

#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "worker/worker_testing.h"

namespace lineup {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class WorkerCoreTest : public ::testing::Test {
 protected:
  WorkerCoreTest() { Make(2, 0); }

  void Make(uint32_t num_lanes, Staleness staleness) {
    services_.setup = TestJobSetup(num_lanes, staleness);
    core_ = std::make_unique<WorkerCore>(
        WorkerCore::Options(),
        WorkerCore::Environment{
            &services_, &pool_, &pool_,
            [this](const auto& activity) { core_->Woken(activity); },
            [this] { ++news_; }});
  }

  ~WorkerCoreTest() override {
    for (const auto& activity : core_->Stop()) {
      Answer();
      activity->WaitUntilIdle();
    }
  }

  // What a thread would do until there is nothing more.
  void Work() {
    while (const auto activity = core_->TakeWork()) {
      activity->Advance();
      core_->Advanced(activity, absl::ZeroDuration());
    }
  }
  // Answers all calls that wait.
  void Answer() {
    for (auto& done : std::exchange(services_.servers->waiting, {})) {
      done(absl::OkStatus());
    }
  }
  v1::WorkerReport Report() { return core_->Report(absl::Now()); }

  ThreadPool pool_{1};
  TestServices services_;
  int news_ = 0;
  std::unique_ptr<WorkerCore> core_;
};

TEST_F(WorkerCoreTest, LanesRunToTheirEnd) {
  core_->OnOrders(TestOrders(1, {0, 1}), absl::Now());
  for (int round = 0; round < 20; ++round) {
    Work();
    Answer();
  }
  const v1::WorkerReport report = Report();
  EXPECT_FALSE(report.has_error()) << report.ShortDebugString();
  ASSERT_THAT(report.lanes(), SizeIs(2));
  for (const v1::WorkerLane& lane : report.lanes()) {
    EXPECT_EQ(lane.state(), v1::WorkerLane::STATE_FINISHED)
        << lane.ShortDebugString();
  }
  EXPECT_EQ(report.examples_trained(), 40);
}

// Else reports and answers would follow one another without end.
TEST_F(WorkerCoreTest, OrdersThatAreKnownAreNoNews) {
  core_->OnOrders(TestOrders(1, {0, 1}), absl::Now());
  Work();
  const int news = news_;
  EXPECT_GT(news, 0);
  core_->OnOrders(TestOrders(1, {0, 1}), absl::Now());
  core_->OnOrders(TestOrders(0, {}), absl::Now());  // late
  EXPECT_EQ(news_, news);
  EXPECT_FALSE(core_->has_work());
  EXPECT_THAT(Report().lanes(), SizeIs(2));
}

// Whoever brings orders reports again anyway.
TEST_F(WorkerCoreTest, NewOrdersAreNoNewsInThemselves) {
  core_->OnOrders(TestOrders(1, {0, 1}), absl::Now());
  Work();
  const int news = news_;
  core_->OnOrders(TestOrders(2, {0, 1}), absl::Now());
  EXPECT_EQ(news_, news);
}

TEST_F(WorkerCoreTest, ALaneIsGivenBackWhenItsStepIsOver) {
  core_->OnOrders(TestOrders(1, {0, 1}), absl::Now());
  Work();
  Answer();  // both lanes may compute
  const auto step = core_->TakeWork();
  ASSERT_NE(step, nullptr);
  core_->OnOrders(TestOrders(2, {}), absl::Now());
  step->Advance();
  EXPECT_THAT(Report().lanes(), ::testing::Not(IsEmpty()))
      << "a minibatch is being computed";
  const int news = news_;
  core_->Advanced(step, absl::ZeroDuration());
  Work();
  EXPECT_THAT(Report().lanes(), IsEmpty());
  EXPECT_GT(news_, news) << "others wait for the lanes";
}

// At a barrier servers let some lanes wait for others, which may be those that
// have no turn to pull (lane_turns.h).
TEST_F(WorkerCoreTest, LanesThatWaitLongLetOthersPull) {
  constexpr uint32_t kTurns = WorkerCore::kStepsPerBatch + 1;
  Make(kTurns + 1, 8);
  std::vector<uint32_t> lanes(kTurns + 1);
  std::iota(lanes.begin(), lanes.end(), 0);
  v1::NodeOrders orders = TestOrders(1, lanes);
  GiveSplits(&orders);
  const absl::Time begin = absl::UnixEpoch() + absl::Hours(1);
  core_->OnOrders(orders, begin);
  Work();
  EXPECT_THAT(services_.servers->waiting, SizeIs(kTurns));
  core_->OnOrders(orders, begin);
  core_->OnOrders(orders, begin + absl::Milliseconds(900));
  Work();
  EXPECT_THAT(services_.servers->waiting, SizeIs(kTurns));
  core_->OnOrders(orders, begin + absl::Seconds(1));
  Work();
  EXPECT_THAT(services_.servers->waiting, SizeIs(kTurns + 1));
  for (int round = 0; round < 40; ++round) {
    Answer();
    Work();
  }
  const v1::WorkerReport report = Report();
  for (const v1::WorkerLane& lane : report.lanes()) {
    EXPECT_EQ(lane.state(), v1::WorkerLane::STATE_FINISHED);
  }
}

TEST_F(WorkerCoreTest, AnotherCoordinatorsOrdersReplaceAll) {
  core_->OnOrders(TestOrders(5, {0, 1}), absl::Now());
  Work();
  v1::NodeOrders other = TestOrders(1, {0});
  other.set_coordinator_id(8);
  other.set_job("job-2");
  core_->OnOrders(other, absl::Now());
  EXPECT_EQ(Report().job(), "job-2");
  EXPECT_THAT(Report().lanes(), IsEmpty()) << "first it gets to know the job";
  Work();
  EXPECT_THAT(Report().lanes(), SizeIs(1));
}

}  // namespace
}  // namespace lineup

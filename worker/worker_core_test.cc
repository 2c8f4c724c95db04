#include "worker/worker_core.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/job/job_codec.h"
#include "common/job/job_plan_testing.h"
#include "common/job/sample_statistics.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

// Servers that answer a call when the test says so, with zeros.
class TestServers : public ParameterClient {
 public:
  void Pull(LaneClock, const RowSet&, float*, Done done) override {
    waiting.push_back(std::move(done));
  }
  void Push(LaneClock, const RowSet&, const LaneGradient&, Done done) override {
    waiting.push_back(std::move(done));
  }
  void PushAndPull(LaneClock, const RowSet&, const LaneGradient&, const RowSet&,
                   float*, Done done) override {
    waiting.push_back(std::move(done));
  }
  void FinishLane(LaneClock, Done done) override {
    waiting.push_back(std::move(done));
  }
  void NextClock(uint32_t, uint64_t* out, Done done) override {
    *out = 1;
    done(absl::OkStatus());
  }
  void Peek(const RowSet&, float*, Done done) override {
    done(absl::OkStatus());
  }

  std::vector<Done> waiting;
};

// A coordinator that knows one job, and one way to its servers.
class TestServices : public WorkerServices {
 public:
  void GetJobSetup(const std::string&, v1::JobSetup* out, Done done) override {
    *out = setup;
    done(absl::OkStatus());
  }
  void GetKeptModel(const std::string&, v1::KeptModel*, Done done) override {
    done(absl::UnimplementedError("no test needs it"));
  }
  absl::StatusOr<std::shared_ptr<ParameterClient>> Connect(
      const std::string&, const v1::Routing&, const LineupColumns&) override {
    return servers;
  }
  void Cancel() override {}

  v1::JobSetup setup;
  std::shared_ptr<TestServers> servers = std::make_shared<TestServers>();
};

class WorkerCoreTest : public ::testing::Test {
 protected:
  WorkerCoreTest() { Make(2, 0); }

  void Make(uint32_t num_lanes, Staleness staleness) {
    JobSpec spec =
        SpecOf({NumberedCsv(40)}, {{"predictor_type", "binary_classifier"},
                                   {"learning_rate", "0.1"},
                                   {"wd", "0"},
                                   {"mini_batch_size", "10"}});
    spec.num_lanes = num_lanes;
    spec.staleness = staleness;
    const JobPlan plan = PlanJob(spec).value();
    *services_.setup.mutable_spec() = EncodeJobSpec(plan.spec);
    services_.setup.set_data_fingerprint(DataFingerprint(plan));
    services_.setup.set_sampled(true);
    *services_.setup.mutable_sample() =
        EncodeSample(ReadSample(plan, PlanSample(plan)[0]).value());
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

  // That the worker holds these lanes.
  v1::NodeOrders Orders(uint64_t version, const std::vector<uint32_t>& lanes) {
    v1::NodeOrders orders;
    orders.set_coordinator_id(7);
    orders.set_version(version);
    orders.set_job("job-1");
    v1::WorkerOrders* worker = orders.mutable_worker();
    worker->mutable_routing()->set_epoch(1);
    worker->mutable_routing()->add_addresses("127.0.0.1:1");
    worker->mutable_routing()->set_slot_owners(std::string(256, '\0'));
    for (const uint32_t lane : lanes) {
      v1::LaneOrder* order = worker->add_lanes();
      order->set_lane(lane);
      order->set_term(lane + 1);
    }
    return orders;
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
  core_->OnOrders(Orders(1, {0, 1}), absl::Now());
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
  core_->OnOrders(Orders(1, {0, 1}), absl::Now());
  Work();
  const int news = news_;
  EXPECT_GT(news, 0);
  core_->OnOrders(Orders(1, {0, 1}), absl::Now());
  core_->OnOrders(Orders(0, {}), absl::Now());  // late
  EXPECT_EQ(news_, news);
  EXPECT_FALSE(core_->has_work());
  EXPECT_THAT(Report().lanes(), SizeIs(2));
}

// Whoever brings orders reports again anyway.
TEST_F(WorkerCoreTest, NewOrdersAreNoNewsInThemselves) {
  core_->OnOrders(Orders(1, {0, 1}), absl::Now());
  Work();
  const int news = news_;
  core_->OnOrders(Orders(2, {0, 1}), absl::Now());
  EXPECT_EQ(news_, news);
}

TEST_F(WorkerCoreTest, ALaneIsGivenBackWhenItsStepIsOver) {
  core_->OnOrders(Orders(1, {0, 1}), absl::Now());
  Work();
  Answer();  // both lanes may compute
  const auto step = core_->TakeWork();
  ASSERT_NE(step, nullptr);
  core_->OnOrders(Orders(2, {}), absl::Now());
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
// have no turn to pull (lane_turns.h): one thread has four turns.
TEST_F(WorkerCoreTest, LanesThatWaitLongLetOthersPull) {
  Make(5, 8);
  v1::NodeOrders orders = Orders(1, {0, 1, 2, 3, 4});
  for (v1::LaneOrder& lane : *orders.mutable_worker()->mutable_lanes()) {
    lane.add_windows()->add_splits(0);
    lane.set_closed(true);
  }
  const absl::Time begin = absl::UnixEpoch() + absl::Hours(1);
  core_->OnOrders(orders, begin);
  Work();
  EXPECT_THAT(services_.servers->waiting, SizeIs(4));
  core_->OnOrders(orders, begin);
  core_->OnOrders(orders, begin + absl::Milliseconds(900));
  Work();
  EXPECT_THAT(services_.servers->waiting, SizeIs(4));
  core_->OnOrders(orders, begin + absl::Seconds(1));
  Work();
  EXPECT_THAT(services_.servers->waiting, SizeIs(5));
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
  core_->OnOrders(Orders(5, {0, 1}), absl::Now());
  Work();
  v1::NodeOrders other = Orders(1, {0});
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

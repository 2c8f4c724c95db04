// A coordinator that is killed with kill -9 and started again at the same
// address, with its journal, goes on with its jobs: at staleness 0 to the bits
// of `lineup train`, and otherwise with each example counted once an epoch.

#include <csignal>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/files.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/bit_jobs.h"
#include "tests/process_cluster.h"

namespace lineup {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr int kLanes = 4;
constexpr absl::Duration kLease = absl::Seconds(5);
constexpr absl::Duration kRecovery = absl::Seconds(3);

std::string FreshPath(const std::string& name) {
  const std::string path = testing::TempDir() + "/" + name;
  for (const char* end : {"", "-wal", "-shm"}) {
    std::filesystem::remove_all(path + end);
  }
  return path;
}

class RestartedCoordinatorTest : public testing::TestWithParam<std::string> {
 protected:
  explicit RestartedCoordinatorTest()
      : journal_(FreshPath("journal")),
        cluster_(2, kLease, {"--delay-ms=10"}, {"--journal=" + journal_}) {}

  static void WaitUntil(absl::FunctionRef<bool()> is) {
    const absl::Time until = absl::Now() + absl::Seconds(30);
    while (!is() && absl::Now() < until) absl::SleepFor(absl::Milliseconds(5));
    EXPECT_TRUE(is());
  }

  bool LanesAreHeld() const {
    const auto lanes = cluster_.jobs().ListLanes();
    if (!lanes.ok() || lanes->lanes().empty()) return false;
    for (const v1::LaneStatus& lane : lanes->lanes()) {
      if (lane.holder().empty() && lane.state() != "finished") return false;
    }
    return true;
  }

  // Kills the coordinator, starts it again, and waits until it has its job
  // again: it runs, and if it trains, workers hold its lanes.
  void Restart(const std::string& job) {
    cluster_.KillCoordinator();
    const absl::Time begin = absl::Now();
    cluster_.RestartCoordinator();
    const v1::JobStatus status =
        cluster_.WaitForJob(job, [&](const v1::JobStatus& status) {
          return !status.phase().empty() && status.phase() != "restarting" &&
                 (status.phase() != "training" || LanesAreHeld());
        });
    const absl::Duration took = absl::Now() - begin;
    std::cout << "goes on " << absl::ToInt64Milliseconds(took)
              << " ms after its restart, " << status.phase() << "\n";
    EXPECT_LT(took, kRecovery) << status.ShortDebugString();
  }

  // Waits until so much of an epoch is trained.
  void WaitForMiddle(const std::string& job, int epoch) {
    cluster_.WaitForServed(job, [&](const v1::ServedJob& served) {
      return served.epochs_size() > epoch &&
             served.epochs(epoch).minibatches() >= 8;
    });
  }

  const std::string journal_;
  ProcessCluster cluster_;
};

TEST_P(RestartedCoordinatorTest, TheBitsAreThoseOfTrain) {
  const std::string directory = FreshPath(GetParam());
  const std::string checkpoints = FreshPath(GetParam() + "_checkpoints");
  std::vector<std::string> flags = BitJob(GetParam(), kLanes, 6);
  const std::string trained = TrainedArchive(flags, directory + "_train");
  flags.push_back("--staleness=0");
  const std::string worker = cluster_.AddWorker();
  const std::string other = cluster_.AddWorker();

  // Workers that stand still hold it in its sample.
  WaitUntil([&] { return cluster_.jobs().ListNodes()->nodes_size() == 4; });
  cluster_.SignalWorker(worker, SIGSTOP);
  cluster_.SignalWorker(other, SIGSTOP);
  std::vector<std::string> first = WithOutput(flags, directory);
  first.push_back("--checkpoint-dir=" + checkpoints);
  const std::string job = cluster_.Submit(first);
  const std::string queued =
      cluster_.Submit(WithOutput(flags, directory + "_queued"));
  BackgroundProgram watch({"watch", job, "--coordinator=" + cluster_.address()},
                          testing::TempDir() + "/watch.log");
  EXPECT_TRUE(watch.WaitForText(job + " started")) << watch.Output();
  EXPECT_EQ(cluster_.Job(job).phase(), "sampling");
  Restart(job);
  cluster_.SignalWorker(worker, SIGCONT);
  cluster_.SignalWorker(other, SIGCONT);

  WaitForMiddle(job, 1);
  Restart(job);

  // In the middle of a checkpoint: another one is made in its place.
  WaitForMiddle(job, 2);
  ASSERT_TRUE(cluster_.jobs().TakeCheckpoint(job).ok());
  Restart(job);
  const v1::JobStatus made =
      cluster_.WaitForJob(job, [](const v1::JobStatus& status) {
        return status.last_checkpoint() >= 4;
      });
  EXPECT_GE(made.last_checkpoint(), 4);

  const v1::JobStatus ended = cluster_.WaitForEnd(job);
  ASSERT_EQ(ended.state(), v1::JOB_STATE_SUCCEEDED) << ended.ShortDebugString();
  EXPECT_TRUE(ReadFile(directory + "/model.tar.gz").value() == trained);

  const v1::ListCandidatesResponse candidates =
      cluster_.jobs().ListCandidates(job).value();

  // The next in the queue, and what is remembered of the first.
  Restart(queued);
  EXPECT_EQ(cluster_.Job(job).SerializeAsString(), ended.SerializeAsString());
  EXPECT_EQ(cluster_.jobs().ListCandidates(job)->SerializeAsString(),
            candidates.SerializeAsString());
  const v1::JobStatus second = cluster_.WaitForEnd(queued);
  EXPECT_EQ(second.state(), v1::JOB_STATE_SUCCEEDED)
      << second.ShortDebugString();
  EXPECT_TRUE(ReadFile(directory + "_queued/model.tar.gz").value() == trained);

  // Whoever watches sees it all, and nothing twice.
  EXPECT_EQ(watch.WaitForExit(), 0) << watch.Output();
  EXPECT_THAT(watch.Output(), HasSubstr(job + " succeeded"));
  for (int epoch = 0; epoch < 6; ++epoch) {
    const std::string told = absl::StrCat("epoch ", epoch, " trained");
    const std::string output = watch.Output();
    const size_t at = output.find(told);
    ASSERT_NE(at, std::string::npos) << output;
    EXPECT_EQ(output.find(told, at + 1), std::string::npos) << output;
  }
  EXPECT_THAT(watch.Output(), Not(HasSubstr("rewind")));
}

INSTANTIATE_TEST_SUITE_P(Jobs, RestartedCoordinatorTest,
                         testing::Values("dense_adam", "sparse_ftrl"),
                         [](const auto& info) { return info.param; });

// Not one of those above.
class StaleTest : public RestartedCoordinatorTest {};

TEST_F(StaleTest, EachExampleIsCountedOnceAnEpoch) {
  const std::string directory = FreshPath("stale");
  std::vector<std::string> flags = BitJob("sparse_adam", kLanes, 3);
  flags.push_back("--staleness=8");
  cluster_.AddWorker();
  cluster_.AddWorker();
  const std::string job = cluster_.Submit(WithOutput(flags, directory));
  for (int epoch = 0; epoch < 3; ++epoch) {
    WaitForMiddle(job, epoch);
    Restart(job);
  }
  std::vector<v1::ServedJob> served;
  cluster_.WaitForServed(job, [&](const v1::ServedJob& now) {
    served = {now, cluster_.Served(1)};
    return now.epochs_size() == 3 && now.epoch_done() && served[1].epoch_done();
  });
  const v1::JobStatus ended = cluster_.WaitForEnd(job);
  ASSERT_EQ(ended.state(), v1::JOB_STATE_SUCCEEDED) << ended.ShortDebugString();
  // The sparse data's 2,000, without those that are held out.
  const uint64_t examples = ended.examples_trained() / 3;
  EXPECT_NEAR(examples, 1800, 100);
  for (const v1::ServedJob& server : served) {
    ASSERT_EQ(server.epochs_size(), 3);
    for (const v1::ServedJob::Epoch& epoch : server.epochs()) {
      EXPECT_EQ(epoch.examples(), examples);
    }
  }
}

class SlowNetworkTest : public RestartedCoordinatorTest {};

// Connections come about slowly, and some end in the middle of a handshake.
TEST_F(SlowNetworkTest, WhoeverWatchesFindsTheCoordinatorAgain) {
  const std::string address = cluster_.address();
  BackgroundProgram watch({"watch", "--coordinator=" + address},
                          FreshPath("watch.log"),
                          {"tests/slow_relay.py", address, "0.1"});
  ASSERT_TRUE(watch.WaitForText(") has joined")) << watch.Output();
  cluster_.KillCoordinator();
  ASSERT_TRUE(watch.WaitForText("trying for another"))
      << watch.WaitForExit() << watch.Output();
  cluster_.RestartCoordinator();
  cluster_.AddWorker();
  EXPECT_TRUE(watch.WaitForText("worker ")) << watch.Output();
}

TEST(JournalOfCoordinatorTest, OneThatCannotBeUsedIsRefused) {
  const std::string journal = FreshPath("journal_of_two");
  const auto coordinator = [&] {
    return std::make_unique<BackgroundProgram>(
        std::vector<std::string>{"coordinator", "--listen=127.0.0.1:0",
                                 "--journal=" + journal},
        FreshPath("coordinator.log"));
  };
  const auto first = coordinator();
  ASSERT_TRUE(first->WaitForText("listens on"));
  const ProgramResult second = RunLineup(
      {"coordinator", "--listen=127.0.0.1:0", "--journal=" + journal});
  EXPECT_EQ(second.status, 1);
  EXPECT_THAT(second.err, HasSubstr("is in use by another coordinator"));
}

}  // namespace
}  // namespace lineup

// A server of a job with replicas is killed with kill -9, or suspended, in the
// middle of an epoch, and the coordinator is killed right after its replica has
// taken over. The job ends with the bits of `lineup train`, and has not
// rewound.

#include <csignal>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/files.h"
#include "gtest/gtest.h"
#include "tests/bit_jobs.h"
#include "tests/process_cluster.h"

namespace lineup {
namespace {

constexpr int kLanes = 4;
constexpr int kServers = 3;
constexpr absl::Duration kLease = absl::Seconds(2);

bool AServerHasTakenOver(const v1::ListShardsResponse& shards) {
  for (const v1::ShardStatus& shard : shards.shards()) {
    if (shard.replica() && shard.replica_of().empty()) return true;
  }
  return false;
}

bool AllHaveReplicas(const v1::ListShardsResponse& shards) {
  return shards.shards_size() == 2 * kServers && !AServerHasTakenOver(shards);
}

// Parameter: data and optimizer, as "dense_adam".
class ReplicaKillTest : public testing::TestWithParam<std::string> {
 protected:
  ReplicaKillTest()
      : directory_(testing::TempDir() + "/" + GetParam()),
        flags_(BitJob(GetParam(), kLanes, 6)),
        trained_(TrainedArchive(flags_, directory_ + "_train")),
        journal_(directory_ + "_journal") {
    for (const char* end : {"", "-wal", "-shm"}) {
      std::filesystem::remove_all(journal_ + end);
    }
    cluster_.emplace(kServers, kLease,
                     std::vector<std::string>{"--delay-ms=10"},
                     std::vector<std::string>{"--journal=" + journal_});
    cluster_->AddWorker();
    cluster_->AddWorker();
    flags_.insert(flags_.end(), {"--staleness=0", "--replicas=1"});
    job_ = cluster_->Submit(WithOutput(flags_, directory_));
    // In the middle of the second epoch.
    cluster_->WaitForServed(job_, [](const v1::ServedJob& served) {
      return served.epochs_size() == 2 && served.epochs(1).minibatches() >= 8;
    });
  }

  void ExpectTheBitsOfTrain() {
    const v1::JobStatus ended = cluster_->WaitForEnd(job_);
    ASSERT_EQ(ended.state(), v1::JOB_STATE_SUCCEEDED)
        << ended.ShortDebugString();
    EXPECT_TRUE(ReadFile(directory_ + "/model.tar.gz").value() == trained_);
    std::map<std::string, int> events = cluster_->CountEvents(job_);
    EXPECT_EQ(events["replica_took_over"], 1);
    EXPECT_EQ(events["rewinding"], 0);
  }

  const std::string directory_;
  std::vector<std::string> flags_;
  const std::string trained_;  // the archive's bytes
  const std::string journal_;
  std::optional<ProcessCluster> cluster_;
  std::string job_;
};

TEST_P(ReplicaKillTest, AServerAndThenTheCoordinatorAreKilled) {
  cluster_->KillServer(1);
  cluster_->WaitForShards(job_, AServerHasTakenOver);
  cluster_->KillCoordinator();
  cluster_->RestartCoordinator();
  ExpectTheBitsOfTrain();
}

// Whoever comes back from the dead does no harm, and gets slots again.
TEST_P(ReplicaKillTest, AServerIsSuspendedAndComesBack) {
  cluster_->SignalServer(2, SIGSTOP);
  cluster_->WaitForShards(job_, AServerHasTakenOver);
  cluster_->SignalServer(2, SIGCONT);
  cluster_->WaitForShards(job_, AllHaveReplicas);
  ExpectTheBitsOfTrain();
}

INSTANTIATE_TEST_SUITE_P(Jobs, ReplicaKillTest,
                         testing::Values("dense_adam", "sparse_ftrl"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace lineup

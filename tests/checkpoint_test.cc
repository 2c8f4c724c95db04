// Checkpoints of jobs on clusters: a job goes on from them, on other servers
// and workers than before, to the bits that it would have had undisturbed.

#include <atomic>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "common/base/files.h"
#include "common/checkpoint/checkpoint_directory.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/bit_jobs.h"
#include "tests/local_cluster.h"

namespace lineup {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Until a test has its checkpoint, however slow the disk is, jobs are slow.
std::atomic<bool> slow{true};

void Slow(LaneClock) {
  if (slow) absl::SleepFor(absl::Milliseconds(30));
}

std::string FreshDirectory(const std::string& name) {
  const std::string directory = OutputFor(name);
  std::filesystem::remove_all(directory);
  return directory;
}

auto WithCheckpoints(const std::string& directory, uint32_t min_servers = 1) {
  return [directory, min_servers](v1::SubmitJobRequest* request) {
    request->mutable_spec()->set_checkpoint_dir(directory);
    request->mutable_spec()->set_min_servers(min_servers);
    request->mutable_spec()->set_keep_checkpoints(10);
  };
}

bool WithinEpoch(const v1::CheckpointManifest& manifest) {
  return manifest.clocks().epoch() == manifest.course().epoch();
}

// Waits until the job's newest checkpoint is one taken within an epoch.
void TakeCheckpointWithinEpoch(const std::string& job,
                               const std::string& directory,
                               LocalCluster* cluster) {
  slow = true;
  uint64_t seen = 0;
  const v1::JobStatus status = cluster->WaitFor(
      job, absl::Seconds(60), [&](const v1::JobStatus& status) {
        if (status.epoch() == 0) return false;
        if (status.last_checkpoint() > seen) {
          seen = status.last_checkpoint();
          const auto newest = FindNewestCheckpoint(directory);
          if (newest.ok() && WithinEpoch(newest->manifest)) return true;
          return false;
        }
        if (status.phase() == "training" && status.phase_progress() > 0.2) {
          EXPECT_TRUE(cluster->TakeCheckpoint(job).ok());
        }
        return false;
      });
  slow = false;
  ASSERT_EQ(status.state(), v1::JOB_STATE_RUNNING) << "no checkpoint was made";
}

class CheckpointTest : public ::testing::TestWithParam<std::string> {
 protected:
  JobSpec Spec() const { return BitsSpec(GetParam()); }
};

TEST_P(CheckpointTest, AJobGoesOnElsewhereToTheSameBits) {
  const JobSpec spec = Spec();
  const LinearModel undisturbed = TrainEmbedded(spec);
  const std::string directory = FreshDirectory("checkpoints");
  {
    LocalCluster cluster(2);
    cluster.AddWorker(1, Slow);
    cluster.AddWorker(1, Slow);
    const std::string job = cluster.Submit(spec, OutputFor("resumed"), 2,
                                           WithCheckpoints(directory));
    TakeCheckpointWithinEpoch(job, directory, &cluster);
  }  // everything dies
  // The end of the epoch may have brought another one.
  WholeCheckpoint checkpoint = FindNewestCheckpoint(directory).value();
  while (!WithinEpoch(checkpoint.manifest)) {
    ASSERT_TRUE(RemoveCheckpoint(directory, checkpoint.manifest.number()).ok());
    checkpoint = FindNewestCheckpoint(directory).value();
  }
  for (const auto& [servers, workers] : {std::pair(1, 1), std::pair(3, 3)}) {
    // Each from the same checkpoint.
    const std::string copy = FreshDirectory("copy");
    std::filesystem::copy(directory, copy,
                          std::filesystem::copy_options::recursive);
    LocalCluster cluster(servers);
    for (int w = 0; w < workers; ++w) cluster.AddWorker();
    const std::string job = cluster.Resume(copy, workers);
    ExpectSame(ModelOf(cluster.WaitForEnd(job)), undisturbed,
               std::to_string(servers) + " servers");
    EXPECT_GT(ListCheckpoints(copy)->back(), checkpoint.manifest.number());
  }
}

TEST_P(CheckpointTest, AnotherServerTakesThePlaceOfALostOne) {
  const JobSpec spec = Spec();
  const LinearModel undisturbed = TrainEmbedded(spec);
  const std::string directory = FreshDirectory("lost");
  LocalCluster cluster(2, /*lease=*/absl::Seconds(2));
  cluster.AddWorker(1, Slow);
  cluster.AddWorker(1, Slow);
  const std::string job =
      cluster.Submit(spec, OutputFor("lost_m"), 2,
                     WithCheckpoints(directory, /*min_servers=*/2));
  TakeCheckpointWithinEpoch(job, directory, &cluster);
  cluster.KillServer(1);
  cluster.AddServer();
  ExpectSame(ModelOf(cluster.WaitForEnd(job)), undisturbed, "replaced");
  EXPECT_THAT(cluster.EventsOf("rewinding"),
              ElementsAre(HasSubstr("back to its newest checkpoint")));
  EXPECT_THAT(cluster.EventsOf("restored"),
              ElementsAre(HasSubstr("going on from checkpoint")));
}

TEST_P(CheckpointTest, TheServersThatAreLeftTakeTheSlots) {
  const JobSpec spec = Spec();
  const LinearModel undisturbed = TrainEmbedded(spec);
  LocalCluster cluster(3, /*lease=*/absl::Seconds(2));
  cluster.AddWorker(1, Slow);
  const std::string directory = FreshDirectory("left");
  const std::string job =
      cluster.Submit(spec, OutputFor("left_m"), 1, WithCheckpoints(directory));
  TakeCheckpointWithinEpoch(job, directory, &cluster);
  cluster.KillServer(0);
  cluster.KillServer(2);
  ExpectSame(ModelOf(cluster.WaitForEnd(job)), undisturbed, "one is left");
}

INSTANTIATE_TEST_SUITE_P(Jobs, CheckpointTest,
                         ::testing::Values("dense_adam", "dense_ftrl",
                                           "sparse_adam", "sparse_ftrl"),
                         [](const auto& info) { return info.param; });

TEST(CheckpointClusterTest, WithoutCheckpointsTrainingBeginsAgain) {
  const JobSpec spec = BitsSpec("sparse_adam");
  const LinearModel undisturbed = TrainEmbedded(spec);
  LocalCluster cluster(2, /*lease=*/absl::Seconds(2));
  slow = true;  // else the job may have ended before the server is killed
  cluster.AddWorker(1, Slow);
  const std::string job =
      cluster.Submit(spec, OutputFor("again"), 1, WithCheckpoints(""));
  cluster.WaitFor(job, absl::Seconds(60), [](const v1::JobStatus& status) {
    return status.phase() == "training" && status.epoch() >= 1;
  });
  cluster.KillServer(0);
  slow = false;
  ExpectSame(ModelOf(cluster.WaitForEnd(job)), undisturbed, "from the start");
  EXPECT_THAT(cluster.EventsOf("rewinding"),
              ElementsAre(HasSubstr("training begins again")));
}

TEST(CheckpointClusterTest, ABoundedStaleJobGoesOn) {
  JobSpec spec = BitsSpec("sparse_adam");
  spec.staleness = 4;
  const std::string directory = FreshDirectory("stale");
  uint64_t examples = 0;
  {
    LocalCluster cluster(2);
    cluster.AddWorker(2, Slow);
    const std::string job = cluster.Submit(spec, OutputFor("stale_m"), 1,
                                           WithCheckpoints(directory));
    TakeCheckpointWithinEpoch(job, directory, &cluster);
  }
  {
    // What an undisturbed job counts.
    LocalCluster cluster(1);
    cluster.AddWorker(2);
    const std::string job = cluster.Submit(spec, OutputFor("undisturbed"));
    examples = cluster.WaitForEnd(job).examples_trained();
  }
  LocalCluster cluster(1);
  cluster.AddWorker(2);
  const std::string job = cluster.Resume(directory);
  const v1::JobStatus status = cluster.WaitForEnd(job);
  EXPECT_EQ(status.state(), v1::JOB_STATE_SUCCEEDED) << status.error();
  EXPECT_EQ(status.examples_trained(), examples)
      << "each example counts once an epoch";
}

TEST(CheckpointClusterTest, ADamagedCheckpointIsPassedOver) {
  const JobSpec spec = BitsSpec("dense_ftrl");
  const LinearModel undisturbed = TrainEmbedded(spec);
  const std::string directory = FreshDirectory("damaged");
  {
    LocalCluster cluster(2);
    cluster.AddWorker(1, Slow);
    const std::string job = cluster.Submit(spec, OutputFor("damaged_m"), 1,
                                           WithCheckpoints(directory));
    TakeCheckpointWithinEpoch(job, directory, &cluster);
  }
  const std::vector<uint64_t> numbers = ListCheckpoints(directory).value();
  const std::string file =
      CheckpointPath(directory,
                     FindNewestCheckpoint(directory)->manifest.number()) +
      "/" + ShardFileName(1, 2);
  std::string bytes = ReadFile(file).value();
  bytes[bytes.size() / 2] ^= 4;
  ASSERT_TRUE(AtomicWriteFile(file, bytes).ok());
  LocalCluster cluster(1);
  cluster.AddWorker();
  const std::string job = cluster.Resume(directory);
  ExpectSame(ModelOf(cluster.WaitForEnd(job)), undisturbed, "damaged");
  EXPECT_THAT(cluster.EventsOf("checkpoint_damaged"),
              ElementsAre(HasSubstr(file + ": byte ")));
}

TEST(CheckpointClusterTest, AServerThatComesBackDoesNoHarm) {
  const JobSpec spec = BitsSpec("dense_adam");
  const LinearModel undisturbed = TrainEmbedded(spec);
  LocalCluster cluster(2, /*lease=*/absl::Seconds(2));
  cluster.AddWorker(1, Slow);
  const std::string directory = FreshDirectory("back");
  const std::string job =
      cluster.Submit(spec, OutputFor("back_m"), 1, WithCheckpoints(directory));
  TakeCheckpointWithinEpoch(job, directory, &cluster);
  // It is given up although it lives on, with the job open.
  cluster.GiveUpServer(1);
  ExpectSame(ModelOf(cluster.WaitForEnd(job)), undisturbed, "came back");
  EXPECT_THAT(cluster.EventsOf("rewinding"), Contains(HasSubstr("server-1")));
}

TEST(CheckpointClusterTest, TheDirectoryOfAnotherJobIsRefused) {
  const std::string directory = FreshDirectory("other");
  ASSERT_TRUE(CreateDirectories(CheckpointPath(directory, 1)).ok());
  LocalCluster cluster(1);
  const std::string job = cluster.Submit(BitsSpec("dense_ftrl"), OutputFor("o"),
                                         1, WithCheckpoints(directory));
  const v1::JobStatus status = cluster.WaitForEnd(job);
  EXPECT_EQ(status.state(), v1::JOB_STATE_FAILED);
  EXPECT_THAT(status.error(), HasSubstr("checkpoints of an earlier job"));
}

}  // namespace
}  // namespace lineup

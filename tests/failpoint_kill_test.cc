// Processes of a cluster that end, as with kill -9, at chosen places
// (common/base/failpoint.h), and are started again: the job still ends with the
// bits of `lineup train`.

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "common/base/files.h"
#include "common/job/job_state.h"
#include "gtest/gtest.h"
#include "tests/bit_jobs.h"
#include "tests/process_cluster.h"
#include "tests/sanitizers.h"

namespace lineup {
namespace {

constexpr int kLanes = 4;
// Nodes that are slow to start, but not dead, must not be in the journal twice.
constexpr absl::Duration kLease = absl::Seconds(kSanitized ? 10 : 1);
constexpr absl::Duration kPatience = absl::Minutes(kSanitized ? 3 : 1);
constexpr absl::Duration kLook = absl::Milliseconds(5);

std::string FreshPath(const std::string& name) {
  const std::string path = testing::TempDir() + "/" + name;
  for (const char* end : {"", "-wal", "-shm"}) {
    std::filesystem::remove_all(path + end);
  }
  return path;
}

// The job, and what it must end with.
struct Job {
  std::vector<std::string> flags;
  std::string archive;
};
// `flags` are those of `lineup submit` alone.
const Job* MakeJob(int epochs, const std::vector<std::string>& flags = {}) {
  auto* job = new Job;
  job->flags = BitJob("dense_ftrl", kLanes, epochs);
  job->archive = TrainedArchive(job->flags, FreshPath("trained"));
  job->flags.push_back("--staleness=0");
  job->flags.insert(job->flags.end(), flags.begin(), flags.end());
  return job;
}
const Job& TheJob() {
  static const Job* const kJob = MakeJob(3);
  return *kJob;
}
// Long enough for servers to come and go, and for several checkpoints, however
// slow the machine is: while one is written no other is begun.
const Job& LongJob() {
  static const Job* const kJob = MakeJob(8);
  return *kJob;
}

const Job& JobWithReplicas() {
  static const Job* const kJob = MakeJob(3, {"--replicas=1"});
  return *kJob;
}

// One in which a server's failpoint comes to pass.
const Job& JobFor(const std::string& failpoint) {
  const bool of_second_checkpoint =
      absl::StrContains(failpoint, "=2:") &&
      (absl::StartsWith(failpoint, "checkpoint.") ||
       absl::StartsWith(failpoint, "file."));
  return of_second_checkpoint ? LongJob() : TheJob();
}

// Submits the job, which makes checkpoints.
std::string Submit(const Job& job, ProcessCluster* cluster) {
  std::vector<std::string> flags = WithOutput(job.flags, FreshPath("model"));
  flags.push_back("--checkpoint-dir=" + FreshPath("checkpoints"));
  return cluster->Submit(std::move(flags));
}

// Starts again what ends, until the job has; how many.
int Revive(const std::string& job, const std::string& archive_of_train,
           ProcessCluster* cluster) {
  const absl::Time until = absl::Now() + kPatience;
  int revived = 0;
  absl::StatusOr<v1::JobStatus> status = v1::JobStatus();
  do {
    absl::SleepFor(kLook);
    revived += cluster->Revive();
    status = cluster->jobs().GetJob(job);
  } while ((!status.ok() || !HasEnded(status->state())) && absl::Now() < until);
  EXPECT_TRUE(status.ok() && status->state() == v1::JOB_STATE_SUCCEEDED)
      << status.status() << (status.ok() ? status->ShortDebugString() : "");
  const absl::StatusOr<std::string> archive =
      ReadFile(testing::TempDir() + "/model/model.tar.gz");
  EXPECT_TRUE(archive.ok() && *archive == archive_of_train) << archive.status();
  return revived;
}

int RunAndRevive(ProcessCluster* cluster, const Job& the_job = TheJob()) {
  const absl::Time until = absl::Now() + kPatience;
  // All nodes are in the journal before the job is.
  while (cluster->jobs().ListNodes()->nodes_size() < 4 && absl::Now() < until) {
    absl::SleepFor(kLook);
  }
  const std::string job = Submit(the_job, cluster);
  return Revive(job, the_job.archive, cluster);
}

std::vector<std::string> Failpoints(const std::string& failpoint) {
  if (failpoint.empty()) return {};
  return {"--failpoint=" + failpoint};
}

// Two servers, of which the second may have a failpoint, and two workers; "":
// none.
class Cluster : public ProcessCluster {
 public:
  Cluster(const std::string& coordinator, const std::string& server)
      : ProcessCluster(1, kLease, {}, CoordinatorFlags(coordinator)) {
    AddServer(Failpoints(server));
    AddWorker();
    AddWorker();
  }

 private:
  static std::vector<std::string> CoordinatorFlags(
      const std::string& failpoint) {
    std::vector<std::string> flags = Failpoints(failpoint);
    flags.push_back("--journal=" + FreshPath("journal"));
    return flags;
  }
};

std::string NameOf(const testing::TestParamInfo<std::string>& info) {
  return absl::StrReplaceAll(info.param, {{".", "_"}, {"=", "_"}, {":", "_"}});
}

class CoordinatorTest : public testing::TestWithParam<std::string> {};

TEST_P(CoordinatorTest, IsKilledAndGoesOn) {
  Cluster cluster(GetParam(), "");
  EXPECT_EQ(RunAndRevive(&cluster), 1);
}

INSTANTIATE_TEST_SUITE_P(
    Failpoints, CoordinatorTest,
    // The job is the sixth entry.
    testing::Values(
        "journal.write.before=8:kill", "journal.write.after=9:kill",
        "journal.write.before=10:kill", "journal.write.after=11:kill",
        "journal.write.before=12:kill", "journal.write.after=13:kill",
        "journal.write.before=14:kill", "journal.write.after=15:kill",
        "journal.write.after=17:kill", "journal.write.after=10:error",
        "selection.before=2:kill", "selection.after=2:kill",
        "checkpoint.manifest.before:kill", "checkpoint.manifest.after:kill",
        "file.sync.before:kill", "file.rename.before:kill",
        "file.rename.after:kill", "export.before:kill", "export.after:kill"),
    NameOf);

class ServerTest : public testing::TestWithParam<std::string> {};

TEST_P(ServerTest, IsKilledAndAnotherTakesItsPlace) {
  Cluster cluster("", GetParam());
  EXPECT_EQ(RunAndRevive(&cluster, JobFor(GetParam())), 1);
}

INSTANTIATE_TEST_SUITE_P(
    Failpoints, ServerTest,
    testing::Values("apply.before=50:kill", "apply.after=90:kill",
                    "acknowledge.before=130:kill", "acknowledge.after=170:kill",
                    "checkpoint.write.before=2:kill",
                    "checkpoint.write.after=1:kill", "file.sync.before=2:kill",
                    "file.rename.before=1:kill", "file.rename.after=2:kill"),
    NameOf);

// The coordinator is killed when it has found out that a server is lost.
class LeaseTest : public testing::TestWithParam<std::string> {};

TEST_P(LeaseTest, TheCoordinatorIsKilledToo) {
  Cluster cluster(GetParam(), "apply.after=90:kill");
  EXPECT_EQ(RunAndRevive(&cluster), 2);
}

INSTANTIATE_TEST_SUITE_P(Failpoints, LeaseTest,
                         testing::Values("lease.expiry.before:kill",
                                         "lease.expiry.after:kill"),
                         NameOf);

// A server is killed while it takes a gradient as a replica, or for itself.
class ReplicaTest : public testing::TestWithParam<std::string> {};

TEST_P(ReplicaTest, IsKilledAndTheOtherTakesOver) {
  Cluster cluster("", GetParam());
  EXPECT_EQ(RunAndRevive(&cluster, JobWithReplicas()), 1);
  EXPECT_EQ(cluster.CountEvents("job-1")["rewinding"], 0);
}

INSTANTIATE_TEST_SUITE_P(Failpoints, ReplicaTest,
                         testing::Values("replicate.before=50:kill",
                                         "replicate.after=90:kill",
                                         "apply.after=70:kill",
                                         "acknowledge.before=130:kill"),
                         NameOf);

// The coordinator is killed before it has written down that a replica takes
// over, or told anybody.
class TakeoverTest : public testing::TestWithParam<std::string> {};

TEST_P(TakeoverTest, TheCoordinatorIsKilledToo) {
  Cluster cluster(GetParam(), "apply.after=90:kill");
  EXPECT_EQ(RunAndRevive(&cluster, JobWithReplicas()), 2);
  EXPECT_EQ(cluster.CountEvents("job-1")["rewinding"], 0);
}

INSTANTIATE_TEST_SUITE_P(Failpoints, TakeoverTest,
                         testing::Values("takeover.before:kill",
                                         "takeover.after:kill"),
                         NameOf);

// While the job trains, a second server comes, and gets slots: one of them, or
// the coordinator, is killed meanwhile.
class MoveTest : public testing::TestWithParam<std::string> {};

TEST_P(MoveTest, IsKilledAndTheJobGoesOn) {
  const bool coordinator = absl::StrContains(GetParam(), "place");
  std::vector<std::string> coordinator_flags =
      Failpoints(coordinator ? GetParam() : "");
  coordinator_flags.push_back("--journal=" + FreshPath("journal"));
  ProcessCluster cluster(1, kLease, {"--delay-ms=15"}, coordinator_flags);
  cluster.AddWorker();
  cluster.AddWorker();
  const std::string job = Submit(LongJob(), &cluster);
  cluster.WaitForServed(job, [](const v1::ServedJob& served) {
    return served.epochs_size() >= 1 && served.epochs(0).minibatches() >= 8;
  });
  cluster.AddServer(Failpoints(coordinator ? "" : GetParam()));
  EXPECT_EQ(Revive(job, LongJob().archive, &cluster), 1);
}

INSTANTIATE_TEST_SUITE_P(Failpoints, MoveTest,
                         testing::Values("move.take.before:kill",
                                         "move.take.after:kill",
                                         "move.open.before:kill",
                                         "move.place.before:kill",
                                         "move.place.after:kill"),
                         NameOf);

// Errors that are no reason to end.
class ErrorTest : public testing::TestWithParam<std::string> {};

TEST_P(ErrorTest, ACheckpointFailsAndTrainingGoesOn) {
  Cluster cluster("", GetParam());
  EXPECT_EQ(RunAndRevive(&cluster, JobFor(GetParam())), 0);
  int failed = 0;
  EXPECT_TRUE(cluster.jobs()
                  .WatchEvents({},
                               [&](const v1::Event& event) {
                                 failed += event.kind() == "checkpoint_failed";
                                 return event.kind() != "job_succeeded";
                               })
                  .ok());
  EXPECT_EQ(failed, 1);
}

INSTANTIATE_TEST_SUITE_P(Failpoints, ErrorTest,
                         testing::Values("checkpoint.write.before=2:error",
                                         "file.sync.before=1:error"),
                         NameOf);

// The coordinator is killed while workers score.
TEST(EvaluationTest, IsBegunAgain) {
  ProcessCluster cluster(2, kLease, {"--failpoint=evaluate.before:delay=200"},
                         {"--journal=" + FreshPath("journal")});
  cluster.AddWorker();
  cluster.AddWorker();
  const std::string output = FreshPath("model");
  const std::string job = cluster.Submit(WithOutput(TheJob().flags, output));
  for (int epoch = 0; epoch < 2; ++epoch) {
    const v1::JobStatus status =
        cluster.WaitForJob(job, [&](const v1::JobStatus& status) {
          return status.phase() == "validating" &&
                 static_cast<int>(status.epoch()) == epoch;
        });
    EXPECT_EQ(status.phase(), "validating");
    cluster.RestartCoordinator();
    EXPECT_EQ(cluster
                  .WaitForJob(job,
                              [](const v1::JobStatus& status) {
                                return status.phase() != "restarting" &&
                                       !status.phase().empty();
                              })
                  .phase(),
              "validating");
  }
  EXPECT_EQ(cluster.WaitForEnd(job).state(), v1::JOB_STATE_SUCCEEDED);
  EXPECT_TRUE(ReadFile(output + "/model.tar.gz").value() == TheJob().archive);
}

}  // namespace
}  // namespace lineup

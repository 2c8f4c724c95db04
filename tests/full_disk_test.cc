// A disk that fills up: a small tmpfs, filled to its last byte. Whatever cannot
// be written says so, what was there before stays whole, and training goes on.
//
// Mounting needs root; the test says that it skips where it may not.

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/files.h"
#include "common/checkpoint/checkpoint_directory.h"
#include "common/job/job_codec.h"
#include "common/rpc/jobs_client.h"
#include "coordinator/coordinator_process.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/bit_jobs.h"
#include "tests/local_cluster.h"

namespace lineup {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::atomic<bool> slow{true};

void Slow(LaneClock) {
  if (slow) absl::SleepFor(absl::Milliseconds(30));
}

// A file system of 1 MiB.
class SmallDisk {
 public:
  explicit SmallDisk(const std::string& name) : path_(OutputFor(name)) {
    std::filesystem::create_directories(path_);
    mounted_ = mount("lineup", path_.c_str(), "tmpfs", 0, "size=1m") == 0;
    if (!mounted_) why_ = std::strerror(errno);
  }
  ~SmallDisk() {
    if (mounted_) umount2(path_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  bool mounted() const { return mounted_; }
  // Why it could not be mounted.
  const std::string& why() const { return why_; }
  const std::string& path() const { return path_; }

  void Fill() {
    const int file =
        open(Filler().c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ASSERT_GE(file, 0) << std::strerror(errno);
    for (size_t size : {4096, 1}) {
      const std::string bytes(size, 'x');
      while (write(file, bytes.data(), bytes.size()) > 0) {
      }
    }
    close(file);
  }
  void MakeRoom() { std::filesystem::remove(Filler()); }

 private:
  std::string Filler() const { return path_ + "/filler"; }

  const std::string path_;
  bool mounted_ = false;
  std::string why_;
};

class FullDiskTest : public ::testing::Test {
 protected:
  FullDiskTest()
      : disk_(::testing::UnitTest::GetInstance()->current_test_info()->name()) {
  }

  void SetUp() override {
    if (!disk_.mounted()) {
      GTEST_SKIP() << "cannot mount a tmpfs (" << disk_.why()
                   << "): run the test as root";
    }
    slow = true;
  }

  SmallDisk disk_;
};

TEST_F(FullDiskTest, ACheckpointFailsAndTheOneBeforeStays) {
  const JobSpec spec = BitsSpec("sparse_adam");
  const LinearModel undisturbed = TrainEmbedded(spec);
  const std::string directory = disk_.path() + "/checkpoints";
  LocalCluster cluster(2);
  cluster.AddWorker(1, Slow);
  const std::string job =
      cluster.Submit(spec, OutputFor("full_disk_model"), 1,
                     [&](v1::SubmitJobRequest* request) {
                       request->mutable_spec()->set_checkpoint_dir(directory);
                     });
  const auto take_checkpoint_until = [&](auto is) {
    cluster.WaitFor(job, absl::Seconds(60), [&](const v1::JobStatus& status) {
      if (is(status)) return true;
      if (status.phase() == "training") (void)cluster.TakeCheckpoint(job);
      return false;
    });
  };
  const auto has_one = [](const v1::JobStatus& status) {
    return status.last_checkpoint() > 0;
  };
  take_checkpoint_until(has_one);

  disk_.Fill();
  take_checkpoint_until([&](const v1::JobStatus&) {
    return !cluster.EventsOf("checkpoint_failed").empty();
  });
  const std::vector<std::string> failed = cluster.EventsOf("checkpoint_failed");
  ASSERT_FALSE(failed.empty());
  EXPECT_THAT(failed[0], AllOf(HasSubstr(directory),
                               HasSubstr("No space left on device")));
  const auto whole = FindNewestCheckpoint(directory);
  ASSERT_TRUE(whole.ok()) << whole.status();
  EXPECT_THAT(whole->damaged, ElementsAre());

  disk_.MakeRoom();
  const uint64_t before = whole->manifest.number();
  take_checkpoint_until([&](const v1::JobStatus& status) {
    return status.last_checkpoint() > before;
  });
  slow = false;
  const v1::JobStatus ended = cluster.WaitForEnd(job);
  EXPECT_GT(ended.last_checkpoint(), before) << "there was room again";
  ExpectSame(ModelOf(ended), undisturbed, "full disk");
}

TEST_F(FullDiskTest, AnExportFailsAndTheModelBeforeStays) {
  slow = false;
  const JobSpec spec = BitsSpec("dense_adam");
  const std::string output = disk_.path() + "/model";
  LocalCluster cluster(1);
  cluster.AddWorker(1, Slow);
  const v1::JobStatus first = cluster.WaitForEnd(cluster.Submit(spec, output));
  ASSERT_EQ(first.state(), v1::JOB_STATE_SUCCEEDED) << first.error();
  const std::string archive = ReadFile(output + "/model.tar.gz").value();
  const std::string json = ReadFile(output + "/model.json").value();

  disk_.Fill();
  const v1::JobStatus second = cluster.WaitForEnd(cluster.Submit(spec, output));
  EXPECT_EQ(second.state(), v1::JOB_STATE_FAILED);
  EXPECT_THAT(second.error(),
              HasSubstr("/model.tar.gz: No space left on device"));
  EXPECT_TRUE(ReadFile(output + "/model.tar.gz").value() == archive);
  EXPECT_TRUE(ReadFile(output + "/model.json").value() == json);

  disk_.MakeRoom();
  const v1::JobStatus third = cluster.WaitForEnd(cluster.Submit(spec, output));
  EXPECT_EQ(third.state(), v1::JOB_STATE_SUCCEEDED) << third.error();
}

TEST_F(FullDiskTest, AJournalKeepsWhatItHasAndTheCoordinatorEnds) {
  const RealClock clock;
  CoordinatorProcessOptions options;
  options.journal = disk_.path() + "/journal";
  const auto start = [&] {
    return CoordinatorProcess::Start(
               Address::ParseListening("127.0.0.1:0").value(), options, &clock)
        .value();
  };
  v1::SubmitJobRequest request;
  *request.mutable_spec() = EncodeJobSpec(BitsSpec("sparse_adam"));
  request.mutable_spec()->set_output(OutputFor("never"));
  {
    const auto process = start();
    const JobsClient jobs =
        JobsClient::Create(process->address(), Security()).value();
    EXPECT_TRUE(jobs.SubmitJob(request).ok());
    EXPECT_TRUE(process->failure().ok());
    disk_.Fill();
    const absl::Status refused = jobs.SubmitJob(request).status();
    EXPECT_THAT(std::string(refused.message()),
                AllOf(HasSubstr("the journal cannot be written"),
                      HasSubstr("full; make room on its disk")));
    EXPECT_EQ(process->failure().code(), absl::StatusCode::kUnavailable);
    // Nor is it told what the journal may not have.
    EXPECT_FALSE(jobs.ListJobs().ok());
  }
  disk_.MakeRoom();
  const auto process = start();
  const JobsClient jobs =
      JobsClient::Create(process->address(), Security()).value();
  EXPECT_EQ(jobs.ListJobs()->jobs_size(), 1);
  EXPECT_EQ(jobs.SubmitJob(request)->job(), "job-2");
}

}  // namespace
}  // namespace lineup

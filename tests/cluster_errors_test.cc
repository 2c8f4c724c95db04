// What a user reads when something is wrong in a cluster, with real processes:
// each says what is wrong and what to do, and none waits for ever.

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/files.h"
#include "common/rpc/channel.h"
#include "common/rpc/errors.h"
#include "common/rpc/finish_now.h"
#include "common/rpc/protocol.h"
#include "common/rpc/rpc_server.h"
#include "common/rpc/status.h"
#include "common/rpc/test_listener.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/jobs.grpc.pb.h"
#include "proto/node.grpc.pb.h"
#include "tests/program.h"

namespace lineup {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::vector<std::string> Words(const std::string& text) {
  return absl::StrSplit(text, ' ', absl::SkipEmpty());
}

std::string Absolute(const std::string& path) {
  return std::filesystem::absolute(path).string();
}

// A directory that is gone with the object; its path is short enough for
// sockets.
class ShortDirectory {
 public:
  ShortDirectory() {
    char name[] = "/tmp/lineup_XXXXXX";
    PCHECK(mkdtemp(name) != nullptr);
    path_ = name;
  }
  ~ShortDirectory() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class ClusterErrorsTest : public ::testing::Test {
 protected:
  using Process = std::unique_ptr<BackgroundProgram>;

  std::string PathOf(const std::string& name) const {
    return directory_.path() + "/" + name;
  }
  std::string address() const { return "unix:" + PathOf("coordinator"); }

  // Relative to another working directory when `in` is set.
  Process Run(const std::string& command, const std::string& in = "") {
    return std::make_unique<BackgroundProgram>(
        Words(command), PathOf(absl::StrCat("output", ++last_output_)),
        in.empty() ? Through{} : Through{"env", "-C", in});
  }
  Process Coordinator(const std::string& in = "") {
    Process process =
        Run("coordinator --lease-seconds 2 --listen " + address(), in);
    EXPECT_TRUE(process->WaitForText("the coordinator listens on"))
        << process->Output();
    return process;
  }
  Process Server(const std::string& flags = "") {
    return Run(absl::StrCat("server --threads 1 --listen 127.0.0.1:0 ",
                            "--coordinator ", address(), " ", flags));
  }
  Process Worker(const std::string& flags = "", const std::string& in = "") {
    return Run(absl::StrCat("worker --threads 1 --coordinator ", address(), " ",
                            flags),
               in);
  }

  // A job that takes no time.
  std::string SubmitCommand(const std::string& flags = "") const {
    return absl::StrCat(
        "submit --coordinator ", address(), " --train ",
        Absolute("examples/digits/validation.csv"), " --output ",
        PathOf("model"),
        " --predictor-type multiclass_classifier --num-classes 10 "
        "--mini-batch-size 20 --learning-rate 0.01 --follow ",
        flags);
  }
  ProgramResult Submit(const std::string& flags = "") const {
    return RunLineup(Words(SubmitCommand("--epochs 1 " + flags)));
  }

  const ShortDirectory directory_;
  int last_output_ = 0;
};

// --- In any order ---------------------------------------------------------

TEST_F(ClusterErrorsTest, ProcessesStartInAnyOrder) {
  std::string order = "csw";
  do {
    SCOPED_TRACE(order);
    std::vector<std::pair<char, Process>> processes;
    for (const char role : order) {
      processes.emplace_back(role, role == 'c'   ? Coordinator()
                                   : role == 's' ? Server()
                                                 : Worker());
      const bool early = role != 'c' && processes[0].first != 'c' &&
                         order.find(role) < order.find('c');
      if (early) {
        EXPECT_TRUE(processes.back().second->WaitForText(
            absl::StrCat("the coordinator at ", address(),
                         " does not answer: nothing listens there")))
            << processes.back().second->Output();
      }
    }
    const ProgramResult result = Submit();
    EXPECT_EQ(result.status, 0) << result.out << result.err;
    // The coordinator last: the others leave with its word.
    std::sort(processes.begin(), processes.end(),
              [](const auto& a, const auto& b) { return a.first > b.first; });
    for (auto& [role, process] : processes) {
      process->Signal(SIGTERM);
      EXPECT_EQ(process->WaitForExit(), 0) << role << "\n" << process->Output();
    }
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST_F(ClusterErrorsTest, AJobSaysWhatItWaitsFor) {
  const Process coordinator = Coordinator();
  const Process submit = Run(SubmitCommand("--min-workers 2"));
  EXPECT_TRUE(submit->WaitForText(
      "job-1 waits for 1 more server(s) and 2 more worker(s)"))
      << submit->Output();
  const Process server = Server();
  const Process worker = Worker();
  EXPECT_TRUE(submit->WaitForText("job-1 waits for 1 more worker(s)"))
      << submit->Output();
  const Process other = Worker();
  EXPECT_EQ(submit->WaitForExit(), 0) << submit->Output();
}

// --- Commands that end by themselves -----------------------------------------

struct Case {
  std::string command;
  int status;
  std::vector<std::string> texts;  // on standard error
};

void Expect(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    const ProgramResult result = RunLineup(Words(c.command));
    EXPECT_EQ(result.status, c.status) << c.command << "\n" << result.err;
    EXPECT_THAT(result.err, HasSubstr("lineup: error: ")) << c.command;
    for (const std::string& text : c.texts) {
      EXPECT_THAT(result.err, HasSubstr(text)) << c.command;
    }
  }
}

TEST_F(ClusterErrorsTest, WrongAddresses) {
  const TestListener silent;
  const std::string other = absl::StrCat("127.0.0.1:", silent.port());
  const std::string free = absl::StrCat("127.0.0.1:", TestListener().port());
  const std::vector<std::string> nobody = {
      absl::StrCat("the coordinator at ", free,
                   " does not answer: nothing listens there (Connection "
                   "refused); start it, or correct the address")};
  const std::vector<std::string> unknown = {
      "the coordinator at no-such-host.invalid:7000 does not answer: the name "
      "no-such-host.invalid is not known here",
      "check its spelling"};
  const std::vector<std::string> not_ours = {
      absl::StrCat("the coordinator at ", other,
                   " does not answer: something listens there, but does not "
                   "answer as a coordinator does"),
      "check that the address is the coordinator's"};
  const std::string soon = " --connect-timeout-seconds 1 --coordinator ";
  const std::string server = "server --listen 127.0.0.1:0" + soon;
  const std::string unknown_host =
      "no-such-host.invalid:7000 --allow-plaintext";
  Expect({
      {"status --coordinator " + free, 1, nobody},
      {"watch --coordinator " + free, 1, nobody},
      {"worker" + soon + free, 1, nobody},
      {server + free, 1, nobody},
      {"status --coordinator " + unknown_host, 1, unknown},
      {"worker" + soon + unknown_host, 1, unknown},
      {server + unknown_host, 1, unknown},
      {"status --coordinator " + other, 1, not_ours},
      {"worker" + soon + other, 1, not_ours},
      {"status --coordinator unix:" + PathOf("absent"),
       1,
       {"nothing listens there (No such file or directory)"}},
      {"status --coordinator 127.0.0.1",
       1,
       {"--coordinator: address \"127.0.0.1\": no port; expected HOST:PORT"}},
  });
}

TEST_F(ClusterErrorsTest, TheAddressOfSomebodyElseInTheCluster) {
  const Process coordinator = Coordinator();
  const Process server =
      Run(absl::StrCat("server --threads 1 --listen unix:", PathOf("server"),
                       " --coordinator ", address()));
  ASSERT_TRUE(server->WaitForText("listens on"));
  const std::string at = "unix:" + PathOf("server");
  Expect({
      {"status --coordinator " + at,
       1,
       {at + " answers, but is no coordinator of Lineup"}},
      {"worker --coordinator " + at,
       1,
       {"the coordinator at " + at + " does not take this node",
        at + " answers, but is no coordinator of Lineup"}},
  });
}

TEST_F(ClusterErrorsTest, AnAddressTwice) {
  const Process coordinator = Coordinator();
  const TestListener other;
  const std::string taken = absl::StrCat("127.0.0.1:", other.port());
  const Process server =
      Run(absl::StrCat("server --threads 1 --listen unix:", PathOf("server"),
                       " --coordinator ", address()));
  const std::string at = "unix:" + PathOf("server");
  ASSERT_TRUE(server->WaitForText("listens on"));
  Expect({
      {"coordinator --listen " + address(),
       1,
       {"cannot listen on " + address() +
        ": another process does; stop it, or choose another path"}},
      {"coordinator --listen " + taken,
       1,
       {"cannot listen on " + taken + ": another process does"}},
      {"server --listen " + at + " --coordinator " + address(),
       1,
       {"cannot listen on " + at + ": another process does"}},
      // It would listen, but workers would find the other one.
      {absl::StrCat("server --listen 127.0.0.1:0 --advertise ", at,
                    " --connect-timeout-seconds 1 --coordinator ", address()),
       1,
       {"says that workers reach it at " + at + ", and so does server ",
        "give each server its own --listen or --advertise address"}},
      {"worker --coordinator " + address() + " --coordinator " + taken,
       2,
       {"--coordinator: expected one value, number of values found: 2"}},
  });
}

TEST_F(ClusterErrorsTest, JobsThatCannotBe) {
  const Process coordinator = Coordinator();
  ASSERT_TRUE(AtomicWriteFile(PathOf("file"), "1,2\n").ok());
  const std::string to = " --coordinator " + address();
  const std::string submit = SubmitCommand();
  const std::string plain =
      absl::StrCat("submit --follow", to, " --output ", PathOf("model"),
                   " --predictor-type regressor ");
  const std::vector<std::string> no_job = {
      "there is no job \"job-7\"; lineup jobs lists those there are"};
  Expect({
      {"status" + to, 1, {"there is no job yet; lineup submit makes one"}},
      {"status job-7" + to, 1, no_job},
      {"stop job-7" + to, 1, no_job},
      {"candidates job-7" + to, 1, no_job},
      {"watch job-7" + to, 1, no_job},
      {"drain nobody" + to,
       1,
       {"there is no node nobody; lineup nodes lists those there are"}},
      {submit + "--l1 many", 1, {"--l1: found \"many\", expected auto or a"}},
      {submit + "--loss huber_loss",
       1,
       {"--loss: found \"huber_loss\", but with "
        "predictor_type=multiclass_classifier the loss is"}},
      {plain + "--train " + PathOf("absent.csv"),
       1,
       {"job-1 failed: where the coordinator runs: --train: cannot open " +
        PathOf("absent.csv") + ": No such file or directory"}},
      {absl::StrCat("submit --follow", to, " --output ", PathOf("file/model"),
                    " --predictor-type regressor --train ", PathOf("file")),
       1,
       {"job-2 failed: --output, where the coordinator runs: cannot create "
        "directory " +
        PathOf("file") + ": Not a directory"}},
      {plain + "--train " + PathOf("file") + " --warm-start " + PathOf("file"),
       1,
       {"warm_start: jobs on a cluster begin from scratch"}},
  });
}

// --- Versions ---------------------------------------------------------------

TEST_F(ClusterErrorsTest, ACoordinatorOfAnotherVersion) {
  class Other final : public v1::Nodes::CallbackService {
    grpc::ServerUnaryReactor* Report(grpc::CallbackServerContext* context,
                                     const v1::NodeReport* report,
                                     v1::NodeOrders*) override {
      return FinishNow(context, VersionMismatchError(report->protocol_version(),
                                                     kProtocolVersion + 1));
    }
  } other;
  const auto server = RpcServer::Start(
      Address::ParseListening(address()).value(), RpcServerOptions(), {&other});
  ASSERT_TRUE(server.ok()) << server.status();
  const std::vector<std::string> texts = {
      "the coordinator at " + address() + " does not take this node",
      absl::StrCat("the caller speaks version ", kProtocolVersion,
                   " of the protocol, the process that it calls version ",
                   kProtocolVersion + 1),
      "run the same release of Lineup everywhere"};
  Expect(
      {{"worker --coordinator " + address(), 1, texts},
       {"server --listen 127.0.0.1:0 --coordinator " + address(), 1, texts}});
}

TEST_F(ClusterErrorsTest, CallersOfAnotherVersion) {
  const Process coordinator = Coordinator();
  const auto channel = OpenChannel(Address::Parse(address()).value(),
                                   Security(), Role::kCoordinator)
                           .value();
  v1::NodeReport report;
  report.set_node_id("old");
  report.set_role(v1::NODE_ROLE_WORKER);
  report.set_protocol_version(kProtocolVersion + 7);
  v1::SubmitJobRequest submit;
  submit.set_protocol_version(kProtocolVersion + 7);
  v1::NodeOrders orders;
  v1::SubmitJobResponse submitted;
  grpc::ClientContext report_context, submit_context;
  for (const absl::Status& status :
       {FromGrpcStatus(v1::Nodes::NewStub(channel)->Report(&report_context,
                                                           report, &orders)),
        FromGrpcStatus(v1::Jobs::NewStub(channel)->SubmitJob(
            &submit_context, submit, &submitted))}) {
    EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_VERSION_MISMATCH) << status;
    EXPECT_EQ(DetailOf(status).protocol_version(), kProtocolVersion);
    EXPECT_THAT(
        std::string(status.message()),
        HasSubstr(absl::StrCat("the caller speaks version ",
                               kProtocolVersion + 7, " of the protocol")));
  }
}

// --- Memory -----------------------------------------------------------------

TEST_F(ClusterErrorsTest, AServerWithoutMemory) {
  const Process coordinator = Coordinator();
  const Process server = Server("--max-memory 100KiB");
  const Process worker = Worker();
  const ProgramResult result = Submit();
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("job-1 failed: "),
                    HasSubstr("parameter server 127.0.0.1:"),
                    HasSubstr("out of memory for weights: they need "),
                    HasSubstr("and may use 102400 (--max-memory); add servers, "
                              "allow more, or train fewer candidates")));
  // The server is as good as before.
  const ProgramResult small = Submit("--feature-dim 64 --num-models 1");
  EXPECT_EQ(small.status, 0) << small.err;
}

// --- Data that not everybody can read
// ------------------------------------------

// Every process has its own /proc/self, and so another file of this name.
constexpr char kOwnData[] = "/proc/self/cwd/data.csv";

class WorkerDataTest : public ClusterErrorsTest {
 protected:
  WorkerDataTest() {
    for (const char* name : {"good", "bad"}) mkdir(PathOf(name).c_str(), 0700);
    data_ = ReadFile("examples/digits/validation.csv").value();
    Write("good", data_);
  }

  void Write(const std::string& directory, const std::string& data) {
    const absl::Status status =
        AtomicWriteFile(PathOf(directory) + "/data.csv", data);
    EXPECT_TRUE(status.ok()) << status;
  }
  std::string SubmitOwnData(const std::string& flags = "") const {
    return absl::StrCat(
        "submit --coordinator ", address(), " --train ", kOwnData, " --output ",
        PathOf("model"),
        " --predictor-type multiclass_classifier --num-classes 10 --epochs 2 "
        "--mini-batch-size 20 --learning-rate 0.01 --follow ",
        flags);
  }

  std::string data_;
};

TEST_F(WorkerDataTest, NoWorkerHasTheFile) {
  const Process coordinator = Coordinator(PathOf("good"));
  const Process server = Server();
  const Process worker = Worker("", PathOf("bad"));
  const ProgramResult result = RunLineup(Words(SubmitOwnData()));
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("job-1 failed: worker worker-"),
                    HasSubstr("cannot open /proc/self/cwd/data.csv: No such "
                              "file or directory; check the path")));
  EXPECT_TRUE(worker->WaitForText("this worker cannot work on job-1"))
      << worker->Output();
}

TEST_F(WorkerDataTest, OneOfTwoWorkersHasTheFile) {
  const Process coordinator = Coordinator(PathOf("good"));
  const Process server = Server();
  const Process good = Worker("", PathOf("good"));
  const Process bad = Worker("", PathOf("bad"));
  const ProgramResult result =
      RunLineup(Words(SubmitOwnData("--min-workers 2")));
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("takes no part in job-1, which goes on without "
                              "it: "),
                    HasSubstr("cannot open /proc/self/cwd/data.csv"),
                    HasSubstr("job-1 succeeded")));
}

TEST_F(WorkerDataTest, TheFileChangesAfterItWasPlanned) {
  const Process coordinator = Coordinator(PathOf("good"));
  const Process server = Server();
  const Process submit = Run(SubmitOwnData());
  ASSERT_TRUE(submit->WaitForText("job-1 waits for 1 more worker(s)"))
      << submit->Output();
  Write("good", data_ + data_.substr(data_.find('\n') + 1));
  const Process worker = Worker("", PathOf("good"));
  EXPECT_EQ(submit->WaitForExit(), 1);
  EXPECT_THAT(submit->Output(),
              AllOf(HasSubstr("job-1 failed: worker worker-"),
                    HasSubstr("this worker sees other data than the "
                              "coordinator: here the training data are 1 "
                              "file(s) of"),
                    HasSubstr("all must see the same files, complete and "
                              "unchanged")));
}

TEST_F(WorkerDataTest, FilesVanishWhereOneOfTwoWorkersRuns) {
  constexpr int kFiles = 16;
  const std::string header = data_.substr(0, data_.find('\n') + 1);
  const std::vector<std::string> lines =
      absl::StrSplit(data_.substr(header.size()), '\n');
  for (const char* name : {"good", "bad"}) {
    mkdir(PathOf(absl::StrCat(name, "/d")).c_str(), 0700);
    for (int file = 0; file < kFiles; ++file) {
      std::string part = header;
      for (size_t i = file; i < lines.size(); i += kFiles) {
        if (!lines[i].empty()) absl::StrAppend(&part, lines[i], "\n");
      }
      const std::string path = absl::StrCat(name, "/d/", file, ".csv");
      ASSERT_TRUE(AtomicWriteFile(PathOf(path), part).ok());
    }
  }
  const Process coordinator = Coordinator(PathOf("good"));
  const Process server = Server();
  const Process good = Worker("--delay-ms 5", PathOf("good"));
  const Process bad = Worker("--delay-ms 50", PathOf("bad"));
  const Process submit = Run(absl::StrCat(
      "submit --coordinator ", address(), " --train /proc/self/cwd/d --output ",
      PathOf("model"),
      " --predictor-type multiclass_classifier --num-classes 10 --epochs 3 "
      "--mini-batch-size 5 --learning-rate 0.01 --min-workers 2 --follow"));
  ASSERT_TRUE(submit->WaitForText("normalisation learnt")) << submit->Output();
  std::filesystem::remove_all(PathOf("bad/d"));
  EXPECT_EQ(submit->WaitForExit(), 0) << submit->Output();
  EXPECT_THAT(submit->Output(),
              AllOf(HasSubstr("takes no part in job-1, which goes on without "
                              "it: cannot open /proc/self/cwd/d/"),
                    HasSubstr("job-1 succeeded")));
  EXPECT_THAT(bad->Output(), HasSubstr("this worker cannot work on job-1: "
                                       "cannot open /proc/self/cwd/d/"));
}

// --- Coordinators that go --------------------------------------------------

TEST_F(ClusterErrorsTest, TheCoordinatorIsLost) {
  Process coordinator = Coordinator();
  const Process worker = Worker("--connect-timeout-seconds 1");
  const Process leaving = Worker();
  ASSERT_TRUE(worker->WaitForText("reports to"));
  ASSERT_TRUE(leaving->WaitForText("reports to"));
  const Process submit = Run(SubmitCommand("--connect-timeout-seconds 1"));
  ASSERT_TRUE(submit->WaitForText("job-1 waits for 1 more server(s)"))
      << submit->Output();
  const Process watch =
      Run("watch --connect-timeout-seconds 1 --coordinator " + address());
  ASSERT_TRUE(watch->WaitForText("job-1 waits for"));
  // As JSON, too, each event is there when it happens, though this is no
  // terminal.
  const Process watch_json = Run(
      "watch --json --connect-timeout-seconds 1 --coordinator " + address());
  ASSERT_TRUE(watch_json->WaitForText("\"job-1 waits for"));
  coordinator->Signal(SIGKILL);
  leaving->Signal(SIGTERM);
  EXPECT_EQ(submit->WaitForExit(), 1);
  EXPECT_THAT(submit->Output(),
              HasSubstr(absl::StrCat(
                  "lineup: error: lost sight of job-1 (lineup watch job-1 "
                  "looks again): the coordinator at ",
                  address(), " does not answer: nothing listens there")));
  EXPECT_EQ(watch->WaitForExit(), 1);
  EXPECT_THAT(watch->Output(), HasSubstr("does not answer"));
  EXPECT_EQ(worker->WaitForExit(), 1);
  EXPECT_THAT(worker->Output(),
              AllOf(HasSubstr("does not answer: nothing listens there"),
                    HasSubstr("--connect-timeout-seconds)")));
  EXPECT_EQ(leaving->WaitForExit(), 1);
  EXPECT_THAT(leaving->Output(), HasSubstr("leaving without a word)"));
}

TEST_F(ClusterErrorsTest, ACoordinatorThatHangsIsNoticed) {
  const Process coordinator = Coordinator();
  const Process submit = Run(SubmitCommand("--connect-timeout-seconds 1"));
  ASSERT_TRUE(submit->WaitForText("job-1 waits for"));
  coordinator->Signal(SIGSTOP);
  // What nobody acknowledges is given up after the time of keepalive.
  EXPECT_EQ(submit->WaitForExit(absl::Seconds(40)), 1);
  EXPECT_THAT(submit->Output(), AllOf(HasSubstr("lost sight of job-1"),
                                      HasSubstr("does not answer")));
}

// A coordinator that was started anew knows nothing of the job that nodes still
// hold, even if its own has the same name.
TEST_F(ClusterErrorsTest, AnotherCoordinatorAtTheSameAddress) {
  Process coordinator = Coordinator();
  const Process server = Server();
  const Process worker = Worker("--delay-ms 20");
  const Process lost = Run(SubmitCommand("--epochs 1000"));
  ASSERT_TRUE(lost->WaitForText("normalisation learnt")) << lost->Output();
  coordinator->Signal(SIGKILL);
  coordinator->WaitForExit();
  coordinator = Coordinator();
  const ProgramResult result = Submit("--loss softmax_loss --num-models 2");
  EXPECT_EQ(result.status, 0) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("job-1 succeeded"));
  for (const Process* node : {&server, &worker}) {
    EXPECT_THAT((*node)->Output(),
                HasSubstr("another coordinator than before answers at"));
  }
  // Whoever follows the first one's job is not shown that of the second.
  EXPECT_EQ(lost->WaitForExit(), 1);
  EXPECT_THAT(
      lost->Output(),
      HasSubstr("lost sight of job-1 (lineup watch job-1 looks again)"));
}

}  // namespace
}  // namespace lineup

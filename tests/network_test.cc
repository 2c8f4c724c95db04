// A cluster on three hosts: network namespaces with addresses of their own,
// joined by a bridge, whose links can be cut.
//
// All of it is in namespaces of this process, so that nothing is left of it
// when the test is over, however it ends. Needs iproute2, and to be root or
// allowed to make user namespaces; it is skipped otherwise.

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/program.h"

namespace lineup {
namespace {

using nlohmann::json;
using Process = std::unique_ptr<BackgroundProgram>;

constexpr absl::Duration kLease = absl::Seconds(2);
constexpr absl::Duration kPatience = absl::Seconds(40);

bool WriteText(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  file.close();
  return !file.fail();
}

// Moves this process to a network of its own. An error text, or empty.
std::string EnterOwnNetwork() {
  if (std::system("ip -Version >/dev/null 2>&1") != 0) {
    return "needs the command ip; install iproute2";
  }
  const uid_t user = getuid();
  const gid_t group = getgid();
  if (user == 0) {
    if (unshare(CLONE_NEWNET | CLONE_NEWNS) != 0) {
      return absl::StrCat("may not make namespaces: ", std::strerror(errno));
    }
  } else if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) != 0 ||
             !WriteText("/proc/self/setgroups", "deny") ||
             !WriteText("/proc/self/uid_map", absl::StrCat("0 ", user, " 1")) ||
             !WriteText("/proc/self/gid_map",
                        absl::StrCat("0 ", group, " 1"))) {
    return "needs to be root, or to be allowed to make user namespaces";
  }
  // What ip mounts for the namespaces that it names is seen by nobody else.
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
      mount("tmpfs", "/run", "tmpfs", 0, nullptr) != 0) {
    return absl::StrCat("may not mount: ", std::strerror(errno));
  }
  return "";
}

void Ip(const std::string& command) {
  EXPECT_EQ(std::system(absl::StrCat("ip ", command).c_str()), 0) << command;
}

// The digits in so many files that each lane has some; their directory.
std::string WriteManyFiles() {
  const std::string directory = ::testing::TempDir() + "/digits";
  std::filesystem::create_directories(directory);
  std::ifstream table("examples/digits/train.csv");
  std::string header, line;
  std::getline(table, header);
  for (int file = 0; file < 16; ++file) {
    std::ofstream part(absl::StrCat(directory, "/part", file, ".csv"));
    part << header << "\n";
    for (int i = 0; i < 90 && std::getline(table, line); ++i) {
      part << line << "\n";
    }
  }
  return directory;
}

bool Eventually(absl::FunctionRef<bool()> is,
                absl::Duration patience = kPatience) {
  const absl::Time until = absl::Now() + patience;
  while (!is()) {
    if (absl::Now() >= until) return false;
    absl::SleepFor(absl::Milliseconds(50));
  }
  return true;
}

// How a link is cut and mended, as arguments of `ip link set`.
struct Cut {
  const char* name;
  const char* cut;
  const char* mend;
};

constexpr Cut kCuts[] = {
    // Both ends see at once that there is no link.
    {"Unplugged", "down", "up"},
    // Nobody sees anything: what is sent is lost.
    {"Silent", "nomaster", "master bridge0"},
};

class NetworkTest : public ::testing::TestWithParam<Cut> {
 protected:
  static void SetUpTestSuite() {
    reason_to_skip_ = new std::string(EnterOwnNetwork());
    if (!reason_to_skip_->empty()) return;
    Ip("link add bridge0 type bridge");
    Ip("link set bridge0 up");
    for (int host = 1; host <= 3; ++host) {
      const std::string name = absl::StrCat("host", host);
      Ip("netns add " + name);
      Ip(absl::StrCat("link add to_", name, " type veth peer name eth0 netns ",
                      name));
      Ip(absl::StrCat("link set to_", name, " master bridge0 up"));
      Ip(absl::StrCat("-n ", name, " addr add ", AddressOf(host),
                      "/24 dev eth0"));
      Ip(absl::StrCat("-n ", name, " link set eth0 up"));
      Ip(absl::StrCat("-n ", name, " link set lo up"));
    }
  }

  void SetUp() override {
    if (!reason_to_skip_->empty()) GTEST_SKIP() << *reason_to_skip_;
  }

  static std::string AddressOf(int host) {
    return absl::StrCat("10.201.7.", host);
  }
  static Through On(int host) {
    return {"ip", "netns", "exec", absl::StrCat("host", host)};
  }
  static void SetLink(int host, const std::string& to) {
    Ip(absl::StrCat("link set to_host", host, " ", to));
  }

  Process Start(int host, const std::string& command) {
    return std::make_unique<BackgroundProgram>(
        std::vector<std::string>(
            absl::StrSplit(command + " --allow-plaintext", ' ')),
        absl::StrCat(::testing::TempDir(), "/output", ++last_output_),
        On(host));
  }
  // A command to the coordinator, from its host; what it prints.
  static std::string Ask(const std::string& command) {
    const ProgramResult result =
        RunLineup(absl::StrSplit(
                      absl::StrCat(command, " --allow-plaintext --coordinator ",
                                   AddressOf(1), ":7000"),
                      ' '),
                  absl::Seconds(30), On(1));
    EXPECT_EQ(result.status, 0) << command << "\n" << result.err;
    return result.out;
  }
  static int LanesOf(const std::string& worker) {
    int lanes = 0;
    const json answer = json::parse(Ask("lanes --json"));
    for (const json& lane : answer["lanes"]) {
      lanes += lane["holder"] == worker;
    }
    return lanes;
  }
  static uint64_t ExamplesTrained() {
    // A 64-bit number is a string in the JSON of Protocol Buffers.
    return std::stoull(json::parse(Ask("status --json"))["examples_trained"]
                           .get<std::string>());
  }

  static const std::string* reason_to_skip_;
  int last_output_ = 0;
};

const std::string* NetworkTest::reason_to_skip_ = nullptr;

INSTANTIATE_TEST_SUITE_P(Cuts, NetworkTest, ::testing::ValuesIn(kCuts),
                         [](const auto& info) { return info.param.name; });

TEST_P(NetworkTest, AWorkerBehindACutLinkLosesItsLanesAndComesBack) {
  const std::string coordinator_flag =
      absl::StrCat(" --coordinator ", AddressOf(1), ":7000");
  const Process coordinator =
      Start(1, absl::StrCat("coordinator --lease-seconds ",
                            absl::ToDoubleSeconds(kLease), " --listen ",
                            AddressOf(1), ":7000"));
  ASSERT_TRUE(coordinator->WaitForText("the coordinator listens on"))
      << coordinator->Output();
  std::vector<Process> nodes;
  for (const int host : {1, 2}) {
    nodes.push_back(
        Start(host, absl::StrCat("server --threads 1 --listen ",
                                 AddressOf(host), ":7001", coordinator_flag)));
  }
  const std::string worker = "worker --threads 1 --delay-ms 5";
  const Process near = Start(2, worker + coordinator_flag);
  const Process far = Start(3, worker + coordinator_flag);
  const std::string far_id = absl::StrCat(
      "worker-", far->WaitForWord("lineup: worker-", " reports to "));
  ASSERT_NE(far_id, "worker-") << far->Output();

  Ask(absl::StrCat(
      "submit --train ", WriteManyFiles(), " --output ", ::testing::TempDir(),
      "/model --predictor-type multiclass_classifier --num-classes 10 "
      "--mini-batch-size 5 --epochs 1000 --learning-rate 0.01 "
      "--early-stopping-patience 1000 "
      "--min-servers 2 --min-workers 2"));
  ASSERT_FALSE(HasFailure());
  ASSERT_TRUE(Eventually([&] { return LanesOf(far_id) > 0; }))
      << Ask("status") << Ask("lanes");

  SetLink(3, GetParam().cut);
  const absl::Time cut = absl::Now();
  EXPECT_TRUE(Eventually([&] { return LanesOf(far_id) == 0; }));
  EXPECT_LT(absl::Now() - cut, kLease + absl::Seconds(2));
  // The others have its lanes, and go on: no call waits for the dead link.
  const uint64_t before = ExamplesTrained();
  EXPECT_TRUE(Eventually([&] { return ExamplesTrained() > before + 2000; }))
      << Ask("status") << Ask("lanes");
  EXPECT_TRUE(far->WaitForText("does not answer")) << far->Output();

  SetLink(3, GetParam().mend);
  const absl::Time mended = absl::Now();
  EXPECT_TRUE(Eventually([&] { return LanesOf(far_id) > 0; }))
      << Ask("nodes") << far->Output();
  EXPECT_LT(absl::Now() - mended, absl::Seconds(20));
  const uint64_t after = ExamplesTrained();
  EXPECT_TRUE(Eventually([&] { return ExamplesTrained() > after + 2000; }))
      << Ask("status") << Ask("lanes");

  Ask("stop");
  EXPECT_TRUE(Eventually([&] {
    return json::parse(Ask("status --json"))["state"] == "JOB_STATE_STOPPED";
  })) << Ask("status");
  for (const Process* node : {&near, &far}) {
    (*node)->Signal(SIGTERM);
    EXPECT_EQ((*node)->WaitForExit(), 0) << (*node)->Output();
  }
}

}  // namespace
}  // namespace lineup

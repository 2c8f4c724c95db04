#include "common/rpc/reachability.h"

#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "common/rpc/errors.h"
#include "common/rpc/test_listener.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr absl::Duration kTimeout = absl::Seconds(5);

Address At(const std::string& text) { return Address::Parse(text).value(); }

std::string Why(const std::string& address) {
  return std::string(CheckReachable(At(address), kTimeout).message());
}

// A port where nobody listens: somebody has just stopped to.
int FreePort() { return TestListener().port(); }

std::string SocketPath(const std::string& name) {
  return absl::StrCat("/tmp/lineup_reachability_test_", getpid(), "_", name);
}

TEST(ReachabilityTest, SomebodyListens) {
  const TestListener tcp;
  EXPECT_TRUE(
      CheckReachable(At(absl::StrCat("127.0.0.1:", tcp.port())), kTimeout)
          .ok());
  EXPECT_TRUE(
      CheckReachable(At(absl::StrCat("localhost:", tcp.port())), kTimeout)
          .ok());
  const std::string path = SocketPath("there");
  {
    const TestListener local(path);
    EXPECT_TRUE(CheckReachable(At("unix:" + path), kTimeout).ok());
  }
  EXPECT_EQ(Why("unix:" + path),
            "nothing listens there (Connection refused); start it, or correct "
            "the address");
  unlink(path.c_str());
}

TEST(ReachabilityTest, NobodyListens) {
  EXPECT_EQ(Why(absl::StrCat("127.0.0.1:", FreePort())),
            "nothing listens there (Connection refused); start it, or correct "
            "the address");
  EXPECT_EQ(Why("unix:" + SocketPath("absent")),
            "nothing listens there (No such file or directory); start it, or "
            "correct the address");
}

TEST(ReachabilityTest, ANameThatIsNotKnown) {
  EXPECT_THAT(Why("no-such-host.invalid:7000"),
              AllOf(StartsWith("the name no-such-host.invalid is not known "
                               "here ("),
                    HasSubstr("check its spelling")));
}

TEST(ReachabilityTest, ExplainsWhatBecameOfACall) {
  const std::string free = absl::StrCat("127.0.0.1:", FreePort());
  const absl::Status nobody =
      ExplainCoordinatorError(At(free), absl::UnavailableError("gRPC's words"));
  EXPECT_EQ(nobody.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(nobody.message()),
              StartsWith(absl::StrCat("the coordinator at ", free,
                                      " does not answer: nothing listens")));
  const TestListener other;
  const std::string taken = absl::StrCat("127.0.0.1:", other.port());
  EXPECT_THAT(
      std::string(ExplainCoordinatorError(
                      At(taken), absl::DeadlineExceededError("gRPC's words"))
                      .message()),
      HasSubstr("something listens there, but does not answer as a coordinator "
                "does (gRPC's words)"));
  EXPECT_THAT(
      std::string(
          ExplainCoordinatorError(At(taken), absl::UnimplementedError(""))
              .message()),
      StartsWith(absl::StrCat(taken, " answers, but is no coordinator")));
}

TEST(ReachabilityTest, LeavesTheCoordinatorsOwnErrorsAsTheyAre) {
  const Address nowhere = At(absl::StrCat("127.0.0.1:", FreePort()));
  for (const absl::Status& status : {absl::NotFoundError("there is no job"),
                                     RetryLaterError("later", absl::Seconds(1)),
                                     VersionMismatchError(1, 2)}) {
    EXPECT_EQ(ExplainCoordinatorError(nowhere, status), status);
  }
}

}  // namespace
}  // namespace lineup

#include "common/rpc/listening.h"

#include <unistd.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/files.h"
#include "common/rpc/test_listener.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

Address Listening(const std::string& text) {
  return *Address::ParseListening(text);
}

// A path that is short enough for a socket.
std::string Path(const std::string& name) {
  return absl::StrCat("/tmp/lineup_listening_test_", getpid(), "_", name);
}

TEST(ListeningTest, FreeAddressesAreFine) {
  EXPECT_EQ(CheckCanListen(Listening("127.0.0.1:0")), absl::OkStatus());
  EXPECT_EQ(CheckCanListen(Listening("localhost:0")), absl::OkStatus());
  EXPECT_EQ(CheckCanListen(Listening("0.0.0.0:0")), absl::OkStatus());
  EXPECT_EQ(CheckCanListen(Listening("unix:" + Path("free"))),
            absl::OkStatus());
}

TEST(ListeningTest, APortInUse) {
  const TestListener other;
  for (const char* host : {"127.0.0.1", "localhost", "0.0.0.0"}) {
    const std::string address = absl::StrCat(host, ":", other.port());
    const absl::Status status = CheckCanListen(Listening(address));
    EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
    EXPECT_EQ(status.message(),
              absl::StrCat("cannot listen on ", address,
                           ": another process does; stop it, or choose "
                           "another port"));
  }
}

TEST(ListeningTest, AnAddressOfAnotherMachine) {
  EXPECT_EQ(CheckCanListen(Listening("192.0.2.1:0")).message(),
            "cannot listen on 192.0.2.1:0: this machine has no such address; "
            "use one of its own, or 0.0.0.0 for all of them");
}

TEST(ListeningTest, AnUnknownName) {
  const std::string message(
      CheckCanListen(Listening("no-such-host.invalid:7")).message());
  EXPECT_EQ(message.substr(0, message.find(" (")),
            "cannot listen on no-such-host.invalid:7: the name "
            "no-such-host.invalid is not known here");
}

TEST(ListeningTest, AUnixSocketInUseAndOneLeftBehind) {
  const std::string path = Path("socket");
  const Address address = Listening("unix:" + path);
  {
    const TestListener other(path);
    EXPECT_EQ(CheckCanListen(address).message(),
              absl::StrCat("cannot listen on unix:", path,
                           ": another process does; stop it, or choose "
                           "another path"));
  }
  EXPECT_EQ(CheckCanListen(address), absl::OkStatus());
  unlink(path.c_str());
}

TEST(ListeningTest, APathThatIsSomethingElse) {
  const std::string path = Path("file");
  ASSERT_EQ(AtomicWriteFile(path, "x"), absl::OkStatus());
  EXPECT_EQ(CheckCanListen(Listening("unix:" + path)).message(),
            absl::StrCat("cannot listen on unix:", path,
                         ": the path exists and is no socket; choose "
                         "another"));
  unlink(path.c_str());
  EXPECT_EQ(CheckCanListen(Listening("unix:/no/such/directory/s")).code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace lineup

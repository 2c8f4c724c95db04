#include "common/rpc/peer_certificate.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <thread>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/rpc/address.h"
#include "common/rpc/socket.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

// A peer that closes each connection at once.
class Closing {
 public:
  Closing() : listening_(AF_INET, SOCK_STREAM) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* const name = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(bind(listening_.descriptor(), name, size), 0);
    EXPECT_EQ(listen(listening_.descriptor(), 100), 0);
    EXPECT_EQ(getsockname(listening_.descriptor(), name, &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Run(); });
  }
  ~Closing() {
    shutdown(listening_.descriptor(), SHUT_RDWR);
    thread_.join();
  }

  uint16_t port() const { return port_; }

 private:
  void Run() const {
    for (;;) {
      const int connected = accept(listening_.descriptor(), nullptr, nullptr);
      if (connected < 0) return;
      close(connected);
    }
  }

  const Socket listening_;
  uint16_t port_ = 0;
  std::thread thread_;
};

TEST(PeerCertificateTest, APeerThatClosesAtOnceDoesNotEndTheProcess) {
  const Closing peer;
  const Address address =
      *Address::Parse(absl::StrCat("127.0.0.1:", peer.port()));
  for (int i = 0; i < 200; ++i) {
    EXPECT_TRUE(absl::IsUnavailable(
        PeerCertificates(address, absl::Seconds(10)).status()));
  }
}

TEST(PipesMayBreakTest, WritingIsAnError) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  close(ends[0]);
  {
    const PipesMayBreak pipes_may_break;
    EXPECT_LT(write(ends[1], "x", 1), 0);
    EXPECT_EQ(errno, EPIPE);
  }
  close(ends[1]);
}

}  // namespace
}  // namespace lineup

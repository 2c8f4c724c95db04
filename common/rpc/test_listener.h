// Somebody who listens at an address and says nothing: for tests.
//
// Thread safety: one thread at a time.

#ifndef LINEUP_COMMON_RPC_TEST_LISTENER_H_
#define LINEUP_COMMON_RPC_TEST_LISTENER_H_

#include <netinet/in.h>
#include <sys/socket.h>

#include <string>

#include "common/rpc/socket.h"
#include "glog/logging.h"

namespace lineup {

// Listens until it goes out of scope; a path stays.
class TestListener {
 public:
  explicit TestListener(const std::string& path)
      : socket_(AF_UNIX, SOCK_STREAM) {
    const sockaddr_un name = UnixName(path);
    Listen(reinterpret_cast<const sockaddr*>(&name), sizeof(name));
  }
  // On any port of the IPv4 loopback.
  TestListener() : socket_(AF_INET, SOCK_STREAM) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    Listen(reinterpret_cast<const sockaddr*>(&name), sizeof(name));
    socklen_t size = sizeof(name);
    PCHECK(getsockname(socket_.descriptor(), reinterpret_cast<sockaddr*>(&name),
                       &size) == 0);
    port_ = ntohs(name.sin_port);
  }

  int port() const { return port_; }

 private:
  void Listen(const sockaddr* name, socklen_t size) {
    PCHECK(bind(socket_.descriptor(), name, size) == 0);
    PCHECK(listen(socket_.descriptor(), 64) == 0);
  }

  const Socket socket_;
  int port_ = 0;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_TEST_LISTENER_H_

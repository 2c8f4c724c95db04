#ifndef LINEUP_COMMON_RPC_SOCKET_H_
#define LINEUP_COMMON_RPC_SOCKET_H_

// The little that is done with sockets of the system's, beside gRPC: to find
// out what an address is good for, in words that gRPC does not have.

#include <netdb.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace lineup {

// Closed when it goes.
class Socket {
 public:
  Socket(int family, int type) : descriptor_(socket(family, type, 0)) {}
  ~Socket() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  // Negative, with errno, if there is none to be had.
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_;
};

// While it is there, writing to a connection that the peer has closed is an
// error for the thread that made it, not the end of the process (SIGPIPE): for
// libraries that write without MSG_NOSIGNAL.
class PipesMayBreak {
 public:
  PipesMayBreak();
  ~PipesMayBreak();
  PipesMayBreak(const PipesMayBreak&) = delete;
  PipesMayBreak& operator=(const PipesMayBreak&) = delete;

 private:
  sigset_t mask_before_;
};

struct FreeAddressList {
  void operator()(addrinfo* list) const { freeaddrinfo(list); }
};
using AddressList = std::unique_ptr<addrinfo, FreeAddressList>;

// A host's addresses, at least one. `flags` are getaddrinfo's. A name that is
// not known is NOT_FOUND and a message that says so.
absl::StatusOr<AddressList> ResolveHost(const std::string& host, uint16_t port,
                                        int flags);

// `path` has at most the length that a socket's may have.
sockaddr_un UnixName(const std::string& path);

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_SOCKET_H_

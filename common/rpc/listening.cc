#include "common/rpc/listening.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/files.h"
#include "common/rpc/socket.h"

namespace lineup {
namespace {

absl::Status InUse(const Address& address) {
  return absl::AlreadyExistsError(
      absl::StrCat("cannot listen on ", address.ToString(),
                   ": another process does; stop it, or choose another ",
                   address.is_unix() ? "path" : "port"));
}

absl::Status CannotListen(const Address& address, absl::string_view why) {
  return absl::FailedPreconditionError(
      absl::StrCat("cannot listen on ", address.ToString(), ": ", why));
}

absl::Status CannotBind(const Address& address, int error_number) {
  switch (error_number) {
    case EADDRINUSE:
      return InUse(address);
    case EADDRNOTAVAIL:
      return CannotListen(address,
                          "this machine has no such address; use one of its "
                          "own, or 0.0.0.0 for all of them");
    case EACCES:
      return CannotListen(address,
                          "permission denied; ports below 1024 are the "
                          "system's, so choose a higher one");
    default:
      return CannotListen(address, std::strerror(error_number));
  }
}

// 0, or the errno for which a socket cannot be bound.
int TryBind(const addrinfo& address) {
  const Socket probe(address.ai_family, address.ai_socktype);
  if (probe.descriptor() < 0) return errno;
  // As gRPC does: a port whose last connections are just closing is free.
  const int on = 1;
  setsockopt(probe.descriptor(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  return bind(probe.descriptor(), address.ai_addr, address.ai_addrlen) == 0
             ? 0
             : errno;
}

absl::Status CheckTcp(const Address& address) {
  const absl::StatusOr<AddressList> found =
      ResolveHost(address.host(), address.port(), AI_PASSIVE);
  if (!found.ok()) return CannotListen(address, found.status().message());
  bool any = false;
  int last_error = 0;
  for (const addrinfo* a = found->get(); a != nullptr; a = a->ai_next) {
    const int error = TryBind(*a);
    // One of several addresses that is taken would be left out silently.
    if (error == EADDRINUSE) return InUse(address);
    if (error == 0) any = true;
    if (error != 0) last_error = error;
  }
  return any ? absl::OkStatus() : CannotBind(address, last_error);
}

absl::Status CheckUnix(const Address& address) {
  struct stat file;
  if (lstat(address.path().c_str(), &file) != 0) {
    if (errno != ENOENT) return FileError(errno, "look at", address.path());
    const size_t slash = address.path().rfind('/');
    if (slash == std::string::npos || slash == 0) return absl::OkStatus();
    const std::string directory = address.path().substr(0, slash);
    if (access(directory.c_str(), W_OK | X_OK) != 0) {
      return FileError(errno, "create a socket in", directory);
    }
    return absl::OkStatus();
  }
  if (!S_ISSOCK(file.st_mode)) {
    return CannotListen(address,
                        "the path exists and is no socket; choose another");
  }
  const Socket probe(AF_UNIX, SOCK_STREAM);
  const sockaddr_un name = UnixName(address.path());
  const bool connected =
      connect(probe.descriptor(), reinterpret_cast<const sockaddr*>(&name),
              sizeof(name)) == 0;
  return connected ? InUse(address) : absl::OkStatus();
}

}  // namespace

absl::Status CheckCanListen(const Address& address) {
  return address.is_unix() ? CheckUnix(address) : CheckTcp(address);
}

}  // namespace lineup

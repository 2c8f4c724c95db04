#include "common/rpc/socket.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace lineup {

absl::StatusOr<AddressList> ResolveHost(const std::string& host, uint16_t port,
                                        int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int error =
      getaddrinfo(host.c_str(), absl::StrCat(port).c_str(), &hints, &list);
  if (error != 0) {
    return absl::NotFoundError(absl::StrCat(
        "the name ", host, " is not known here (", gai_strerror(error),
        "); check its spelling and the name service, or use the IP address"));
  }
  return AddressList(list);
}

sockaddr_un UnixName(const std::string& path) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  path.copy(name.sun_path, sizeof(name.sun_path) - 1);
  return name;
}

}  // namespace lineup

#include "common/rpc/socket.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace lineup {

namespace {

sigset_t OnlySigpipe() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  return set;
}

}  // namespace

PipesMayBreak::PipesMayBreak() {
  const sigset_t sigpipe = OnlySigpipe();
  pthread_sigmask(SIG_BLOCK, &sigpipe, &mask_before_);
}

PipesMayBreak::~PipesMayBreak() {
  // One that has come is taken, or it would come now.
  const sigset_t sigpipe = OnlySigpipe();
  const timespec at_once{};
  if (sigismember(&mask_before_, SIGPIPE) == 0) {
    sigtimedwait(&sigpipe, nullptr, &at_once);
  }
  pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

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

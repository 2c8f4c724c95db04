#include "common/rpc/reachability.h"

#include <poll.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/rpc/errors.h"
#include "common/rpc/retry.h"
#include "common/rpc/socket.h"

namespace lineup {
namespace {

constexpr absl::Duration kProbeTimeout = absl::Seconds(2);

// Whether the peer closes a connection that has just come about: it is at its
// end, and does not listen for long.
bool ClosesAtOnce(const Socket& connected) {
  pollfd wait{connected.descriptor(), POLLRDHUP, 0};
  return poll(&wait, 1, 100) > 0 && (wait.revents & POLLNVAL) == 0;
}

// 0, or the errno for which no connection came about.
int ConnectOnce(const sockaddr* address, socklen_t size, absl::Duration timeout,
                bool* closed) {
  const Socket probe(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK);
  if (probe.descriptor() < 0) return errno;
  int error = connect(probe.descriptor(), address, size) == 0 ? 0 : errno;
  if (error == EINPROGRESS) {
    pollfd wait{probe.descriptor(), POLLOUT, 0};
    const int ready =
        poll(&wait, 1, static_cast<int>(absl::ToInt64Milliseconds(timeout)));
    if (ready == 0) return ETIMEDOUT;
    if (ready < 0) return errno;
    socklen_t length = sizeof(error);
    getsockopt(probe.descriptor(), SOL_SOCKET, SO_ERROR, &error, &length);
  }
  *closed = error == 0 && ClosesAtOnce(probe);
  return error;
}

// As ConnectOnce, but does not take a process that is just ending for one that
// listens.
int TryConnect(const sockaddr* address, socklen_t size,
               absl::Duration timeout) {
  bool closed = false;
  const int error = ConnectOnce(address, size, timeout, &closed);
  return closed ? ConnectOnce(address, size, timeout, &closed) : error;
}

absl::Status Unreachable(int error, bool is_unix) {
  if (error == 0) return absl::OkStatus();
  absl::string_view advice = "check the address, the network and firewalls";
  absl::string_view what = "there is no way there";
  if (error == ECONNREFUSED || (is_unix && error == ENOENT)) {
    what = "nothing listens there";
    advice = "start it, or correct the address";
  } else if (error == EACCES || error == EPERM) {
    what = "connecting is not permitted";
    advice = is_unix ? "check the socket's permissions" : "check the firewall";
  } else if (error == ETIMEDOUT) {
    what = "the machine does not answer";
  }
  return absl::UnavailableError(absl::StrCat(
      what, " (", std::generic_category().message(error), "); ", advice));
}

absl::Status CheckUnix(const Address& address, absl::Duration timeout) {
  const sockaddr_un name = UnixName(address.path());
  return Unreachable(TryConnect(reinterpret_cast<const sockaddr*>(&name),
                                sizeof(name), timeout),
                     true);
}

absl::Status CheckTcp(const Address& address, absl::Duration timeout) {
  LINEUP_ASSIGN_OR_RETURN(const AddressList list,
                          ResolveHost(address.host(), address.port(), 0));
  int error = EHOSTUNREACH;
  for (const addrinfo* a = list.get(); a != nullptr; a = a->ai_next) {
    error = TryConnect(a->ai_addr, a->ai_addrlen, timeout);
    if (error == 0) break;
  }
  return Unreachable(error, false);
}

// Of a call that nobody answered.
std::string WhyNoAnswer(const Address& address, const absl::Status& status) {
  const absl::Status reachable = CheckReachable(address, kProbeTimeout);
  if (!reachable.ok()) return std::string(reachable.message());
  return absl::StrCat(
      "something listens there, but does not answer as a coordinator does (",
      status.message(),
      "); check that the address is the coordinator's, that it is running, "
      "and that the --tls flags are the same everywhere");
}

}  // namespace

absl::Status CheckReachable(const Address& address, absl::Duration timeout) {
  return address.is_unix() ? CheckUnix(address, timeout)
                           : CheckTcp(address, timeout);
}

absl::Status ExplainCoordinatorError(const Address& address,
                                     const absl::Status& status) {
  if (ReasonOf(status) != v1::ERROR_REASON_UNSPECIFIED) return status;
  const std::string where = address.ToString();
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return WithMessage(status, absl::StrCat("the coordinator at ", where,
                                              " does not answer: ",
                                              WhyNoAnswer(address, status)));
    case absl::StatusCode::kUnimplemented:
      return WithMessage(
          status,
          absl::StrCat(
              where,
              " answers, but is no coordinator of Lineup that knows "
              "this call (",
              status.message().empty() ? "no such service" : status.message(),
              "); check that the address is the coordinator's and "
              "that its release is this one's"));
    default:
      return status;
  }
}

}  // namespace lineup

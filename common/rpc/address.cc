#include "common/rpc/address.h"

#include <arpa/inet.h>
#include <sys/un.h>

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status_macros.h"

namespace lineup {
namespace {

constexpr absl::string_view kForms =
    "expected HOST:PORT, [IPv6]:PORT or unix:PATH";

// sockaddr_un holds the path and the zero behind it.
constexpr size_t kMaxUnixPath = sizeof(sockaddr_un::sun_path) - 1;

template <typename... Parts>
absl::Status BadAddress(absl::string_view text, const Parts&... parts) {
  return absl::InvalidArgumentError(
      absl::StrCat("address \"", text, "\": ", parts...));
}

bool IsHostName(absl::string_view host) {
  return std::all_of(host.begin(), host.end(), [](char c) {
    return absl::ascii_isalnum(c) || c == '.' || c == '-' || c == '_';
  });
}

// Whether it can only have been meant as an IPv4 address.
bool LooksLikeIpv4(absl::string_view host) {
  return std::all_of(host.begin(), host.end(),
                     [](char c) { return absl::ascii_isdigit(c) || c == '.'; });
}

bool IsIp(int family, const std::string& host) {
  in6_addr unused;  // large enough for both families
  return inet_pton(family, host.c_str(), &unused) == 1;
}

}  // namespace

absl::StatusOr<Address> Address::ParseUnix(absl::string_view text,
                                           absl::string_view path) {
  if (path.empty()) return BadAddress(text, "no path after unix:");
  if (path.size() > kMaxUnixPath) {
    return BadAddress(text, "the path has ", path.size(),
                      " bytes, but a socket's may have ", kMaxUnixPath,
                      "; choose a shorter one");
  }
  if (absl::StrContains(path, '\0')) {
    return BadAddress(text, "the path contains a zero byte");
  }
  Address address;
  address.path_ = std::string(path);
  return address;
}

absl::StatusOr<Address> Address::ParseTcp(absl::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos || absl::EndsWith(text, "]")) {
    return BadAddress(text, "no port; ", kForms);
  }
  absl::string_view host = text.substr(0, colon);
  const absl::string_view port = text.substr(colon + 1);
  Address address;
  uint32_t number;
  if (port.empty() ||
      !std::all_of(port.begin(), port.end(),
                   [](char c) { return absl::ascii_isdigit(c); }) ||
      !absl::SimpleAtoi(port, &number) || number > 65535) {
    return BadAddress(text, "\"", port, "\" is no port (0 to 65535); ", kForms);
  }
  address.port_ = static_cast<uint16_t>(number);
  if (absl::ConsumePrefix(&host, "[")) {
    if (!absl::ConsumeSuffix(&host, "]") ||
        !IsIp(AF_INET6, std::string(host))) {
      return BadAddress(text, "no IPv6 address in the brackets; ", kForms);
    }
    address.kind_ = HostKind::kIpv6;
  } else if (host.empty()) {
    return BadAddress(text, "no host; ", kForms);
  } else if (absl::StrContains(host, ':')) {
    return BadAddress(text, "an IPv6 address needs brackets; ", kForms);
  } else if (LooksLikeIpv4(host)) {
    if (!IsIp(AF_INET, std::string(host))) {
      return BadAddress(text, "\"", host, "\" is no IPv4 address; ", kForms);
    }
    address.kind_ = HostKind::kIpv4;
  } else if (!IsHostName(host)) {
    return BadAddress(text, "\"", host, "\" is no host name; ", kForms);
  }
  address.host_ = std::string(host);
  return address;
}

absl::StatusOr<Address> Address::ParseListening(absl::string_view text) {
  absl::string_view path = text;
  if (absl::ConsumePrefix(&path, "unix:")) return ParseUnix(text, path);
  return ParseTcp(text);
}

absl::StatusOr<Address> Address::Parse(absl::string_view text) {
  LINEUP_ASSIGN_OR_RETURN(Address address, ParseListening(text));
  if (address.is_unix()) return address;
  if (address.port() == 0) {
    return BadAddress(text, "nobody can be reached at port 0");
  }
  if (address.IsWildcard()) {
    return BadAddress(text, "\"", address.host(),
                      "\" stands for every interface of a machine that "
                      "listens; name the machine to reach");
  }
  return address;
}

Address Address::WithPort(uint16_t port) const {
  Address address = *this;
  address.port_ = port;
  return address;
}

bool Address::IsLoopback() const {
  if (is_unix()) return true;
  switch (kind_) {
    case HostKind::kName:
      return absl::EqualsIgnoreCase(host_, "localhost");
    case HostKind::kIpv4:
      return absl::StartsWith(host_, "127.");
    case HostKind::kIpv6: {
      in6_addr ip;
      inet_pton(AF_INET6, host_.c_str(), &ip);
      return IN6_IS_ADDR_LOOPBACK(&ip);
    }
  }
  return false;
}

bool Address::IsWildcard() const {
  if (is_unix() || kind_ == HostKind::kName) return false;
  if (kind_ == HostKind::kIpv4) return host_ == "0.0.0.0";
  in6_addr ip;
  inet_pton(AF_INET6, host_.c_str(), &ip);
  return IN6_IS_ADDR_UNSPECIFIED(&ip);
}

std::string Address::ToString() const {
  if (is_unix()) return absl::StrCat("unix:", path_);
  if (kind_ == HostKind::kIpv6) return absl::StrCat("[", host_, "]:", port_);
  return absl::StrCat(host_, ":", port_);
}

std::string Address::ToTarget() const {
  if (is_unix()) return ToString();
  switch (kind_) {
    case HostKind::kIpv4:
      return absl::StrCat("ipv4:", ToString());
    case HostKind::kIpv6:
      return absl::StrCat("ipv6:", ToString());
    case HostKind::kName:
      break;
  }
  return absl::StrCat("dns:///", ToString());
}

}  // namespace lineup

#ifndef LINEUP_COMMON_RPC_ADDRESS_H_
#define LINEUP_COMMON_RPC_ADDRESS_H_

// Where a process listens or is reached: HOST:PORT, [IPv6]:PORT or unix:PATH.

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace lineup {

// A plain value; always one of the three forms above.
class Address {
 public:
  // The address of a peer. Errors quote `text` and say what was expected.
  static absl::StatusOr<Address> Parse(absl::string_view text);

  // An address to listen on: also port 0 (any free port), and 0.0.0.0 and
  // [::] (every interface), to which nobody can connect.
  static absl::StatusOr<Address> ParseListening(absl::string_view text);

  bool is_unix() const { return !path_.empty(); }
  const std::string& host() const { return host_; }  // empty for unix:
  uint16_t port() const { return port_; }            // 0 for unix:
  const std::string& path() const { return path_; }  // empty for HOST:PORT

  // The same with another port, as known once a server listens.
  Address WithPort(uint16_t port) const;

  // Whether only this machine can be at the other end.
  bool IsLoopback() const;

  // Whether every interface is meant.
  bool IsWildcard() const;

  // As users write it; Parse() makes the same address of it.
  std::string ToString() const;

  // As gRPC writes it: with a scheme, so that nothing is left to guess.
  std::string ToTarget() const;

  friend bool operator==(const Address& a, const Address& b) {
    return a.host_ == b.host_ && a.port_ == b.port_ && a.path_ == b.path_;
  }

 private:
  enum class HostKind { kName, kIpv4, kIpv6 };

  Address() = default;
  static absl::StatusOr<Address> ParseUnix(absl::string_view text,
                                           absl::string_view path);
  static absl::StatusOr<Address> ParseTcp(absl::string_view text);

  HostKind kind_ = HostKind::kName;
  std::string host_;  // without brackets
  uint16_t port_ = 0;
  std::string path_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_ADDRESS_H_

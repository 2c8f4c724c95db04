#ifndef LINEUP_COMMON_RPC_SECURITY_H_
#define LINEUP_COMMON_RPC_SECURITY_H_

// Who may listen in: TLS from three files, or plaintext where that is safe.
//
//  * certificate + key: a server shows them to its clients.
//  * ca: a client checks the server's certificate against it, host name too.
//  * all three, on both ends: mutual TLS. A server then accepts only clients
//    with a certificate of that CA, and a client shows its own.
//
// The files are looked at every few seconds, so a renewed certificate serves
// new connections without a restart.
//
// Plaintext is for loopback addresses and Unix sockets. On a network it must
// be allowed explicitly, and is warned about.

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/rpc/address.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/security/server_credentials.h"

namespace lineup {

struct SecurityOptions {
  // PEM files, by flag --tls-ca, --tls-certificate, --tls-key.
  std::string ca_file;
  std::string certificate_file;
  std::string key_file;
  // --allow-plaintext: also over a network.
  bool allow_plaintext = false;
  // How often the files are looked at.
  int reload_seconds = 5;
};

// Thread-safe; a value that may be copied.
class Security {
 public:
  // No TLS, and plaintext on loopback only.
  Security() = default;

  // Checks that the files are there and are what they should be.
  static absl::StatusOr<Security> Create(const SecurityOptions& options);

  bool uses_tls() const { return !options_.ca_file.empty() || has_identity(); }

  // To connect to `address`. PermissionDenied where plaintext is not allowed.
  absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> ForChannel(
      const Address& address) const;

  // To listen on `address`.
  absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> ForServer(
      const Address& address) const;

 private:
  bool has_identity() const { return !options_.certificate_file.empty(); }
  absl::Status CheckPlaintext(const Address& address) const;

  SecurityOptions options_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_SECURITY_H_

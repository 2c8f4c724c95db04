#ifndef LINEUP_COMMON_RPC_SECURITY_H_
#define LINEUP_COMMON_RPC_SECURITY_H_

// Who may connect, and who may listen in: mutual TLS from three files, or
// plaintext where that is safe. SECURITY.md is about the whole.
//
// With TLS both ends show a certificate of the CA, and each certificate names a
// role (common/rpc/role.h). A server holds every call to the table of methods
// and roles; a client accepts only the host that it called, and only in the
// role that it looks for.
//
// The files are looked at every few seconds, so a renewed certificate serves
// new connections without a restart.
//
// Plaintext is for loopback addresses and Unix sockets, and knows no roles. On
// a network it must be allowed explicitly, and is warned about.

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/rpc/address.h"
#include "common/rpc/role.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/security/tls_certificate_provider.h"

namespace lineup {

struct SecurityOptions {
  // PEM files, by flag --tls-ca, --tls-certificate, --tls-key: all or none.
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

  // Checks that the files are there, belong together, and are valid now.
  static absl::StatusOr<Security> Create(const SecurityOptions& options);

  bool uses_tls() const { return provider_ != nullptr; }

  // PermissionDenied if there is a certificate that names another role: each
  // process says so of itself before others do.
  absl::Status RequireRole(Role role) const;

  // To connect to `address`, where somebody with the role `peer` listens.
  // PermissionDenied where plaintext is not allowed.
  absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> ForChannel(
      const Address& address, Role peer) const;

  // To listen on `address`.
  absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> ForServer(
      const Address& address) const;

  // An error if the files, as they are, are not good at `now`: expired,
  // perhaps. OK without TLS.
  absl::Status CheckFiles(absl::Time now) const;

  // A warning if the own certificate expires within a week of `now`, or has
  // expired, or cannot be read any more; empty if all is well, or without TLS.
  std::string ExpiryWarning(absl::Time now) const;

  // The error of a call to `peer`, with what is wrong with the own certificate,
  // or else with the peer's, if that is why it cannot be reached. Then it may
  // take some seconds.
  absl::Status Explain(const absl::Status& status, const Address& peer) const;

 private:
  absl::StatusOr<Role> OwnRole(absl::Time now) const;
  // What is wrong with what the peer shows, as far as it can be seen.
  absl::Status CheckCertificateOf(const Address& peer) const;
  absl::Status CheckPlaintext(const Address& address) const;

  SecurityOptions options_;
  // Reads the files; shared, as it has a thread of its own. Null without TLS.
  std::shared_ptr<grpc::experimental::CertificateProviderInterface> provider_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_SECURITY_H_

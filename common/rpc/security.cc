#include "common/rpc/security.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/files.h"
#include "common/base/status_macros.h"
#include "common/rpc/certificate.h"
#include "common/rpc/peer_certificate.h"
#include "common/rpc/peer_role.h"
#include "common/rpc/retry.h"
#include "glog/logging.h"
#include "grpcpp/security/tls_credentials_options.h"

namespace lineup {
namespace {

using ::grpc::experimental::FileWatcherCertificateProvider;
using ::grpc::experimental::TlsChannelCredentialsOptions;
using ::grpc::experimental::TlsServerCredentialsOptions;

constexpr absl::Duration kWarnBeforeExpiry = absl::Hours(7 * 24);
// For a peer to show its certificate.
constexpr absl::Duration kPeerTimeout = absl::Seconds(2);

struct Flag {
  absl::string_view name;
  const std::string& file;
};

absl::StatusOr<std::string> ReadPem(const Flag& flag) {
  absl::StatusOr<std::string> contents = ReadFile(flag.file);
  if (contents.ok()) return contents;
  return WithContext(flag.name, contents.status());
}

absl::StatusOr<PemFiles> ReadPemFiles(const SecurityOptions& options) {
  PemFiles files;
  LINEUP_ASSIGN_OR_RETURN(files.ca, ReadPem({"--tls-ca", options.ca_file}));
  LINEUP_ASSIGN_OR_RETURN(
      files.certificate,
      ReadPem({"--tls-certificate", options.certificate_file}));
  LINEUP_ASSIGN_OR_RETURN(files.key, ReadPem({"--tls-key", options.key_file}));
  return files;
}

}  // namespace

absl::StatusOr<Security> Security::Create(const SecurityOptions& options) {
  const Flag flags[] = {{"--tls-ca", options.ca_file},
                        {"--tls-certificate", options.certificate_file},
                        {"--tls-key", options.key_file}};
  Security security;
  security.options_ = options;
  const Flag* given = nullptr;
  const Flag* missing = nullptr;
  for (const Flag& flag : flags) {
    (flag.file.empty() ? missing : given) = &flag;
  }
  if (given == nullptr) return security;
  if (missing != nullptr) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--tls-ca, --tls-certificate and --tls-key belong together, but ",
        missing->name, " is missing"));
  }
  LINEUP_RETURN_IF_ERROR(security.OwnRole(absl::Now()).status());
  security.provider_ = std::make_shared<FileWatcherCertificateProvider>(
      options.key_file, options.certificate_file, options.ca_file,
      options.reload_seconds);
  return security;
}

absl::StatusOr<Role> Security::OwnRole(absl::Time now) const {
  LINEUP_ASSIGN_OR_RETURN(const PemFiles files, ReadPemFiles(options_));
  const absl::StatusOr<Role> role = CheckIdentity(files, now);
  if (role.ok()) return role;
  return absl::Status(
      role.status().code(),
      absl::StrCat(role.status().message(), " (--tls-certificate ",
                   options_.certificate_file, ", --tls-key ", options_.key_file,
                   ", --tls-ca ", options_.ca_file, ")"));
}

absl::Status Security::CheckFiles(absl::Time now) const {
  return uses_tls() ? OwnRole(now).status() : absl::OkStatus();
}

absl::Status Security::RequireRole(Role role) const {
  if (!uses_tls()) return absl::OkStatus();
  LINEUP_ASSIGN_OR_RETURN(const Role own, OwnRole(absl::Now()));
  if (own == role) return absl::OkStatus();
  return absl::PermissionDeniedError(absl::StrCat(
      "--tls-certificate: ", options_.certificate_file, " names the role ",
      RoleName(own), ", but this process is a ", RoleName(role)));
}

absl::Status Security::Explain(const absl::Status& status,
                               const Address& peer) const {
  if (!absl::IsUnavailable(status) && !absl::IsDeadlineExceeded(status)) {
    return status;
  }
  if (!uses_tls()) return status;
  const absl::Status own = CheckFiles(absl::Now());
  if (!own.ok()) return WithContext(own.message(), status);
  const absl::Status peers = CheckCertificateOf(peer);
  return peers.ok() ? status : WithContext(peers.message(), status);
}

absl::Status Security::CheckCertificateOf(const Address& peer) const {
  const absl::StatusOr<std::string> shown =
      PeerCertificates(peer, kPeerTimeout);
  if (!shown.ok()) return absl::OkStatus();  // that is not why
  LINEUP_ASSIGN_OR_RETURN(const PemFiles files, ReadPemFiles(options_));
  return WithContext(peer.ToString(), CheckPeer(*shown, files.ca, absl::Now()));
}

std::string Security::ExpiryWarning(absl::Time now) const {
  const absl::Status files = CheckFiles(now);
  if (!files.ok()) return std::string(files.message());
  if (!uses_tls()) return "";
  const absl::StatusOr<PemFiles> read = ReadPemFiles(options_);
  if (!read.ok()) return std::string(read.status().message());
  const absl::StatusOr<absl::Time> until = ValidUntil(read->certificate);
  if (!until.ok() || *until - now > kWarnBeforeExpiry) return "";
  return absl::StrCat(
      "--tls-certificate: the certificate expires in ",
      absl::FormatDuration(absl::Floor(*until - now, absl::Minutes(1))),
      ", on ", CertificateTime(*until),
      "; renew it before, the file is read again by itself (",
      options_.certificate_file, ")");
}

absl::Status Security::CheckPlaintext(const Address& address) const {
  if (address.IsLoopback()) return absl::OkStatus();
  if (!options_.allow_plaintext) {
    return absl::PermissionDeniedError(absl::StrCat(
        address.ToString(),
        " is on a network, where everyone could read and change what is sent "
        "in plain text; give --tls-ca, --tls-certificate and --tls-key, or "
        "allow it with --allow-plaintext"));
  }
  LOG(WARNING) << address.ToString()
               << ": plain text over the network (--allow-plaintext): anyone "
                  "there can read and change it, and do anything";
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> Security::ForChannel(
    const Address& address, Role peer) const {
  if (!uses_tls()) {
    LINEUP_RETURN_IF_ERROR(CheckPlaintext(address));
    return grpc::InsecureChannelCredentials();
  }
  TlsChannelCredentialsOptions tls;
  tls.set_certificate_provider(provider_);
  tls.watch_root_certs();
  tls.watch_identity_key_cert_pairs();
  tls.set_certificate_verifier(MakeServerCheck(peer));
  return grpc::experimental::TlsCredentials(tls);
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> Security::ForServer(
    const Address& address) const {
  if (!uses_tls()) {
    LINEUP_RETURN_IF_ERROR(CheckPlaintext(address));
    return grpc::InsecureServerCredentials();
  }
  TlsServerCredentialsOptions tls(provider_);
  tls.watch_identity_key_cert_pairs();
  tls.watch_root_certs();
  tls.set_cert_request_type(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  std::shared_ptr<grpc::ServerCredentials> credentials =
      grpc::experimental::TlsServerCredentials(tls);
  credentials->SetAuthMetadataProcessor(MakeAccessCheck());
  return credentials;
}

}  // namespace lineup

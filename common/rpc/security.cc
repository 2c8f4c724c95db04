#include "common/rpc/security.h"

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/files.h"
#include "common/base/status_macros.h"
#include "glog/logging.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_certificate_verifier.h"
#include "grpcpp/security/tls_credentials_options.h"

namespace lineup {
namespace {

using ::grpc::experimental::FileWatcherCertificateProvider;
using ::grpc::experimental::HostNameCertificateVerifier;
using ::grpc::experimental::TlsChannelCredentialsOptions;
using ::grpc::experimental::TlsServerCredentialsOptions;

// A file that is missing or mixed up would otherwise show only as failing
// handshakes, again and again.
absl::Status CheckPemFile(absl::string_view flag, const std::string& path,
                          absl::string_view kind) {
  const absl::StatusOr<std::string> contents = ReadFile(path);
  if (!contents.ok()) {
    return absl::Status(contents.status().code(),
                        absl::StrCat(flag, ": ", contents.status().message()));
  }
  // Of keys: "BEGIN PRIVATE KEY", "BEGIN EC PRIVATE KEY", ...
  if (!absl::StrContains(*contents, "-----BEGIN ") ||
      !absl::StrContains(*contents, absl::StrCat(kind, "-----"))) {
    return absl::InvalidArgumentError(
        absl::StrCat(flag, ": ", path, " holds no ", kind, " in PEM format"));
  }
  return absl::OkStatus();
}

std::shared_ptr<FileWatcherCertificateProvider> WatchFiles(
    const SecurityOptions& options) {
  return std::make_shared<FileWatcherCertificateProvider>(
      options.key_file, options.certificate_file, options.ca_file,
      options.reload_seconds);
}

}  // namespace

absl::StatusOr<Security> Security::Create(const SecurityOptions& options) {
  if (options.certificate_file.empty() != options.key_file.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "--tls-certificate and --tls-key belong together, but ",
        options.key_file.empty() ? "--tls-key" : "--tls-certificate",
        " is missing"));
  }
  if (!options.ca_file.empty()) {
    LINEUP_RETURN_IF_ERROR(
        CheckPemFile("--tls-ca", options.ca_file, "CERTIFICATE"));
  }
  if (!options.certificate_file.empty()) {
    LINEUP_RETURN_IF_ERROR(CheckPemFile(
        "--tls-certificate", options.certificate_file, "CERTIFICATE"));
    LINEUP_RETURN_IF_ERROR(
        CheckPemFile("--tls-key", options.key_file, "PRIVATE KEY"));
  }
  Security security;
  security.options_ = options;
  return security;
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
                  "there can read and change it";
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> Security::ForChannel(
    const Address& address) const {
  if (!uses_tls()) {
    LINEUP_RETURN_IF_ERROR(CheckPlaintext(address));
    return grpc::InsecureChannelCredentials();
  }
  if (options_.ca_file.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--tls-ca is missing: without it the certificate of ",
                     address.ToString(), " cannot be checked"));
  }
  TlsChannelCredentialsOptions tls;
  tls.set_certificate_provider(WatchFiles(options_));
  tls.watch_root_certs();
  if (has_identity()) tls.watch_identity_key_cert_pairs();
  tls.set_certificate_verifier(std::make_shared<HostNameCertificateVerifier>());
  return grpc::experimental::TlsCredentials(tls);
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> Security::ForServer(
    const Address& address) const {
  if (!uses_tls()) {
    LINEUP_RETURN_IF_ERROR(CheckPlaintext(address));
    return grpc::InsecureServerCredentials();
  }
  if (!has_identity()) {
    return absl::InvalidArgumentError(
        "--tls-certificate and --tls-key are missing: a process that listens "
        "needs them to prove who it is");
  }
  TlsServerCredentialsOptions tls(WatchFiles(options_));
  tls.watch_identity_key_cert_pairs();
  if (options_.ca_file.empty()) {
    tls.set_cert_request_type(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  } else {
    tls.watch_root_certs();
    tls.set_cert_request_type(
        GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  }
  return grpc::experimental::TlsServerCredentials(tls);
}

}  // namespace lineup

#ifndef LINEUP_COMMON_RPC_CERTIFICATE_H_
#define LINEUP_COMMON_RPC_CERTIFICATE_H_

// What is wrong with a certificate, a process's own or its peer's, in words.
// gRPC only lets handshakes fail, again and again.
//
// No gRPC in here. Thread safety: pure functions.

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/rpc/role.h"

namespace lineup {

// The contents of PEM files: a process's certificate (perhaps followed by those
// of intermediate authorities), its key, and the authorities that are trusted.
struct PemFiles {
  std::string certificate;
  std::string key;
  std::string ca;
};

// The role that the certificate names. An error if there is none, if the key is
// another one's, or if the certificate is not one of the authorities' that is
// valid at `now`; the text begins with the flag of the file that is at fault.
absl::StatusOr<Role> CheckIdentity(const PemFiles& files, absl::Time now);

// How these texts write a time, in UTC.
std::string CertificateTime(absl::Time time);

// Until when a certificate that CheckIdentity accepts is valid.
absl::StatusOr<absl::Time> ValidUntil(const std::string& certificate);

// What is wrong with the chain of certificates that a peer shows, for one that
// trusts the authorities `ca`; both are PEM. The text begins with "its
// certificate".
absl::Status CheckPeer(const std::string& chain, const std::string& ca,
                       absl::Time now);

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_CERTIFICATE_H_

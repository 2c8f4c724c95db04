#ifndef LINEUP_COMMON_RPC_TEST_CERTIFICATES_H_
#define LINEUP_COMMON_RPC_TEST_CERTIFICATES_H_

// Certificates of tools/make_certificates.sh, for tests.

#include <string>

#include "absl/strings/string_view.h"
#include "common/rpc/role.h"
#include "common/rpc/security.h"

namespace lineup {

// Runs tools/make_certificates.sh for the directory, which it returns, with the
// arguments: all roles by default.
std::string MakeCertificates(const std::string& directory,
                             absl::string_view arguments = "");

// The flags for the files of that name; looked at every second.
SecurityOptions CertificateOptions(const std::string& directory,
                                   absl::string_view name);

// Of a process with that role.
Security SecurityOf(const std::string& directory, Role role);

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_TEST_CERTIFICATES_H_

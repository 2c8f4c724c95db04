#include "common/rpc/test_certificates.h"

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "glog/logging.h"

namespace lineup {

std::string MakeCertificates(const std::string& directory,
                             absl::string_view arguments) {
  const std::string command =
      absl::StrCat("tools/make_certificates.sh '", directory, "' ", arguments);
  CHECK_EQ(std::system(command.c_str()), 0) << command;
  return directory;
}

SecurityOptions CertificateOptions(const std::string& directory,
                                   absl::string_view name) {
  SecurityOptions options;
  options.ca_file = absl::StrCat(directory, "/ca.pem");
  options.certificate_file = absl::StrCat(directory, "/", name, ".pem");
  options.key_file = absl::StrCat(directory, "/", name, ".key");
  options.reload_seconds = 1;
  return options;
}

Security SecurityOf(const std::string& directory, Role role) {
  return Security::Create(CertificateOptions(directory, RoleName(role)))
      .value();
}

}  // namespace lineup

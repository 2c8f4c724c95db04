#include "cli/cluster_flags.h"

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"

namespace lineup {

void AddSecurityFlags(CLI::App* command, SecurityOptions* options) {
  command
      ->add_option("--tls-ca", options->ca_file,
                   "PEM file of the CA that all certificates come from")
      ->envname("LINEUP_TLS_CA");
  command
      ->add_option("--tls-certificate", options->certificate_file,
                   "PEM file of this process's certificate, which names its "
                   "role (SECURITY.md)")
      ->envname("LINEUP_TLS_CERTIFICATE");
  command
      ->add_option("--tls-key", options->key_file,
                   "PEM file of its private key")
      ->envname("LINEUP_TLS_KEY");
  command->add_flag("--allow-plaintext", options->allow_plaintext,
                    "Allow connections without TLS to other machines: anyone "
                    "on the network can read and change what is sent");
}

void AddClusterFlags(CLI::App* command, ClusterFlags* flags) {
  command
      ->add_option("--coordinator", flags->coordinator,
                   "Where the coordinator is: HOST:PORT or unix:PATH")
      ->required()
      ->envname("LINEUP_COORDINATOR");
  AddSecurityFlags(command, &flags->security);
}

absl::StatusOr<Address> ParseAddressFlag(const std::string& flag,
                                         const std::string& text,
                                         bool listening) {
  absl::StatusOr<Address> address =
      listening ? Address::ParseListening(text) : Address::Parse(text);
  if (address.ok()) return address;
  return absl::InvalidArgumentError(
      absl::StrCat(flag, ": ", address.status().message()));
}

absl::StatusOr<JobsClient> OpenJobs(const ClusterFlags& flags) {
  LINEUP_ASSIGN_OR_RETURN(
      const Address address,
      ParseAddressFlag("--coordinator", flags.coordinator, false));
  LINEUP_ASSIGN_OR_RETURN(const Security security,
                          Security::Create(flags.security));
  return JobsClient::Create(address, security);
}

}  // namespace lineup

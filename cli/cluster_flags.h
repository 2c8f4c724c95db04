// The flags that every command of a cluster has: where the coordinator is, and
// how connections are secured.

#ifndef LINEUP_CLI_CLUSTER_FLAGS_H_
#define LINEUP_CLI_CLUSTER_FLAGS_H_

#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "common/rpc/address.h"
#include "common/rpc/jobs_client.h"
#include "common/rpc/security.h"

namespace lineup {

struct ClusterFlags {
  std::string coordinator;
  SecurityOptions security;
};

// Declares --coordinator (required), and as AddSecurityFlags.
void AddClusterFlags(CLI::App* command, ClusterFlags* flags);
// Declares --tls-ca, --tls-certificate, --tls-key and --allow-plaintext.
void AddSecurityFlags(CLI::App* command, SecurityOptions* options);

// Errors name the flag.
absl::StatusOr<Address> ParseAddressFlag(const std::string& flag,
                                         const std::string& text,
                                         bool listening);
absl::StatusOr<JobsClient> OpenJobs(const ClusterFlags& flags);

}  // namespace lineup

#endif  // LINEUP_CLI_CLUSTER_FLAGS_H_

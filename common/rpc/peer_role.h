#ifndef LINEUP_COMMON_RPC_PEER_ROLE_H_
#define LINEUP_COMMON_RPC_PEER_ROLE_H_

// The role of whoever is at the other end of a TLS connection, and what follows
// from it at both ends: a server refuses calls that the role may not make, and
// a client refuses servers that are something else than it looks for.

#include <memory>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "common/rpc/role.h"
#include "grpcpp/security/auth_context.h"
#include "grpcpp/security/auth_metadata_processor.h"
#include "grpcpp/security/tls_certificate_verifier.h"

namespace lineup {

// Of the call's caller; nothing if the connection has no TLS.
absl::optional<absl::StatusOr<Role>> RoleOfPeer(
    const grpc::AuthContext& connection);

// OK if the caller has this role, or there is no TLS; otherwise as CheckAccess.
// For what depends on a message and not only on the method.
absl::Status CheckRoleOfPeer(const grpc::AuthContext& connection, Role needed,
                             absl::string_view action);

// Holds every call of a server to common/rpc/access_table.h, before its message
// is read: those of gRPC's own services and of methods that nobody serves, too.
std::shared_ptr<grpc::AuthMetadataProcessor> MakeAccessCheck();

// Lets a client accept a certificate only if it is of the host that was called
// and names the role.
std::shared_ptr<grpc::experimental::CertificateVerifier> MakeServerCheck(
    Role expected);

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_PEER_ROLE_H_

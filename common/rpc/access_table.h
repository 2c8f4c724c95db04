#ifndef LINEUP_COMMON_RPC_ACCESS_TABLE_H_
#define LINEUP_COMMON_RPC_ACCESS_TABLE_H_

// Who may call what: the one table of all methods of all services, those of
// gRPC's own (health, reflection) too. A method that is not in it is refused to
// everyone. SECURITY.md shows the same table to people; tests/access_test
// compares the two, and with what real servers do.
//
// No gRPC in here. Thread safety: pure functions.

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "common/rpc/role.h"

namespace lineup {

struct MethodAccess {
  absl::string_view method;  // as on the wire: "/package.Service/Method"
  RoleSet allowed;
};

absl::Span<const MethodAccess> AccessTable();

// Whether a peer with this role, or the reason why it has none, may call the
// method. UNAUTHENTICATED: it has none. PERMISSION_DENIED: another role is
// needed. Both with ROLE_NOT_ALLOWED, the role, and those that are allowed.
absl::Status CheckAccess(absl::string_view method,
                         const absl::StatusOr<Role>& role);

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_ACCESS_TABLE_H_

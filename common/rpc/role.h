#ifndef LINEUP_COMMON_RPC_ROLE_H_
#define LINEUP_COMMON_RPC_ROLE_H_

// What a process of a cluster is, as its certificate says.
//
// The role stands in the certificate as its one URI (subjectAltName), in the
// form of SPIFFE (github.com/spiffe/spiffe, SPIFFE-ID.md):
//
//   spiffe://TRUST-DOMAIN/lineup/ROLE    such as
//   spiffe://example.org/lineup/worker
//
// and not in the subject, whose fields have no defined meaning, may come
// several times and in several encodings. Issuers that know SPIFFE make such
// certificates, and they have exactly one URI, so nobody has two roles. Whose
// word counts is said by --tls-ca; the trust domain may be any.
//
// No gRPC in here. Thread safety: pure functions and values.

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace lineup {

enum class Role : uint8_t {
  kCoordinator,
  kServer,
  kWorker,
  kOperator,  // submits, stops and drains
  kViewer,    // only looks
};

inline constexpr Role kAllRoles[] = {Role::kCoordinator, Role::kServer,
                                     Role::kWorker, Role::kOperator,
                                     Role::kViewer};

// As it stands in certificates: "coordinator", "server", ...
absl::string_view RoleName(Role role);

// Some of the roles.
class RoleSet {
 public:
  constexpr RoleSet(std::initializer_list<Role> roles) {
    for (const Role role : roles) bits_ |= Bit(role);
  }
  constexpr bool contains(Role role) const { return (bits_ & Bit(role)) != 0; }
  // In the order of the enumeration.
  std::vector<std::string> Names() const;

 private:
  static constexpr uint32_t Bit(Role role) {
    return uint32_t{1} << static_cast<uint8_t>(role);
  }
  uint32_t bits_ = 0;
};

// The role that a certificate with these URIs has. UNAUTHENTICATED, saying what
// was found and what is expected, if it has none or not exactly one.
absl::StatusOr<Role> RoleFromUris(absl::Span<const absl::string_view> uris);

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_ROLE_H_

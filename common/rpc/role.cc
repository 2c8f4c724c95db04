#include "common/rpc/role.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

namespace lineup {
namespace {

constexpr absl::string_view kExpected =
    "a certificate of a Lineup cluster has exactly one URI, "
    "spiffe://TRUST-DOMAIN/lineup/ROLE; tools/make_certificates.sh makes such";

}  // namespace

absl::string_view RoleName(Role role) {
  switch (role) {
    case Role::kCoordinator:
      return "coordinator";
    case Role::kServer:
      return "server";
    case Role::kWorker:
      return "worker";
    case Role::kOperator:
      return "operator";
    case Role::kViewer:
      return "viewer";
  }
  return "unknown";
}

std::vector<std::string> RoleSet::Names() const {
  std::vector<std::string> names;
  for (const Role role : kAllRoles) {
    if (contains(role)) names.emplace_back(RoleName(role));
  }
  return names;
}

absl::StatusOr<Role> RoleFromUris(absl::Span<const absl::string_view> uris) {
  if (uris.size() != 1) {
    return absl::UnauthenticatedError(
        uris.empty()
            ? absl::StrCat("the certificate names no role: ", kExpected)
            : absl::StrCat("the certificate has ", uris.size(),
                           " URIs: ", kExpected));
  }
  absl::string_view rest = uris[0];
  const bool has_scheme = absl::ConsumePrefix(&rest, "spiffe://");
  const size_t slash = rest.find('/');
  if (has_scheme && slash != 0 && slash != absl::string_view::npos) {
    rest.remove_prefix(slash);
    if (absl::ConsumePrefix(&rest, "/lineup/")) {
      for (const Role role : kAllRoles) {
        if (rest == RoleName(role)) return role;
      }
    }
  }
  return absl::UnauthenticatedError(absl::StrCat(
      "the certificate's URI \"", uris[0], "\" names no role: ", kExpected));
}

}  // namespace lineup

#include "common/rpc/peer_role.h"

#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/rpc/access_table.h"
#include "common/rpc/errors.h"
#include "common/rpc/status.h"
#include "grpc/grpc_security_constants.h"

namespace lineup {
namespace {

using ::grpc::experimental::CertificateVerifier;
using ::grpc::experimental::ExternalCertificateVerifier;
using ::grpc::experimental::HostNameCertificateVerifier;
using ::grpc::experimental::TlsCustomVerificationCheckRequest;

// What gRPC calls a connection of grpc::InsecureServerCredentials.
constexpr char kPlaintext[] = "insecure";

std::vector<absl::string_view> ToViews(
    const std::vector<grpc::string_ref>& texts) {
  std::vector<absl::string_view> views;
  for (const grpc::string_ref& text : texts) {
    views.emplace_back(text.data(), text.size());
  }
  return views;
}

absl::StatusOr<Role> RoleOf(const grpc::AuthContext& connection) {
  return RoleFromUris(
      ToViews(connection.FindPropertyValues(GRPC_PEER_URI_PROPERTY_NAME)));
}

class AccessCheck final : public grpc::AuthMetadataProcessor {
 public:
  // Looks a name up: no reason to change threads.
  bool IsBlocking() const override { return false; }

  grpc::Status Process(const InputMetadata& metadata,
                       grpc::AuthContext* connection, OutputMetadata*,
                       OutputMetadata*) override {
    const auto path = metadata.find(":path");
    const absl::string_view method =
        path == metadata.end()
            ? absl::string_view()
            : absl::string_view(path->second.data(), path->second.size());
    return ToGrpcStatusInMessage(CheckAccess(method, RoleOf(*connection)));
  }
};

class ServerCheck final : public ExternalCertificateVerifier {
 public:
  explicit ServerCheck(Role expected) : expected_(expected) {}

  // At once, without calling back.
  bool Verify(TlsCustomVerificationCheckRequest* request,
              std::function<void(grpc::Status)> callback,
              grpc::Status* status) override {
    host_name_.Verify(request, std::move(callback), status);
    if (!status->ok()) return true;
    const std::vector<grpc::string_ref> uris = request->uri_names();
    *status = ToGrpcStatus(CheckRole(ToViews(uris)));
    return true;
  }
  void Cancel(TlsCustomVerificationCheckRequest*) override {}

 private:
  absl::Status CheckRole(const std::vector<absl::string_view>& uris) const {
    const absl::StatusOr<Role> role = RoleFromUris(uris);
    if (!role.ok()) return role.status();
    if (*role == expected_) return absl::OkStatus();
    return absl::PermissionDeniedError(absl::StrCat(
        "the certificate at the other end names the role ", RoleName(*role),
        ", but this process looks for a ", RoleName(expected_)));
  }

  const Role expected_;
  HostNameCertificateVerifier host_name_;
};

}  // namespace

absl::optional<absl::StatusOr<Role>> RoleOfPeer(
    const grpc::AuthContext& connection) {
  const std::vector<grpc::string_ref> types =
      connection.FindPropertyValues(GRPC_TRANSPORT_SECURITY_TYPE_PROPERTY_NAME);
  if (types.size() == 1 && types[0] == kPlaintext) return absl::nullopt;
  return RoleOf(connection);
}

absl::Status CheckRoleOfPeer(const grpc::AuthContext& connection, Role needed,
                             absl::string_view action) {
  const absl::optional<absl::StatusOr<Role>> role = RoleOfPeer(connection);
  if (!role.has_value() || (role->ok() && **role == needed)) {
    return absl::OkStatus();
  }
  return RoleNotAllowedError(action, *role, {needed});
}

std::shared_ptr<grpc::AuthMetadataProcessor> MakeAccessCheck() {
  return std::make_shared<AccessCheck>();
}

std::shared_ptr<CertificateVerifier> MakeServerCheck(Role expected) {
  return ExternalCertificateVerifier::Create<ServerCheck>(expected);
}

}  // namespace lineup

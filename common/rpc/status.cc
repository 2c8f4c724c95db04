#include "common/rpc/status.h"

#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "common/base/utf8.h"
#include "common/rpc/errors.h"
#include "proto/error.pb.h"

namespace lineup {
namespace {

// What the wire accepts of a message: valid UTF-8, not too long.
std::string MessageForWire(absl::string_view message) {
  constexpr absl::string_view kCut = " …";
  std::string text = ReplaceInvalidUtf8(message);
  if (text.size() <= kMaxStatusMessageBytes) return text;
  return absl::StrCat(Utf8Prefix(text, kMaxStatusMessageBytes - kCut.size()),
                      kCut);
}

bool IsGrpcCode(int code) {
  return code >= grpc::StatusCode::OK &&
         code <= grpc::StatusCode::UNAUTHENTICATED;
}

}  // namespace

// The numbers of the codes are the same on both sides.
grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const auto code = static_cast<grpc::StatusCode>(status.raw_code());
  v1::RpcStatus rpc_status;
  rpc_status.set_code(code);
  rpc_status.set_message(MessageForWire(status.message()));
  const absl::optional<absl::Cord> detail = status.GetPayload(kErrorDetailUrl);
  if (!detail.has_value()) return grpc::Status(code, rpc_status.message());
  google::protobuf::Any* any = rpc_status.add_details();
  any->set_type_url(std::string(kErrorDetailUrl));
  any->set_value(std::string(*detail));
  return grpc::Status(code, rpc_status.message(),
                      rpc_status.SerializeAsString());
}

absl::Status FromGrpcStatus(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const int code = status.error_code();
  absl::Status result(IsGrpcCode(code) ? static_cast<absl::StatusCode>(code)
                                       : absl::StatusCode::kUnknown,
                      status.error_message());
  v1::RpcStatus rpc_status;
  if (!rpc_status.ParseFromString(status.error_details())) return result;
  for (const google::protobuf::Any& any : rpc_status.details()) {
    v1::ErrorDetail detail;
    if (any.type_url() == kErrorDetailUrl &&
        detail.ParseFromString(any.value())) {
      return WithDetail(result, detail);
    }
  }
  return result;
}

}  // namespace lineup

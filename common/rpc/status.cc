#include "common/rpc/status.h"

#include <string>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/types/optional.h"
#include "common/base/utf8.h"
#include "common/rpc/errors.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"

namespace lineup {
namespace {

// The parser would log what a peer sent.
class NoErrors final : public google::protobuf::io::ErrorCollector {
  void AddError(int, int, const std::string&) override {}
};

// What the wire accepts of a message: valid UTF-8, not too long.
std::string MessageForWire(absl::string_view message) {
  constexpr absl::string_view kCut = " …";
  std::string text = ReplaceInvalidUtf8(message);
  if (text.size() <= kMaxStatusMessageBytes) return text;
  return absl::StrCat(Utf8Prefix(text, kMaxStatusMessageBytes - kCut.size()),
                      kCut);
}

constexpr absl::string_view kDetailBegin = " [";
constexpr absl::string_view kDetailEnd = "]";

// Takes the detail that ToGrpcStatusInMessage() has put there, if there is one.
absl::Status WithDetailOfMessage(const absl::Status& status) {
  if (!absl::IsPermissionDenied(status) && !absl::IsUnauthenticated(status)) {
    return status;
  }
  absl::string_view message = status.message();
  const size_t begin = message.rfind(kDetailBegin);
  if (begin == absl::string_view::npos ||
      !absl::ConsumeSuffix(&message, kDetailEnd)) {
    return status;
  }
  google::protobuf::TextFormat::Parser parser;
  NoErrors no_errors;
  parser.RecordErrorsTo(&no_errors);
  v1::ErrorDetail detail;
  if (!parser.ParseFromString(
          std::string(message.substr(begin + kDetailBegin.size())), &detail)) {
    return status;
  }
  return WithDetail(absl::Status(status.code(), message.substr(0, begin)),
                    detail);
}

absl::Status FromCode(int code, absl::string_view message) {
  const bool known =
      code >= grpc::StatusCode::OK && code <= grpc::StatusCode::UNAUTHENTICATED;
  return absl::Status(
      known ? static_cast<absl::StatusCode>(code) : absl::StatusCode::kUnknown,
      message);
}

// Adds the detail that the peer gave, if there is one that can be read.
absl::Status WithDetailsOf(const v1::RpcStatus& rpc_status,
                           absl::Status status) {
  for (const google::protobuf::Any& any : rpc_status.details()) {
    v1::ErrorDetail detail;
    if (any.type_url() == kErrorDetailUrl &&
        detail.ParseFromString(any.value())) {
      return WithDetail(std::move(status), detail);
    }
  }
  return status;
}

}  // namespace

// The numbers of the codes are the same on both sides.
v1::RpcStatus ToRpcStatus(const absl::Status& status) {
  v1::RpcStatus rpc_status;
  if (status.ok()) return rpc_status;
  rpc_status.set_code(status.raw_code());
  rpc_status.set_message(MessageForWire(status.message()));
  const absl::optional<absl::Cord> detail = status.GetPayload(kErrorDetailUrl);
  if (detail.has_value()) {
    google::protobuf::Any* any = rpc_status.add_details();
    any->set_type_url(std::string(kErrorDetailUrl));
    any->set_value(std::string(*detail));
  }
  return rpc_status;
}

absl::Status FromRpcStatus(const v1::RpcStatus& status) {
  const absl::Status result = FromCode(status.code(), status.message());
  return result.ok() ? result : WithDetailsOf(status, result);
}

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const v1::RpcStatus rpc_status = ToRpcStatus(status);
  return grpc::Status(
      static_cast<grpc::StatusCode>(rpc_status.code()), rpc_status.message(),
      rpc_status.details().empty() ? "" : rpc_status.SerializeAsString());
}

grpc::Status ToGrpcStatusInMessage(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return grpc::Status(
      static_cast<grpc::StatusCode>(status.raw_code()),
      absl::StrCat(MessageForWire(status.message()), kDetailBegin,
                   DetailOf(status).ShortDebugString(), kDetailEnd));
}

absl::Status FromGrpcStatus(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const absl::Status result =
      FromCode(status.error_code(), status.error_message());
  if (status.error_details().empty()) return WithDetailOfMessage(result);
  v1::RpcStatus rpc_status;
  if (!rpc_status.ParseFromString(status.error_details())) return result;
  return WithDetailsOf(rpc_status, result);
}

}  // namespace lineup

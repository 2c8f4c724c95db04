#include "worker/node_error.h"

#include <string>

#include "absl/strings/cord.h"
#include "common/rpc/errors.h"

namespace lineup {
namespace {

// The payload that marks a status.
constexpr char kOfThisNode[] = "lineup/of_this_node";

}  // namespace

absl::Status MarkReadError(absl::Status status) {
  switch (status.code()) {
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kInternal:
      status.SetPayload(kOfThisNode, absl::Cord());
      return status;
    default:
      return status;
  }
}

v1::NodeError NodeErrorOf(const absl::Status& status) {
  v1::NodeError error;
  error.set_code(static_cast<int32_t>(status.code()));
  error.set_message(std::string(status.message()));
  error.set_reason(ReasonOf(status));
  error.set_of_this_node(status.GetPayload(kOfThisNode).has_value());
  return error;
}

}  // namespace lineup

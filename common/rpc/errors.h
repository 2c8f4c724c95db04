#ifndef LINEUP_COMMON_RPC_ERRORS_H_
#define LINEUP_COMMON_RPC_ERRORS_H_

// Errors that a peer acts on: an absl::Status with a typed reason
// (proto/error.proto) as its payload, which common/rpc/status.h carries over
// the wire. Each such error is made by one function here, so that its code,
// reason and wording are the same wherever it arises. No gRPC in here: the
// cores of the roles return these errors too.

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/rpc/role.h"
#include "proto/error.pb.h"

namespace lineup {

// The type URL under which an ErrorDetail is a status's payload.
extern const absl::string_view kErrorDetailUrl;

// `status`, which must not be OK, with the detail, replacing an earlier one.
absl::Status WithDetail(absl::Status status, const v1::ErrorDetail& detail);

// The status's detail; an empty one if it has none or none that can be read.
v1::ErrorDetail DetailOf(const absl::Status& status);

inline v1::ErrorReason ReasonOf(const absl::Status& status) {
  return DetailOf(status).reason();
}

absl::Status WrongClockError(uint32_t lane, uint64_t found, uint64_t expected);
absl::Status StaleRoutingError(uint64_t found, uint64_t current);
absl::Status UnknownJobError(absl::string_view job);
absl::Status JobConflictError(absl::string_view problem);
// `retry_after` may be zero, which leaves the wait to the caller.
absl::Status RetryLaterError(absl::string_view problem,
                             absl::Duration retry_after);
absl::Status VersionMismatchError(uint32_t found, uint32_t expected);
absl::Status SupersededError(absl::string_view problem);
absl::Status LimitExceededError(absl::string_view problem, uint64_t limit);
absl::Status MalformedError(absl::string_view problem);
absl::Status WrongEpochError(absl::string_view problem);
absl::Status LaneMovedError(uint32_t lane, uint64_t found, uint64_t newest);
// `action`: what was asked for, as in "call /a.B/C". `role`: the caller's, or
// the reason why it has none.
absl::Status RoleNotAllowedError(absl::string_view action,
                                 const absl::StatusOr<Role>& role,
                                 RoleSet allowed);

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_ERRORS_H_

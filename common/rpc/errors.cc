#include "common/rpc/errors.h"

#include <algorithm>
#include <limits>
#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/optional.h"

namespace lineup {
namespace {

v1::ErrorDetail Detail(v1::ErrorReason reason) {
  v1::ErrorDetail detail;
  detail.set_reason(reason);
  return detail;
}

}  // namespace

const absl::string_view kErrorDetailUrl =
    "type.googleapis.com/lineup.v1.ErrorDetail";

absl::Status WithDetail(absl::Status status, const v1::ErrorDetail& detail) {
  status.SetPayload(kErrorDetailUrl, absl::Cord(detail.SerializeAsString()));
  return status;
}

v1::ErrorDetail DetailOf(const absl::Status& status) {
  v1::ErrorDetail detail;
  const absl::optional<absl::Cord> payload = status.GetPayload(kErrorDetailUrl);
  if (payload.has_value() && !detail.ParseFromString(std::string(*payload))) {
    detail.Clear();
  }
  return detail;
}

absl::Status WrongClockError(uint32_t lane, uint64_t found, uint64_t expected) {
  v1::ErrorDetail detail = Detail(v1::ERROR_REASON_WRONG_CLOCK);
  detail.set_expected_clock(expected);
  return WithDetail(absl::FailedPreconditionError(absl::StrCat(
                        "lane ", lane, " is at clock ", found,
                        " but this server expects clock ", expected)),
                    detail);
}

absl::Status StaleRoutingError(uint64_t found, uint64_t current) {
  v1::ErrorDetail detail = Detail(v1::ERROR_REASON_STALE_ROUTING);
  detail.set_routing_epoch(current);
  return WithDetail(
      absl::AbortedError(absl::StrCat("the call is of routing epoch ", found,
                                      ", the server is in ", current)),
      detail);
}

absl::Status UnknownJobError(absl::string_view job) {
  return WithDetail(
      absl::NotFoundError(absl::StrCat("job \"", job, "\" is not open here")),
      Detail(v1::ERROR_REASON_UNKNOWN_JOB));
}

absl::Status JobConflictError(absl::string_view problem) {
  return WithDetail(absl::AlreadyExistsError(problem),
                    Detail(v1::ERROR_REASON_JOB_CONFLICT));
}

absl::Status RetryLaterError(absl::string_view problem,
                             absl::Duration retry_after) {
  v1::ErrorDetail detail = Detail(v1::ERROR_REASON_RETRY_LATER);
  const int64_t ms =
      absl::ToInt64Milliseconds(std::max(retry_after, absl::ZeroDuration()));
  detail.set_retry_after_ms(static_cast<uint32_t>(
      std::min<int64_t>(ms, std::numeric_limits<uint32_t>::max())));
  return WithDetail(absl::UnavailableError(problem), detail);
}

absl::Status VersionMismatchError(uint32_t found, uint32_t expected) {
  v1::ErrorDetail detail = Detail(v1::ERROR_REASON_VERSION_MISMATCH);
  detail.set_protocol_version(expected);
  return WithDetail(
      absl::FailedPreconditionError(absl::StrCat(
          "the caller speaks version ", found,
          " of the protocol, the process that it calls version ", expected,
          "; run the same release of Lineup everywhere")),
      detail);
}

absl::Status SupersededError(absl::string_view problem) {
  return WithDetail(absl::AbortedError(problem),
                    Detail(v1::ERROR_REASON_SUPERSEDED));
}

absl::Status LimitExceededError(absl::string_view problem, uint64_t limit) {
  v1::ErrorDetail detail = Detail(v1::ERROR_REASON_LIMIT_EXCEEDED);
  detail.set_limit(limit);
  return WithDetail(absl::ResourceExhaustedError(problem), detail);
}

absl::Status MalformedError(absl::string_view problem) {
  return WithDetail(absl::InvalidArgumentError(problem),
                    Detail(v1::ERROR_REASON_MALFORMED));
}

absl::Status WrongEpochError(absl::string_view problem) {
  return WithDetail(absl::FailedPreconditionError(problem),
                    Detail(v1::ERROR_REASON_WRONG_EPOCH));
}

absl::Status LaneMovedError(uint32_t lane, uint64_t found, uint64_t newest) {
  v1::ErrorDetail detail = Detail(v1::ERROR_REASON_LANE_MOVED);
  detail.set_term(newest);
  return WithDetail(absl::AbortedError(absl::StrCat(
                        "lane ", lane, " has another holder since: term ",
                        newest, ", not ", found)),
                    detail);
}

absl::Status RoleNotAllowedError(absl::string_view action,
                                 const absl::StatusOr<Role>& role,
                                 RoleSet allowed) {
  v1::ErrorDetail detail = Detail(v1::ERROR_REASON_ROLE_NOT_ALLOWED);
  const std::vector<std::string> names = allowed.Names();
  for (const std::string& name : names) detail.add_allowed_roles(name);
  if (!role.ok()) return WithDetail(role.status(), detail);
  detail.set_role(std::string(RoleName(*role)));
  return WithDetail(
      absl::PermissionDeniedError(absl::StrCat(
          "the caller's certificate names the role ", RoleName(*role),
          ", which may not ", action, "; ",
          names.empty()
              ? "nobody may"
              : absl::StrCat("allowed: ", absl::StrJoin(names, ", ")))),
      detail);
}

}  // namespace lineup

#include "common/rpc/errors.h"

#include "absl/strings/cord.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

TEST(ErrorsTest, EachHasItsCodeReasonAndNumbers) {
  absl::Status status = WrongClockError(3, 7, 5);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_WRONG_CLOCK);
  EXPECT_EQ(DetailOf(status).expected_clock(), 5u);

  status = StaleRoutingError(1, 2);
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(status.message(),
            "the call is of routing epoch 1, the server is in 2");
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_STALE_ROUTING);
  EXPECT_EQ(DetailOf(status).routing_epoch(), 2u);

  status = RetryLaterError("busy", absl::Milliseconds(250));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_RETRY_LATER);
  EXPECT_EQ(DetailOf(status).retry_after_ms(), 250u);

  status = VersionMismatchError(1, 2);
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(
      status.message(),
      "the caller speaks version 1 of the protocol, the process that it calls "
      "version 2; run the same release of Lineup everywhere");
  EXPECT_EQ(DetailOf(status).protocol_version(), 2u);

  status = LimitExceededError("too much", 16);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_LIMIT_EXCEEDED);
  EXPECT_EQ(DetailOf(status).limit(), 16u);

  status = JobConflictError("other");
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_JOB_CONFLICT);

  status = SupersededError("later");
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_SUPERSEDED);

  status = LaneMovedError(3, 1, 2);
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(status.message(), "lane 3 has another holder since: term 2, not 1");
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_LANE_MOVED);
  EXPECT_EQ(DetailOf(status).term(), 2u);

  status = WrongEpochError("between epochs");
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_WRONG_EPOCH);

  status = RoleNotAllowedError("call /a.B/C", Role::kWorker,
                               {Role::kOperator, Role::kViewer});
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(status.message(),
            "the caller's certificate names the role worker, which may not "
            "call /a.B/C; allowed: operator, viewer");
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_ROLE_NOT_ALLOWED);
  EXPECT_EQ(DetailOf(status).role(), "worker");
  EXPECT_EQ(DetailOf(status).allowed_roles_size(), 2);

  status = RoleNotAllowedError(
      "call /a.B/C", absl::UnauthenticatedError("none"), {Role::kOperator});
  EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(status.message(), "none");
  EXPECT_EQ(DetailOf(status).role(), "");
  EXPECT_EQ(DetailOf(status).allowed_roles(0), "operator");
}

TEST(ErrorsTest, TheWaitIsKeptInRange) {
  EXPECT_EQ(DetailOf(RetryLaterError("x", absl::Seconds(-1))).retry_after_ms(),
            0u);
  EXPECT_EQ(
      DetailOf(RetryLaterError("x", absl::InfiniteDuration())).retry_after_ms(),
      4294967295u);
}

TEST(ErrorsTest, AStatusWithoutAReadableDetailHasNoReason) {
  EXPECT_EQ(ReasonOf(absl::OkStatus()), v1::ERROR_REASON_UNSPECIFIED);
  absl::Status status = absl::AbortedError("x");
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_UNSPECIFIED);
  status.SetPayload(kErrorDetailUrl, absl::Cord("\xFF"));
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_UNSPECIFIED);
}

}  // namespace
}  // namespace lineup

#include "common/rpc/status.h"

#include <string>

#include "absl/strings/match.h"
#include "common/rpc/errors.h"
#include "gtest/gtest.h"
#include "proto/error.pb.h"

namespace lineup {
namespace {

absl::Status RoundTrip(const absl::Status& status) {
  return FromGrpcStatus(ToGrpcStatus(status));
}

TEST(StatusTest, EveryCodeSurvives) {
  for (int code = 0; code <= 16; ++code) {
    const absl::Status status(static_cast<absl::StatusCode>(code),
                              code == 0 ? "" : "what happened");
    EXPECT_EQ(RoundTrip(status), status);
    EXPECT_EQ(ToGrpcStatus(status).error_code(), code);
  }
}

TEST(StatusTest, TheDetailSurvives) {
  const absl::Status status = WrongClockError(3, 7, 5);
  const grpc::Status sent = ToGrpcStatus(status);
  EXPECT_EQ(sent.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(sent.error_message(),
            "lane 3 is at clock 7 but this server expects clock 5");
  const absl::Status received = FromGrpcStatus(sent);
  EXPECT_EQ(received, status);
  EXPECT_EQ(ReasonOf(received), v1::ERROR_REASON_WRONG_CLOCK);
  EXPECT_EQ(DetailOf(received).expected_clock(), 5u);
}

TEST(StatusTest, SendsWhatOtherLibrariesReadToo) {
  v1::RpcStatus sent;
  ASSERT_TRUE(
      sent.ParseFromString(ToGrpcStatus(UnknownJobError("j")).error_details()));
  EXPECT_EQ(sent.code(), 5);
  EXPECT_EQ(sent.message(), "job \"j\" is not open here");
  ASSERT_EQ(sent.details_size(), 1);
  v1::ErrorDetail detail;
  ASSERT_TRUE(sent.details(0).UnpackTo(&detail));
  EXPECT_EQ(detail.reason(), v1::ERROR_REASON_UNKNOWN_JOB);
}

TEST(StatusTest, TheDetailSurvivesInTheMessage) {
  const absl::Status status =
      RoleNotAllowedError("call [it]", Role::kWorker, {Role::kOperator});
  const grpc::Status sent = ToGrpcStatusInMessage(status);
  EXPECT_EQ(sent.error_details(), "");
  EXPECT_EQ(sent.error_message(),
            "the caller's certificate names the role worker, which may not "
            "call [it]; allowed: operator [reason: "
            "ERROR_REASON_ROLE_NOT_ALLOWED role: \"worker\" allowed_roles: "
            "\"operator\"]");
  EXPECT_EQ(FromGrpcStatus(sent), status);
  EXPECT_TRUE(ToGrpcStatusInMessage(absl::OkStatus()).ok());
  // Nobody else's brackets are taken for a detail.
  for (const char* message : {"x [y]", "x []]", "x [reason: 5", "]", ""}) {
    EXPECT_EQ(ReasonOf(FromGrpcStatus(
                  grpc::Status(grpc::StatusCode::PERMISSION_DENIED, message))),
              v1::ERROR_REASON_UNSPECIFIED)
        << message;
  }
}

TEST(StatusTest, CutsLongMessages) {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "ü";
  const absl::Status received = RoundTrip(MalformedError(text));
  EXPECT_LE(received.message().size(), kMaxStatusMessageBytes);
  EXPECT_GE(received.message().size(), kMaxStatusMessageBytes - 4);
  EXPECT_TRUE(absl::EndsWith(received.message(), "ü …"));
  EXPECT_EQ(ReasonOf(received), v1::ERROR_REASON_MALFORMED);
}

TEST(StatusTest, MakesMessagesUtf8) {
  EXPECT_EQ(RoundTrip(absl::NotFoundError("file \xFF")).message(),
            "file \xEF\xBF\xBD");
}

TEST(StatusTest, TakesAnythingFromPeers) {
  const absl::Status strange = FromGrpcStatus(
      grpc::Status(static_cast<grpc::StatusCode>(99), "what", "\xFF\xFF"));
  EXPECT_EQ(strange.code(), absl::StatusCode::kUnknown);
  EXPECT_EQ(strange.message(), "what");
  EXPECT_EQ(ReasonOf(strange), v1::ERROR_REASON_UNSPECIFIED);

  v1::RpcStatus other;
  other.add_details()->set_type_url("type.googleapis.com/some.Other");
  auto* damaged = other.add_details();
  damaged->set_type_url(std::string(kErrorDetailUrl));
  damaged->set_value("\xFF");
  EXPECT_EQ(FromGrpcStatus(grpc::Status(grpc::StatusCode::ABORTED, "x",
                                        other.SerializeAsString())),
            absl::AbortedError("x"));
}

}  // namespace
}  // namespace lineup

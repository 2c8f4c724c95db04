#include "common/rpc/retry.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/rpc/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;

TEST(BackoffTest, DoublesUpToTheLimitWithJitter) {
  SplitMix64 random(1);
  BackoffOptions options;
  options.initial = absl::Milliseconds(50);
  options.max = absl::Milliseconds(150);
  Backoff backoff(options, &random);
  for (const int full_ms : {50, 100, 150, 150}) {
    const absl::Duration wait = backoff.Next();
    EXPECT_GE(wait, absl::Milliseconds(full_ms) / 2);
    EXPECT_LE(wait, absl::Milliseconds(full_ms));
  }
  backoff.Reset();
  EXPECT_LE(backoff.Next(), absl::Milliseconds(50));
}

TEST(BackoffTest, TwoCallersDoNotWaitAlike) {
  SplitMix64 one(1), two(2);
  EXPECT_NE(Backoff({}, &one).Next(), Backoff({}, &two).Next());
}

TEST(IsRetryableTest, ByCodeAndReason) {
  EXPECT_TRUE(IsRetryable(absl::UnavailableError("x")));
  EXPECT_TRUE(IsRetryable(absl::DeadlineExceededError("x")));
  EXPECT_TRUE(IsRetryable(RetryLaterError("x", absl::ZeroDuration())));
  EXPECT_FALSE(IsRetryable(absl::OkStatus()));
  EXPECT_FALSE(IsRetryable(absl::InternalError("unavailable, try again")));
  EXPECT_FALSE(IsRetryable(StaleRoutingError(1, 2)));
  EXPECT_FALSE(IsRetryable(absl::CancelledError("x")));
}

TEST(RetryTest, ContextKeepsTheReason) {
  const absl::Status status = WithContext("server a:1", UnknownJobError("j"));
  EXPECT_EQ(status.message(), "server a:1: job \"j\" is not open here");
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_UNKNOWN_JOB);
  EXPECT_EQ(WithContext("x", absl::OkStatus()), absl::OkStatus());
}

// Time passes only by waiting.
class RetryUntilTest : public testing::Test {
 protected:
  // Answers with `answers` in turn, the last one again and again.
  absl::Status Run(absl::Duration limit, std::vector<absl::Status> answers) {
    return RetryUntil(
        clock_.Now() + limit, clock_, Backoff({}, &random_),
        [&](absl::Duration pause) {
          clock_.Advance(pause);
          return !interrupted_;
        },
        [&] {
          const size_t i = std::min<size_t>(attempts_++, answers.size() - 1);
          return answers[i];
        });
  }

  SimulatedClock clock_;
  SplitMix64 random_{7};
  size_t attempts_ = 0;
  bool interrupted_ = false;
};

TEST_F(RetryUntilTest, TriesUntilItSucceeds) {
  EXPECT_EQ(Run(absl::Seconds(9),
                {absl::UnavailableError("x"), absl::DeadlineExceededError("y"),
                 absl::OkStatus()}),
            absl::OkStatus());
  EXPECT_EQ(attempts_, 3u);
}

TEST_F(RetryUntilTest, ReturnsOtherErrorsAtOnce) {
  EXPECT_EQ(Run(absl::Seconds(9), {UnknownJobError("j")}),
            UnknownJobError("j"));
  EXPECT_EQ(attempts_, 1u);
}

TEST_F(RetryUntilTest, StopsBeforeTheDeadline) {
  const absl::Time start = clock_.Now();
  const absl::Status status =
      Run(absl::Seconds(5), {RetryLaterError("busy", absl::Milliseconds(1))});
  EXPECT_EQ(status.message(),
            absl::StrCat("busy (given up after ", attempts_, " attempts)"));
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_RETRY_LATER);
  EXPECT_LT(clock_.Now(), start + absl::Seconds(5));
  EXPECT_GT(clock_.Now(), start + absl::Seconds(4));
  EXPECT_GT(attempts_, 9u);
}

TEST_F(RetryUntilTest, TriesOnceEvenWithoutTime) {
  EXPECT_EQ(Run(absl::ZeroDuration(), {absl::UnavailableError("x")}).message(),
            "x (given up after 1 attempt)");
  EXPECT_EQ(Run(absl::ZeroDuration(), {absl::OkStatus()}), absl::OkStatus());
}

TEST_F(RetryUntilTest, WaitsAtLeastAsLongAsThePeerAsks) {
  const absl::Time start = clock_.Now();
  EXPECT_EQ(Run(absl::Seconds(9),
                {RetryLaterError("busy", absl::Seconds(3)), absl::OkStatus()}),
            absl::OkStatus());
  EXPECT_EQ(clock_.Now(), start + absl::Seconds(3));
}

TEST_F(RetryUntilTest, AWaitCanBeInterrupted) {
  interrupted_ = true;
  const absl::Status status =
      Run(absl::Seconds(9), {absl::UnavailableError("gone")});
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(status.message(),
            "interrupted while waiting to try again after: gone");
  EXPECT_EQ(attempts_, 1u);
}

}  // namespace
}  // namespace lineup

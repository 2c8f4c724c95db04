#include "worker/blocking_call.h"

#include <thread>
#include <utility>

#include "gtest/gtest.h"

namespace lineup {
namespace {

TEST(BlockingCallTest, GivesTheAnswer) {
  std::thread answering;
  const absl::Status status = BlockingCall([&](ParameterClient::Done done) {
    answering = std::thread(
        [done = std::move(done)] { done(absl::NotFoundError("no such row")); });
  });
  answering.join();
  EXPECT_EQ(status, absl::NotFoundError("no such row"));
}

// As a call to a server that has died, until it is cancelled.
TEST(BlockingCallTest, WhoWaitsCanEndTheCall) {
  ParameterClient::Done unanswered;
  int times = 0;
  const absl::Status status = BlockingCall(
      [&](ParameterClient::Done done) { unanswered = std::move(done); },
      [&] {
        if (++times == 2) unanswered(absl::CancelledError("not wanted"));
      });
  EXPECT_EQ(status, absl::CancelledError("not wanted"));
  EXPECT_EQ(times, 2);
}

}  // namespace
}  // namespace lineup

#include "common/rpc/retried_call.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/rpc/channel_transport.h"
#include "common/rpc/errors.h"
#include "common/rpc/message_codec.h"
#include "common/rpc/test_service.h"
#include "common/rpc/test_with_service.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;
using v1::test::TestMessage;

constexpr char kWait[] = "/lineup.v1.test.TestService/Wait";

// The test answers each attempt of each part itself.
class RetriedCallTest : public TestWithService {
 protected:
  void SetUp() override {
    TestWithService::SetUp();
    if (HasFatalFailure()) return;
    channels_ = std::make_unique<ChannelTransport>(
        *ChannelGroup::Open(server_->address(), {}, Role::kServer, 2));
    context_.clock = &clock_;
    context_.options.backoff.initial = absl::Milliseconds(1);
    context_.options.backoff.max = absl::Milliseconds(2);
  }

  // Starts a call whose parts send (part, attempt).
  void Run(size_t num_parts, absl::Status decoded = absl::OkStatus()) {
    std::vector<RetriedCall::Part> parts;
    for (size_t i = 0; i < num_parts; ++i) {
      parts.push_back({[i](uint64_t attempt) {
                         TestMessage message;
                         message.set_fixed32(static_cast<uint32_t>(i));
                         message.set_count(attempt);
                         return EncodeMessage(message, {});
                       },
                       [this, i, decoded](const grpc::ByteBuffer&) {
                         MutexLock lock(&mutex_);
                         decoded_.push_back(i);
                         return decoded;
                       }});
    }
    call_ = std::make_shared<RetriedCall>(&context_, channels_.get(), kWait,
                                          std::move(parts),
                                          [this](absl::Status status) {
                                            MutexLock lock(&mutex_);
                                            EXPECT_FALSE(done_);
                                            done_ = true;
                                            status_ = std::move(status);
                                            changed_.SignalAll();
                                          });
    RetriedCall::Run(call_);
  }

  // A part that has arrived, and how it can be answered.
  struct Arrival {
    uint32_t part;
    uint64_t attempt;
    TestService::Reply reply;
    void Answer(absl::Status status) {
      if (status.ok()) {
        reply(EncodeMessage(TestMessage(), {}));
      } else {
        reply(std::move(status));
      }
    }
  };
  Arrival Await() {
    TestService::Waiting waiting = service_.AwaitWaiting();
    return {waiting.request.fixed32(), waiting.request.count(),
            std::move(waiting.reply)};
  }

  absl::Status AwaitDone() {
    MutexLock lock(&mutex_);
    while (!done_) changed_.Wait(&mutex_);
    return status_;
  }

  RealClock clock_;
  std::unique_ptr<ChannelTransport> channels_;
  RetriedCall::Context context_;
  std::shared_ptr<RetriedCall> call_;

  Mutex mutex_;
  CondVar changed_;
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  std::vector<size_t> decoded_ ABSL_GUARDED_BY(mutex_);
};

TEST_F(RetriedCallTest, WaitsForMemoryButNotForLimits) {
  Run(1);
  Await().Answer(absl::ResourceExhaustedError("gRPC's own"));
  Await().Answer(LimitExceededError("ours", 7));
  EXPECT_EQ(AwaitDone(), LimitExceededError("ours", 7));
}

TEST_F(RetriedCallTest, SucceedsWhenAllPartsDo) {
  Run(2);
  Arrival one = Await();
  Arrival two = Await();
  EXPECT_THAT((std::vector<uint32_t>{one.part, two.part}),
              UnorderedElementsAre(0, 1));
  EXPECT_EQ(one.attempt, two.attempt);
  one.Answer(absl::OkStatus());
  two.Answer(absl::OkStatus());
  EXPECT_EQ(AwaitDone(), absl::OkStatus());
  MutexLock lock(&mutex_);
  EXPECT_THAT(decoded_, UnorderedElementsAre(0, 1));
}

TEST_F(RetriedCallTest, SendsAllPartsAgainWithANewNumber) {
  Run(2);
  Arrival one = Await();
  Await();  // the other part, which is cancelled
  one.Answer(absl::UnavailableError("not now"));
  Arrival three = Await();
  Arrival four = Await();
  EXPECT_THAT((std::vector<uint32_t>{three.part, four.part}),
              UnorderedElementsAre(0, 1));
  EXPECT_GT(three.attempt, one.attempt);
  three.Answer(absl::OkStatus());
  four.Answer(absl::OkStatus());
  EXPECT_EQ(AwaitDone(), absl::OkStatus());
}

TEST_F(RetriedCallTest, RetriesByCodeAndReason) {
  Run(1);
  Await().Answer(RetryLaterError("busy", absl::Milliseconds(1)));
  Await().Answer(SupersededError("a late one"));
  Await().Answer(absl::DeadlineExceededError("slow"));
  Await().Answer(UnknownJobError("j"));
  EXPECT_EQ(AwaitDone(), UnknownJobError("j"));
}

TEST_F(RetriedCallTest, AnAttemptHasADeadline) {
  context_.options.attempt_timeout = absl::Milliseconds(20);
  Run(1);
  const Arrival first = Await();
  const Arrival second = Await();
  EXPECT_GT(second.attempt, first.attempt);
  call_->Cancel();
  EXPECT_EQ(AwaitDone(), absl::CancelledError("cancelled"));
}

TEST_F(RetriedCallTest, GivesUpWhenPatienceEnds) {
  context_.options.patience = absl::ZeroDuration();
  Run(1);
  Await().Answer(absl::UnavailableError("not now"));
  EXPECT_EQ(AwaitDone(),
            absl::UnavailableError("not now (given up after 1 attempt)"));
}

TEST_F(RetriedCallTest, AnAnswerThatCannotBeReadIsNotAskedForAgain) {
  Run(1, absl::InternalError("nonsense"));
  Await().Answer(absl::OkStatus());
  EXPECT_EQ(AwaitDone(), absl::InternalError("nonsense"));
}

TEST_F(RetriedCallTest, CanBeCancelledDuringAnAttempt) {
  Run(2);
  Await();
  call_->Cancel();
  EXPECT_EQ(AwaitDone(), absl::CancelledError("cancelled"));
}

TEST_F(RetriedCallTest, CanBeCancelledDuringAPause) {
  context_.options.backoff.initial = absl::Minutes(1);
  context_.options.backoff.max = absl::Minutes(1);
  Run(1);
  Await().Answer(absl::UnavailableError("not now"));
  call_->Cancel();
  EXPECT_EQ(AwaitDone(), absl::CancelledError("cancelled"));
}

TEST_F(RetriedCallTest, FindsAServerThatComesLater) {
  const Address address = server_->address();
  server_.reset();
  Run(1);
  auto server = RpcServer::Start(address, {}, {&service_});
  ASSERT_TRUE(server.ok()) << server.status();
  server_ = *std::move(server);
  Await().Answer(absl::OkStatus());
  EXPECT_EQ(AwaitDone(), absl::OkStatus());
}

}  // namespace
}  // namespace lineup

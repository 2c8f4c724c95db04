#include "common/rpc/stream_transport.h"

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "common/rpc/address.h"
#include "common/rpc/call_batch.h"
#include "common/rpc/call_faults.h"
#include "common/rpc/channel.h"
#include "common/rpc/errors.h"
#include "common/rpc/faulty_transport.h"
#include "common/rpc/message_codec.h"
#include "common/rpc/rpc_server.h"
#include "common/rpc/status.h"
#include "common/rpc/test_service.h"
#include "common/rpc/test_with_service.h"
#include "common/rpc/transport.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using v1::test::TestMessage;

constexpr char kStream[] = "/lineup.v1.test.TestService/Stream";
constexpr char kEcho[] = "/lineup.v1.test.TestService/Echo";
constexpr char kFail[] = "/lineup.v1.test.TestService/Fail";
constexpr char kWait[] = "/lineup.v1.test.TestService/Wait";
constexpr absl::Duration kPatience = absl::Seconds(20);

// The answer to a call, for who waits for it.
class Answer {
 public:
  CallTransport::Done Expect() {
    return [this](absl::StatusOr<grpc::ByteBuffer> answer) {
      MutexLock lock(&mutex_);
      EXPECT_FALSE(done_);
      done_ = true;
      answer_ = std::move(answer);
      changed_.SignalAll();
    };
  }
  bool done() {
    MutexLock lock(&mutex_);
    return done_;
  }
  absl::Status status() {
    Await();
    MutexLock lock(&mutex_);
    return answer_.status();
  }
  TestMessage message() {
    Await();
    MutexLock lock(&mutex_);
    TestMessage message;
    EXPECT_TRUE(answer_.ok()) << answer_.status();
    if (answer_.ok()) {
      EXPECT_TRUE(ReceivedMessage::Decode(*answer_, {}, &message).ok());
    }
    return message;
  }

 private:
  void Await() {
    MutexLock lock(&mutex_);
    while (!done_) changed_.Wait(&mutex_);
  }

  Mutex mutex_;
  CondVar changed_;
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
  absl::StatusOr<grpc::ByteBuffer> answer_ ABSL_GUARDED_BY(mutex_);
};

class StreamTransportTest : public TestWithService {
 protected:
  void SetUp() override {
    TestWithService::SetUp();
    if (HasFatalFailure()) return;
    transport_ = Connect();
  }

  std::unique_ptr<CallTransport> Connect(int channels = 1) {
    return std::make_unique<StreamTransport>(
        *ChannelGroup::Open(server_->address(), {}, Role::kServer, channels),
        StreamedMethods{kStream, {kEcho, kFail, kWait}});
  }

  std::shared_ptr<PendingCall> Call(const std::string& method,
                                    const TestMessage& message, Answer* answer,
                                    absl::Duration timeout = kPatience) {
    return transport_->Call(method, EncodeMessage(message, {}), timeout,
                            answer->Expect());
  }

  static TestMessage Count(uint64_t count) {
    TestMessage message;
    message.set_count(count);
    return message;
  }

  std::unique_ptr<CallTransport> transport_;
};

TEST_F(StreamTransportTest, CallsShareAStream) {
  transport_ = Connect(2);
  for (int i = 0; i < 10; ++i) {
    Answer answer;
    Call(kEcho, Count(i), &answer);
    EXPECT_EQ(answer.message().count(), i);
  }
  EXPECT_EQ(service_.streams(), 1);
  EXPECT_EQ(service_.streamed_calls(), 10);
}

TEST_F(StreamTransportTest, AMessageMayBeEmpty) {
  Answer answer;
  Call(kEcho, TestMessage(), &answer);
  EXPECT_EQ(answer.message().ByteSizeLong(), 0u);
}

TEST_F(StreamTransportTest, LargeCallsGoByThemselves) {
  TestMessage large;
  large.set_text(std::string(100000, 'x'));
  Answer answer;
  Call(kEcho, large, &answer);
  EXPECT_EQ(answer.message().text(), large.text());
  EXPECT_EQ(service_.streamed_calls(), 0);
}

TEST_F(StreamTransportTest, AnswersTellWhatIsLarge) {
  TestMessage large;
  large.set_text(std::string(100000, 'x'));
  const std::pair<TestMessage, int> kAnswersAndStreamed[] = {
      {large, 1}, {large, 1}, {Count(3), 1}, {Count(4), 2}};
  for (const auto& [message, streamed_calls] : kAnswersAndStreamed) {
    Answer answer;
    Call(kWait, Count(1), &answer);
    service_.AwaitWaiting().reply(EncodeMessage(message, {}));
    EXPECT_EQ(answer.message().text().size(), message.text().size());
    EXPECT_EQ(service_.streamed_calls(), streamed_calls);
  }
}

TEST_F(StreamTransportTest, ErrorsKeepTheirDetail) {
  Answer answer;
  Call(kFail, Count(7), &answer);
  EXPECT_TRUE(absl::IsFailedPrecondition(answer.status()));
  EXPECT_EQ(DetailOf(answer.status()).expected_clock(), 7u);
}

TEST_F(StreamTransportTest, AnswersComeInAnyOrder) {
  Answer first, second;
  Call(kWait, Count(1), &first);
  Call(kWait, Count(2), &second);
  const TestService::Waiting one = service_.AwaitWaiting();
  const TestService::Waiting two = service_.AwaitWaiting();
  two.reply(EncodeMessage(two.request, {}));
  EXPECT_EQ(second.message().count(), 2u);
  EXPECT_FALSE(first.done());
  one.reply(EncodeMessage(one.request, {}));
  EXPECT_EQ(first.message().count(), 1u);
}

TEST_F(StreamTransportTest, ADeadlineEndsOneCall) {
  Answer patient, late;
  Call(kWait, Count(1), &patient);
  Call(kWait, Count(2), &late, absl::Seconds(1));
  EXPECT_TRUE(absl::IsDeadlineExceeded(late.status()));
  // Its answer comes to nothing, the other call goes on.
  const TestService::Waiting one = service_.AwaitWaiting();
  const TestService::Waiting two = service_.AwaitWaiting();
  two.reply(EncodeMessage(two.request, {}));
  one.reply(EncodeMessage(one.request, {}));
  EXPECT_EQ(patient.message().count(), 1u);
  EXPECT_EQ(service_.streams(), 1);
}

TEST_F(StreamTransportTest, CancellingEndsOneCall) {
  Answer patient, cancelled;
  Call(kWait, Count(1), &patient);
  const auto call = Call(kWait, Count(2), &cancelled);
  call->Cancel();
  EXPECT_TRUE(absl::IsCancelled(cancelled.status()));
  call->Cancel();
  const TestService::Waiting one = service_.AwaitWaiting();
  one.reply(EncodeMessage(one.request, {}));
  EXPECT_EQ(patient.message().count(), 1u);
}

TEST_F(StreamTransportTest, AStreamThatEndedIsOpenedAnew) {
  Answer unanswered;
  Call(kWait, Count(1), &unanswered);
  const TestService::Waiting waiting = service_.AwaitWaiting();
  service_.CloseStreams();
  EXPECT_TRUE(absl::IsUnavailable(unanswered.status()));
  waiting.reply(EncodeMessage(waiting.request, {}));  // to nobody
  Answer answer;
  Call(kEcho, Count(2), &answer);
  EXPECT_EQ(answer.message().count(), 2u);
  EXPECT_EQ(service_.streams(), 2);
}

TEST_F(StreamTransportTest, NobodyIsThere) {
  server_->Shutdown(absl::ZeroDuration());
  Answer answer;
  Call(kEcho, Count(1), &answer);
  EXPECT_TRUE(absl::IsUnavailable(answer.status())) << answer.status();
}

TEST_F(StreamTransportTest, EndingTheTransportEndsTheStream) {
  Answer answer;
  Call(kWait, Count(1), &answer);
  service_.AwaitWaiting();
  transport_.reset();
  EXPECT_TRUE(absl::IsCancelled(answer.status())) << answer.status();
}

// What is too much waits at the caller, and is taken once answers are given.
TEST_F(StreamTransportTest, AServerTakesSoManyCallsAtATime) {
  const size_t calls = kMaxCallsPerConnection + 20;
  std::vector<Answer> answers(calls);
  for (size_t i = 0; i < calls; ++i) Call(kWait, Count(i), &answers[i]);
  // A message with as many calls as there may be would be too much.
  std::vector<TestService::Waiting> taken;
  for (int i = 0; i <= kMaxCallsPerConnection - kMaxCallsPerMessage; ++i) {
    taken.push_back(service_.AwaitWaiting());
  }
  Answer echo;
  Call(kEcho, Count(1), &echo, absl::Milliseconds(50));
  EXPECT_TRUE(absl::IsDeadlineExceeded(echo.status()));
  EXPECT_LE(service_.streamed_calls(), kMaxCallsPerConnection);
  for (const TestService::Waiting& waiting : taken) {
    waiting.reply(EncodeMessage(waiting.request, {}));
  }
  for (size_t i = taken.size(); i < calls; ++i) {
    const TestService::Waiting waiting = service_.AwaitWaiting();
    waiting.reply(EncodeMessage(waiting.request, {}));
  }
  for (size_t i = 0; i < calls; ++i) EXPECT_EQ(answers[i].message().count(), i);
}

// Tells how many calls come in each message, and answers them in one.
class CountingService final : public v1::test::TestService::Service {
 public:
  grpc::Status Stream(
      grpc::ServerContext*,
      grpc::ServerReaderWriter<v1::StreamedAnswers, v1::StreamedCalls>* stream)
      override {
    v1::StreamedCalls calls;
    while (stream->Read(&calls)) {
      v1::StreamedAnswers answers;
      for (const v1::StreamedCall& call : calls.calls()) {
        TestMessage count;
        count.set_count(calls.calls_size());
        v1::StreamedAnswer* const answer = answers.add_answers();
        answer->set_id(call.id());
        answer->set_message(count.SerializeAsString());
      }
      stream->Write(answers);
    }
    return grpc::Status::OK;
  }
};

class CallBatchTest : public TestWith<CountingService> {
 protected:
  void SetUp() override {
    TestWith::SetUp();
    ASSERT_NE(server_, nullptr);
    transport_ = std::make_unique<StreamTransport>(
        *ChannelGroup::Open(server_->address(), {}, Role::kServer, 1),
        StreamedMethods{kStream, {kEcho}});
  }

  void Echo(Answer* answer) {
    transport_->Call(kEcho, EncodeMessage(TestMessage(), {}), kPatience,
                     answer->Expect());
  }

  std::unique_ptr<CallTransport> transport_;
};

TEST_F(CallBatchTest, CallsOfABatchShareAMessage) {
  Answer alone, first, second, of_other_thread;
  Echo(&alone);
  EXPECT_EQ(alone.message().count(), 1u);
  CallBatch batch;
  Echo(&first);
  Echo(&second);
  EXPECT_FALSE(batch.empty());
  batch.Send();
  EXPECT_TRUE(batch.empty());
  EXPECT_EQ(first.message().count(), 2u);
  EXPECT_EQ(second.message().count(), 2u);
  std::thread([&] { Echo(&of_other_thread); }).join();
  EXPECT_TRUE(batch.empty());
  EXPECT_EQ(of_other_thread.message().count(), 1u);
}

TEST_F(CallBatchTest, ABatchIsSentInTheEnd) {
  std::vector<Answer> answers(kMaxCallsPerMessage + 1);
  {
    CallBatch batch;
    for (Answer& answer : answers) Echo(&answer);
  }
  for (int i = 0; i < kMaxCallsPerMessage; ++i) {
    EXPECT_EQ(answers[i].message().count(), kMaxCallsPerMessage);
  }
  EXPECT_EQ(answers.back().message().count(), 1u);
}

// Calls that come together, and can be answered at once, are answered together.
TEST_F(StreamTransportTest, AnswersShareAMessage) {
  const auto channel =
      OpenChannel(server_->address(), {}, Role::kServer, nullptr);
  ASSERT_TRUE(channel.ok()) << channel.status();
  const auto stub = v1::test::TestService::NewStub(*channel);
  grpc::ClientContext context;
  const auto stream = stub->Stream(&context);
  v1::StreamedCalls calls;
  for (const char* const method : {kEcho, kWait, kEcho}) {
    v1::StreamedCall* const call = calls.add_calls();
    call->set_id(calls.calls_size());
    call->set_method(method);
  }
  ASSERT_TRUE(stream->Write(calls));
  v1::StreamedAnswers answers;
  ASSERT_TRUE(stream->Read(&answers));
  ASSERT_EQ(answers.answers_size(), 2);
  EXPECT_EQ(answers.answers(0).id(), 1u);
  EXPECT_EQ(answers.answers(1).id(), 3u);
  service_.AwaitWaiting().reply(EncodeMessage(TestMessage(), {}));
  ASSERT_TRUE(stream->Read(&answers));
  ASSERT_EQ(answers.answers_size(), 1);
  EXPECT_EQ(answers.answers(0).id(), 2u);
  stream->WritesDone();
  EXPECT_FALSE(stream->Read(&answers));
  EXPECT_TRUE(stream->Finish().ok());
}

// Those that wait for a message to be written could be more than one may be.
TEST_F(StreamTransportTest, LargeAnswersDoNotShareAMessage) {
  TestMessage large;
  large.set_text(std::string(kMaxMessageBytes / 2, 'x'));
  const grpc::ByteBuffer encoded = EncodeMessage(large, {});
  std::vector<Answer> answers(3);
  for (Answer& answer : answers) Call(kWait, Count(1), &answer);
  std::vector<TestService::Waiting> waiting;
  for (size_t i = 0; i < answers.size(); ++i) {
    waiting.push_back(service_.AwaitWaiting());
  }
  for (const TestService::Waiting& w : waiting) w.reply(encoded);
  for (Answer& answer : answers) {
    EXPECT_EQ(answer.message().text().size(), large.text().size());
  }
  EXPECT_EQ(service_.streamed_calls(), 3);
}

TEST_F(StreamTransportTest, TooManyCallsInAMessageEndTheStream) {
  const auto channel =
      OpenChannel(server_->address(), {}, Role::kServer, nullptr);
  ASSERT_TRUE(channel.ok()) << channel.status();
  const auto stub = v1::test::TestService::NewStub(*channel);
  grpc::ClientContext context;
  const auto stream = stub->Stream(&context);
  v1::StreamedCalls calls;
  for (int i = 0; i <= kMaxCallsPerMessage; ++i) {
    calls.add_calls()->set_method(kEcho);
  }
  ASSERT_TRUE(stream->Write(calls));
  v1::StreamedAnswers answers;
  EXPECT_FALSE(stream->Read(&answers));
  EXPECT_EQ(ReasonOf(FromGrpcStatus(stream->Finish())),
            v1::ERROR_REASON_MALFORMED);
  EXPECT_EQ(service_.streamed_calls(), 0);
}

TEST_F(StreamTransportTest, CallsSufferFaults) {
  constexpr int kCalls = 400;
  CallFaultOptions options;
  options.share = 1;
  options.seed = 3;
  options.max_delay = absl::Milliseconds(2);
  CallFaults faults(options);
  transport_ =
      std::make_unique<FaultyTransport>(std::move(transport_), &faults);
  int lost = 0;
  for (int i = 0; i < kCalls; ++i) {
    Answer answer;
    Call(kEcho, Count(i), &answer);
    lost += absl::IsUnavailable(answer.status());
    EXPECT_TRUE(answer.status().ok() || absl::IsUnavailable(answer.status()))
        << answer.status();
  }
  transport_.reset();  // waits for the copies
  const CallFaults::Counts counts = faults.counts();
  EXPECT_EQ(counts.calls, kCalls);
  EXPECT_EQ(lost, counts.unsent + counts.unanswered);
  EXPECT_EQ(service_.echoes(), kCalls - counts.unsent + counts.duplicated);
  EXPECT_GT(counts.duplicated, 50u);
}

}  // namespace
}  // namespace lineup

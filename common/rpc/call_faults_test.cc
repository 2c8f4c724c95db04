#include "common/rpc/call_faults.h"

#include <memory>
#include <string>
#include <utility>

#include "common/rpc/channel.h"
#include "common/rpc/message_codec.h"
#include "common/rpc/raw_call.h"
#include "common/rpc/role.h"
#include "common/rpc/security.h"
#include "common/rpc/test_service.h"
#include "common/rpc/test_with_service.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using v1::test::TestMessage;

constexpr int kCalls = 400;

class CallFaultsTest : public TestWithService {
 protected:
  static CallFaultOptions Options(double share) {
    CallFaultOptions options;
    options.share = share;
    options.seed = 3;
    options.max_delay = absl::Milliseconds(2);
    options.copy_timeout = absl::Seconds(20);  // echoes do not wait
    return options;
  }

  // A call by the classes that protoc makes.
  static grpc::StatusCode Echo(const std::shared_ptr<grpc::Channel>& channel,
                               int count) {
    TestMessage request;
    request.set_count(count);
    TestMessage response;
    grpc::ClientContext context;
    const grpc::Status status = v1::test::TestService::NewStub(channel)->Echo(
        &context, request, &response);
    if (status.ok()) {
      EXPECT_EQ(response.count(), request.count());
    }
    return status.error_code();
  }

  // A call of raw messages that does not wait.
  static absl::StatusCode RawEcho(const std::shared_ptr<grpc::Channel>& channel,
                                  int count) {
    TestMessage request;
    request.set_count(count);
    struct Answer {
      Mutex mutex;
      CondVar changed;
      bool done ABSL_GUARDED_BY(mutex) = false;
      absl::Status status ABSL_GUARDED_BY(mutex);
    };
    const auto answer = std::make_shared<Answer>();
    RawCall::Start(channel, "/lineup.v1.test.TestService/Echo",
                   EncodeMessage(request, {}), absl::Seconds(20),
                   [answer](const absl::StatusOr<grpc::ByteBuffer>& result) {
                     MutexLock lock(&answer->mutex);
                     answer->status = result.status();
                     answer->done = true;
                     answer->changed.SignalAll();
                   });
    MutexLock lock(&answer->mutex);
    while (!answer->done) answer->changed.Wait(&answer->mutex);
    return answer->status.code();
  }
};

TEST_F(CallFaultsTest, EveryCallSuffersWhatItWasDealt) {
  CallFaults::Counts counts;
  int unavailable = 0;
  {
    CallFaults faults(Options(1));
    const auto channel =
        *OpenChannel(server_->address(), Security(), Role::kServer, &faults);
    for (int i = 0; i < kCalls; ++i) {
      if (i % 2 == 0) {
        const grpc::StatusCode code = Echo(channel, i);
        if (code == grpc::StatusCode::UNAVAILABLE) {
          ++unavailable;
        } else {
          EXPECT_EQ(code, grpc::StatusCode::OK);
        }
      } else {
        const absl::StatusCode code = RawEcho(channel, i);
        if (code == absl::StatusCode::kUnavailable) {
          ++unavailable;
        } else {
          EXPECT_EQ(code, absl::StatusCode::kOk);
        }
      }
    }
    counts = faults.counts();
  }  // waits for the copies
  EXPECT_EQ(counts.calls, kCalls);
  EXPECT_GT(counts.delayed, 50u);
  EXPECT_GT(counts.duplicated, 50u);
  EXPECT_GT(counts.unsent, 50u);
  EXPECT_GT(counts.unanswered, 50u);
  EXPECT_EQ(
      counts.delayed + counts.duplicated + counts.unsent + counts.unanswered,
      kCalls);
  EXPECT_EQ(unavailable, counts.unsent + counts.unanswered);
  EXPECT_EQ(service_.echoes(), kCalls - counts.unsent + counts.duplicated);
}

// However late the connection for copies comes about.
TEST_F(CallFaultsTest, ACopyHasItsTimeFromWhenItIsConnected) {
  uint64_t expected = 0;
  uint64_t duplicated = 0;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    CallFaultOptions options = Options(1);
    options.seed = seed;
    options.copy_timeout = -absl::Seconds(1);  // over when it begins
    CallFaults faults(options);
    const auto channel =
        *OpenChannel(server_->address(), Security(), Role::kServer, &faults);
    Echo(channel, 0);
    const CallFaults::Counts counts = faults.counts();
    duplicated += counts.duplicated;
    expected += 1 - counts.unsent + counts.duplicated;
  }
  EXPECT_GT(duplicated, 1u);
  EXPECT_EQ(service_.echoes(), expected);
}

// Or gRPC's threads, which end copies, would let go of it, wait for themselves,
// and run on in memory that is freed.
TEST_F(CallFaultsTest, TheChannelOfCopiesStays) {
  std::weak_ptr<grpc::Channel> kept;
  {
    CallFaults faults(Options(1));
    auto copies = *OpenChannel(server_->address(), Security(), Role::kServer);
    kept = copies;
    faults.Interceptors(std::move(copies)).clear();  // as with the last call
    EXPECT_FALSE(kept.expired());
  }
  EXPECT_TRUE(kept.expired());
}

TEST_F(CallFaultsTest, OnlyTheirShareOfTheCalls) {
  CallFaults faults(Options(0.05));
  const auto channel =
      *OpenChannel(server_->address(), Security(), Role::kServer, &faults);
  for (int i = 0; i < kCalls; ++i) Echo(channel, i);
  const CallFaults::Counts counts = faults.counts();
  const uint64_t disturbed =
      counts.delayed + counts.duplicated + counts.unsent + counts.unanswered;
  EXPECT_GT(disturbed, 5u);
  EXPECT_LT(disturbed, 50u);
}

}  // namespace
}  // namespace lineup

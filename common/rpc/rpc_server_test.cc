#include "common/rpc/rpc_server.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/base/files.h"
#include "common/base/mutex.h"
#include "common/rpc/channel.h"
#include "common/rpc/errors.h"
#include "common/rpc/message_codec.h"
#include "common/rpc/raw_call.h"
#include "common/rpc/status.h"
#include "common/rpc/test_service.h"
#include "common/rpc/transport.h"
#include "gmock/gmock.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::AnyOf;
using ::testing::Eq;
using ::testing::HasSubstr;
using v1::test::TestMessage;

constexpr absl::Duration kTimeout = absl::Seconds(30);
constexpr char kEcho[] = "/lineup.v1.test.TestService/Echo";
constexpr char kFail[] = "/lineup.v1.test.TestService/Fail";
constexpr char kWait[] = "/lineup.v1.test.TestService/Wait";
constexpr char kUnheard[] = "/lineup.v1.test.TestService/Unheard";

Address AnyPort() { return *Address::ParseListening("127.0.0.1:0"); }

// Short, whatever the length of the test's own directory.
Address UnixAddress(const std::string& name) {
  return *Address::Parse(
      absl::StrCat("unix:/tmp/lineup_rpc_server_test_", getpid(), "_", name));
}

std::unique_ptr<RpcServer> StartOrDie(const Address& address,
                                      grpc::Service* service) {
  auto server = RpcServer::Start(address, {}, {service});
  EXPECT_TRUE(server.ok()) << server.status();
  return *std::move(server);
}

// A typed call.
absl::Status Fail(const std::shared_ptr<grpc::Channel>& channel,
                  uint64_t count) {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + kTimeout));
  TestMessage request, response;
  request.set_count(count);
  return FromGrpcStatus(v1::test::TestService::NewStub(channel)->Fail(
      &context, request, &response));
}

// A raw call, waited for.
absl::StatusOr<grpc::ByteBuffer> Call(
    const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
    grpc::ByteBuffer request, absl::Duration timeout = kTimeout,
    std::function<void(RawCall&)> meanwhile = nullptr) {
  Mutex mutex;
  CondVar changed;
  bool done = false;
  absl::StatusOr<grpc::ByteBuffer> result = absl::InternalError("");
  const auto call =
      RawCall::Start(channel, method, std::move(request), timeout,
                     [&](absl::StatusOr<grpc::ByteBuffer> answer) {
                       MutexLock lock(&mutex);
                       result = std::move(answer);
                       done = true;
                       changed.SignalAll();
                     });
  if (meanwhile) meanwhile(*call);
  MutexLock lock(&mutex);
  while (!done) changed.Wait(&mutex);
  return result;
}

std::string BytesOf(const absl::StatusOr<grpc::ByteBuffer>& buffer) {
  EXPECT_TRUE(buffer.ok()) << buffer.status();
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.ok() || !buffer->Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

grpc::ByteBuffer MessageOf(size_t payload_bytes) {
  TestMessage header;
  header.set_text("t");
  SendBuffer payload(payload_bytes);
  std::fill_n(payload.data(), payload_bytes, 'x');
  return EncodeMessage(
      header, {{TestMessage::kFirstFieldNumber, ToSlice(std::move(payload))}});
}

TEST(RpcServerTest, ServesOverTcpAndUnixSockets) {
  TestService service;
  for (const Address& address : {AnyPort(), UnixAddress("serves")}) {
    const auto server = StartOrDie(address, &service);
    const auto group =
        ChannelGroup::Open(server->address(), {}, Role::kServer, 2);
    ASSERT_TRUE(group.ok()) << group.status();
    EXPECT_EQ((*group)->size(), 2u);
    for (const size_t size : {0, 10, 5 << 20}) {
      const grpc::ByteBuffer request = MessageOf(size);
      const auto answer = Call((*group)->Next(), kEcho, request);
      ASSERT_TRUE(answer.ok()) << answer.status();
      EXPECT_EQ(answer->Length(), request.Length());
    }
  }
}

TEST(RpcServerTest, ErrorsKeepTheirDetail) {
  TestService service;
  const auto server = StartOrDie(AnyPort(), &service);
  const auto channel = *OpenChannel(server->address(), {}, Role::kServer);
  const absl::Status typed = Fail(channel, 7);
  EXPECT_EQ(typed, WrongClockError(0, 0, 7));
  TestMessage request;
  request.set_count(8);
  EXPECT_EQ(Call(channel, kFail, EncodeMessage(request, {})).status(),
            WrongClockError(0, 0, 8));
  EXPECT_EQ(Call(channel, kUnheard, grpc::ByteBuffer()).status().code(),
            absl::StatusCode::kUnimplemented);
}

TEST(RpcServerTest, RefusesMessagesAboveTheLimit) {
  TestService service;
  const auto server = StartOrDie(AnyPort(), &service);
  grpc::ChannelArguments unlimited;
  unlimited.SetInt(GRPC_ARG_MAX_SEND_MESSAGE_LENGTH, -1);
  unlimited.SetInt(GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, -1);
  const auto channel =
      grpc::CreateCustomChannel(server->address().ToTarget(),
                                grpc::InsecureChannelCredentials(), unlimited);
  const absl::Status refused =
      Call(channel, kEcho, MessageOf(kMaxMessageBytes)).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(refused.message(), HasSubstr("Received message larger than max"));
  // The sender's own limit is the same.
  EXPECT_EQ(Call(*OpenChannel(server->address(), {}, Role::kServer), kEcho,
                 MessageOf(kMaxMessageBytes))
                .status()
                .code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(Call(channel, kEcho, MessageOf(kMaxMessageBytes - 100)).ok());
}

TEST(RpcServerTest, RefusesCompressedMessages) {
  TestService service;
  const auto server = StartOrDie(AnyPort(), &service);
  for (const grpc_compression_algorithm algorithm :
       {GRPC_COMPRESS_GZIP, GRPC_COMPRESS_DEFLATE}) {
    grpc::ClientContext context;
    context.set_compression_algorithm(algorithm);
    TestMessage request, response;
    request.set_text(std::string(100000, 'a'));
    const grpc::Status status =
        v1::test::TestService::NewStub(
            *OpenChannel(server->address(), {}, Role::kServer))
            ->Echo(&context, request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED)
        << status.error_message();
  }
}

TEST(RpcServerTest, CallsEndAtTheirDeadlineOrWhenCancelled) {
  TestService service;
  const auto server = StartOrDie(AnyPort(), &service);
  const auto channel = *OpenChannel(server->address(), {}, Role::kServer);
  EXPECT_EQ(Call(channel, kWait, grpc::ByteBuffer(), absl::Milliseconds(50))
                .status()
                .code(),
            absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(Call(channel, kWait, grpc::ByteBuffer(), kTimeout,
                 [](RawCall& call) { call.Cancel(); })
                .status()
                .code(),
            absl::StatusCode::kCancelled);
}

TEST(RpcServerTest, AnAnswerMayComeLaterFromAnotherThread) {
  TestService service;
  const auto server = StartOrDie(AnyPort(), &service);
  const auto channel = *OpenChannel(server->address(), {}, Role::kServer);
  const auto answer =
      Call(channel, kWait, grpc::ByteBuffer(), kTimeout, [&](RawCall&) {
        const TestService::Reply reply = service.AwaitWaiting().reply;
        reply(MessageOf(3));
        reply(absl::InternalError("too late"));
      });
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->Length(), MessageOf(3).Length());
}

TEST(RpcServerTest, AnAnswerAfterTheCallWasCancelledIsDropped) {
  TestService service;
  const auto server = StartOrDie(AnyPort(), &service);
  const auto channel = *OpenChannel(server->address(), {}, Role::kServer);
  EXPECT_EQ(Call(channel, kWait, grpc::ByteBuffer(), absl::Milliseconds(50))
                .status()
                .code(),
            absl::StatusCode::kDeadlineExceeded);
  service.AwaitWaiting().reply(MessageOf(3));
  EXPECT_TRUE(Call(channel, kEcho, MessageOf(1)).ok());
}

TEST(RpcServerTest, ShutdownCancelsWhatDoesNotEnd) {
  TestService service;
  const auto server = StartOrDie(AnyPort(), &service);
  const auto channel = *OpenChannel(server->address(), {}, Role::kServer);
  const auto answer =
      Call(channel, kWait, grpc::ByteBuffer(), kTimeout, [&](RawCall&) {
        service.AwaitWaiting();
        server->Shutdown(absl::Milliseconds(10));
      });
  EXPECT_THAT(answer.status().code(), AnyOf(absl::StatusCode::kCancelled,
                                            absl::StatusCode::kUnavailable));
  EXPECT_EQ(Call(channel, kEcho, MessageOf(1)).status().code(),
            absl::StatusCode::kUnavailable);
}

TEST(RpcServerTest, NobodyThereIsUnavailableAtOnce) {
  const auto channel =
      *OpenChannel(*Address::Parse("127.0.0.1:1"), {}, Role::kServer);
  const absl::Status status = Call(channel, kEcho, grpc::ByteBuffer()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable) << status;
}

// A TLS handshake on a busy machine, or with a peer that is far away, takes its
// time.
TEST(RpcServerTest, AConnectionIsWaitedFor) {
  const int listener = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  ASSERT_EQ(bind(listener, generic, size), 0);
  ASSERT_EQ(listen(listener, 1), 0);
  ASSERT_EQ(getsockname(listener, generic, &size), 0);
  const auto channel = *OpenChannel(
      *Address::Parse(absl::StrCat("127.0.0.1:", ntohs(address.sin_port))), {},
      Role::kServer);
  channel->GetState(/*try_to_connect=*/true);
  const int connection = accept(listener, nullptr, nullptr);
  ASSERT_GE(connection, 0);
  // Nothing is said here, and yet the client does not hang up.
  pollfd hangs_up = {connection, POLLRDHUP, 0};
  EXPECT_EQ(poll(&hangs_up, 1, /*timeout=*/1000), 0);
  close(connection);
  close(listener);
}

TEST(RpcServerTest, AChannelFindsARestartedServer) {
  TestService service;
  auto server = StartOrDie(AnyPort(), &service);
  const Address address = server->address();
  const auto channel = *OpenChannel(address, {}, Role::kServer);
  ASSERT_TRUE(Call(channel, kEcho, MessageOf(1)).ok());
  server.reset();
  ASSERT_FALSE(Call(channel, kEcho, MessageOf(1)).ok());
  server = StartOrDie(address, &service);
  const absl::Time start = absl::Now();
  while (!Call(channel, kEcho, MessageOf(1)).ok()) {
    ASSERT_LT(absl::Now() - start, absl::Seconds(10));
  }
}

TEST(RpcServerTest, APortInUseIsAnError) {
  TestService service;
  const auto server = StartOrDie(AnyPort(), &service);
  const absl::Status status =
      RpcServer::Start(server->address(), {}, {&service}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(status.message(),
            absl::StrCat("cannot listen on ", server->address().ToString(),
                         ": another process does; stop it, or choose another "
                         "port"));
}

TEST(RpcServerTest, AUnixSocketIsNotTakenOver) {
  TestService service;
  const Address address = UnixAddress("taken");
  const auto server = StartOrDie(address, &service);
  const absl::Status status =
      RpcServer::Start(address, {}, {&service}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(status.message(), HasSubstr("choose another path"));
  EXPECT_TRUE(
      Call(*OpenChannel(address, {}, Role::kServer), kEcho, MessageOf(1)).ok());
}

TEST(RpcServerTest, AnswersHealth) {
  TestService service;
  const auto server = StartOrDie(AnyPort(), &service);
  const auto channel = *OpenChannel(server->address(), {}, Role::kServer);
  // grpc.health.v1.HealthCheckResponse has one field, the status.
  const auto health = [&] {
    return Call(channel, "/grpc.health.v1.Health/Check", grpc::ByteBuffer());
  };
  const std::string serving = "\x08\x01";
  const std::string not_serving = "\x08\x02";
  EXPECT_EQ(BytesOf(health()), serving);
  server->SetHealthy(false);
  EXPECT_EQ(BytesOf(health()), not_serving);
  server->SetHealthy(true);
  EXPECT_EQ(BytesOf(health()), serving);
}

TEST(RpcServerTest, AnswersReflection) {
  TestService service;
  const auto server = StartOrDie(AnyPort(), &service);
  // ServerReflectionRequest.list_services.
  const grpc::Slice list_services("\x3A\x01*");
  const std::string answer = BytesOf(
      Call(*OpenChannel(server->address(), {}, Role::kServer),
           "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
           grpc::ByteBuffer(&list_services, 1)));
  EXPECT_THAT(answer, HasSubstr("lineup.v1.test.TestService"));
  EXPECT_THAT(answer, HasSubstr("grpc.health.v1.Health"));
}

}  // namespace
}  // namespace lineup

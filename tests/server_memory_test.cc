// What callers send may not take more of a server's memory than it is given,
// however many they are, and a refused call's message is not even read. Seen
// from outside: the server is a process of its own.

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/mutex.h"
#include "common/rpc/channel.h"
#include "common/rpc/message_codec.h"
#include "common/rpc/raw_call.h"
#include "common/rpc/rpc_server.h"
#include "common/rpc/send_buffer.h"
#include "common/rpc/test_certificates.h"
#include "common/rpc/test_service.h"
#include "glog/logging.h"
#include "grpcpp/create_channel.h"
#include "gtest/gtest.h"
#include "tests/program.h"
#include "tests/sanitizers.h"

namespace lineup {
namespace {

using v1::test::TestMessage;

constexpr size_t kMemory = 100 << 20;
constexpr size_t kMessage = 30 << 20;
// A sanitizer keeps notes on memory, and what was freed for a while.
constexpr size_t kOfSanitizer = kSanitized ? 2 : 1;
constexpr int kCallers = 20;

// A server that never answers, in a process of its own. It must be started
// before this process has used gRPC, which does not survive a fork.
class ForkedServer {
 public:
  explicit ForkedServer(const std::string& certificates) {
    int port_pipe[2];
    PCHECK(pipe(port_pipe) == 0);
    process_ = fork();
    PCHECK(process_ >= 0);
    if (process_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      Serve(certificates, port_pipe[1]);
    }
    uint16_t port = 0;
    PCHECK(read(port_pipe[0], &port, sizeof(port)) == sizeof(port));
    address_ = absl::StrCat("127.0.0.1:", port);
    close(port_pipe[0]);
    close(port_pipe[1]);
  }
  ~ForkedServer() {
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
  }

  Address address() const { return Address::Parse(address_).value(); }
  uint64_t PeakMemory() const { return PeakMemoryBytes(process_); }

 private:
  [[noreturn]] static void Serve(const std::string& certificates, int out) {
    TestService service;
    RpcServerOptions options;
    options.message_memory_bytes = kMemory;
    if (!certificates.empty()) {
      options.security = SecurityOf(certificates, Role::kServer);
    }
    const auto server =
        RpcServer::Start(*Address::ParseListening("127.0.0.1:0"), options,
                         {&service})
            .value();
    const uint16_t port = server->address().port();
    PCHECK(write(out, &port, sizeof(port)) == sizeof(port));
    for (;;) pause();
  }

  pid_t process_;
  std::string address_;
};

grpc::Slice Payload() {
  SendBuffer buffer(kMessage);
  std::fill_n(buffer.data(), kMessage, 'x');
  return ToSlice(std::move(buffer));
}

// Sends one message of so many payloads over a channel without limits.
absl::Status SendHuge(const Address& address, size_t payloads) {
  grpc::ChannelArguments unlimited;
  unlimited.SetInt(GRPC_ARG_MAX_SEND_MESSAGE_LENGTH, -1);
  const auto channel = grpc::CreateCustomChannel(
      address.ToTarget(), grpc::InsecureChannelCredentials(), unlimited);
  const std::vector<grpc::Slice> slices(payloads, Payload());
  std::promise<absl::Status> result;
  const auto call = RawCall::Start(
      channel, "/lineup.v1.test.TestService/Wait",
      grpc::ByteBuffer(slices.data(), slices.size()), absl::Seconds(60),
      [&](const absl::StatusOr<grpc::ByteBuffer>& answer) {
        result.set_value(answer.status());
      });
  return result.get_future().get();
}

// Sends a large message over each of many connections, and waits until all but
// `left` calls have ended.
std::vector<absl::Status> SendMuch(const Address& address,
                                   const Security& security, size_t left) {
  const grpc::Slice slice = Payload();
  Mutex mutex;
  CondVar changed;
  std::vector<absl::Status> ended;
  size_t unfinished = kCallers;
  std::vector<std::shared_ptr<grpc::Channel>> channels;
  std::vector<std::shared_ptr<RawCall>> calls;
  for (int i = 0; i < kCallers; ++i) {
    channels.push_back(OpenChannel(address, security, Role::kServer).value());
    calls.push_back(RawCall::Start(
        channels.back(), "/lineup.v1.test.TestService/Wait",
        EncodeMessage(TestMessage(), {{TestMessage::kFirstFieldNumber, slice}}),
        absl::Seconds(60), [&](const absl::StatusOr<grpc::ByteBuffer>& answer) {
          MutexLock lock(&mutex);
          ended.push_back(answer.status());
          --unfinished;
          changed.SignalAll();
        }));
  }
  std::vector<absl::Status> result;
  {
    MutexLock lock(&mutex);
    while (unfinished > left) changed.Wait(&mutex);
    result = ended;
  }
  for (const std::shared_ptr<RawCall>& call : calls) call->Cancel();
  MutexLock lock(&mutex);
  while (unfinished > 0) changed.Wait(&mutex);
  return result;
}

TEST(ServerMemoryTest, IsBounded) {
  const std::string certificates =
      MakeCertificates(testing::TempDir() + "/certificates");
  const ForkedServer plain("");
  const ForkedServer secured(certificates);

  // 600 MiB for 100: as many as fit wait, the others are ended.
  const uint64_t plain_before = plain.PeakMemory();
  const auto ended = SendMuch(plain.address(), Security(), kMemory / kMessage);
  for (const absl::Status& status : ended) {
    EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  }
  // A single message of 1.8 GiB fares no better.
  const absl::Status huge = SendHuge(plain.address(), 60);
  EXPECT_TRUE(absl::IsResourceExhausted(huge)) << huge;
  // gRPC looks at its limit after the fact, and is over it for a moment.
  EXPECT_LT(plain.PeakMemory() - plain_before, kOfSanitizer * 4 * kMemory);

  // Not allowed to the caller's role: the messages are not read.
  const uint64_t secured_before = secured.PeakMemory();
  for (const absl::Status& status : SendMuch(
           secured.address(), SecurityOf(certificates, Role::kWorker), 0)) {
    EXPECT_TRUE(absl::IsPermissionDenied(status)) << status;
  }
  EXPECT_LT(secured.PeakMemory() - secured_before, kOfSanitizer * kMessage);
}

}  // namespace
}  // namespace lineup

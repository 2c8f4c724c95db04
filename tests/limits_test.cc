// What a real coordinator makes of requests that are huge, malformed or too
// many: they are refused, its memory stays small, and it serves on. (A
// parameter server listens in the same way; what its calls may ask for is
// tested beside the code.)

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "common/base/mutex.h"
#include "common/base/random.h"
#include "common/rpc/access_table.h"
#include "common/rpc/channel.h"
#include "common/rpc/errors.h"
#include "common/rpc/jobs_client.h"
#include "common/rpc/protocol.h"
#include "common/rpc/raw_call.h"
#include "common/rpc/transport.h"
#include "glog/logging.h"
#include "grpcpp/create_channel.h"
#include "gtest/gtest.h"
#include "tests/program.h"
#include "tests/sanitizers.h"

namespace lineup {
namespace {

constexpr uint64_t kMiB = 1 << 20;

class LimitsTest : public testing::Test {
 protected:
  LimitsTest()
      : coordinator_({"coordinator", "--listen=127.0.0.1:0"},
                     testing::TempDir() + "/coordinator.log"),
        address_(Address::Parse(
                     coordinator_.WaitForWord("coordinator listens on ", "\n"))
                     .value()),
        jobs_(JobsClient::Create(address_, {}).value()) {
    CHECK(jobs_.ListJobs().ok());
    before_ = PeakMemoryBytes(coordinator_.process());
  }

  // It is there, and its memory has not grown by more than this at any time.
  void ExpectWell(uint64_t bytes) {
    if (kSanitized) bytes *= 8;
    EXPECT_TRUE(jobs_.ListJobs().ok()) << coordinator_.Output();
    EXPECT_LT(PeakMemoryBytes(coordinator_.process()) - before_, bytes);
  }

  // Without this side's own limits.
  std::shared_ptr<grpc::Channel> UnlimitedChannel() {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_MAX_SEND_MESSAGE_LENGTH, -1);
    return grpc::CreateCustomChannel(
        address_.ToTarget(), grpc::InsecureChannelCredentials(), arguments);
  }

  BackgroundProgram coordinator_;
  const Address address_;
  JobsClient jobs_;
  uint64_t before_ = 0;
};

// Calls under way at the same time, and how they have ended.
class Calls {
 public:
  ~Calls() {
    for (const auto& call : calls_) call->Cancel();
    WaitFor(calls_.size());
  }
  void Start(const std::shared_ptr<grpc::Channel>& channel,
             absl::string_view method, const std::string& message,
             absl::Duration timeout = absl::Seconds(60)) {
    const grpc::Slice slice(message);
    calls_.push_back(RawCall::Start(
        channel, std::string(method), grpc::ByteBuffer(&slice, 1), timeout,
        [this](const absl::StatusOr<grpc::ByteBuffer>& answer) {
          MutexLock lock(&mutex_);
          ended_.push_back(answer.status());
          changed_.SignalAll();
        }));
  }
  // Waits until so many have ended.
  std::vector<absl::Status> WaitFor(size_t count) {
    MutexLock lock(&mutex_);
    while (ended_.size() < count) changed_.Wait(&mutex_);
    return ended_;
  }

 private:
  std::vector<std::shared_ptr<RawCall>> calls_;
  Mutex mutex_;
  CondVar changed_;
  std::vector<absl::Status> ended_ ABSL_GUARDED_BY(mutex_);
};

TEST_F(LimitsTest, HugeMessages) {
  const std::string huge(kMaxMessageBytes + 1, 'x');
  const auto channel = UnlimitedChannel();
  Calls calls;
  for (size_t i = 1; i <= 5; ++i) {  // one after the other
    calls.Start(channel, "/lineup.v1.Jobs/SubmitJob", huge);
    const absl::Status status = calls.WaitFor(i).back();
    EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
    EXPECT_EQ(status.message(),
              "Received message larger than max (67108865 vs. 67108864)");
  }
  // gRPC looks at the length when the message is there.
  ExpectWell(2 * huge.size());
}

TEST_F(LimitsTest, MalformedMessagesToEveryMethod) {
  SplitMix64 random(1);
  const auto channel = UnlimitedChannel();
  Calls calls;
  size_t count = 0;
  for (const MethodAccess& access : AccessTable()) {
    for (int i = 0; i < 20; ++i, ++count) {
      std::string message(random.Below(300), '\0');
      for (char& byte : message) byte = static_cast<char>(random.Below(256));
      calls.Start(channel, access.method, message, absl::Seconds(2));
    }
  }
  calls.WaitFor(count);
  ExpectWell(64 * kMiB);
}

// A connection that does not speak as gRPC does.
class RawConnection {
 public:
  explicit RawConnection(uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in peer = {};
    peer.sin_family = AF_INET;
    peer.sin_port = htons(port);
    peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    PCHECK(connect(fd_, reinterpret_cast<sockaddr*>(&peer), sizeof(peer)) == 0);
    const timeval patience = {30, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  }
  ~RawConnection() { close(fd_); }

  void Send(absl::string_view bytes) {
    // The other end may have had enough.
    while (!bytes.empty()) {
      const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(sent);
    }
  }
  // Reads until `text` has come or the connection is closed.
  bool Receives(const std::string& text) {
    char buffer[4096];
    while (received_.find(text) == std::string::npos) {
      const ssize_t size = recv(fd_, buffer, sizeof(buffer), 0);
      if (size <= 0) return false;
      received_.append(buffer, size);
    }
    return true;
  }

 private:
  const int fd_;
  std::string received_;
};

// RFC 9113: a frame of a type with flags on a stream.
std::string Frame(uint8_t type, uint8_t flags, uint8_t stream,
                  const std::string& payload) {
  const auto size = static_cast<uint32_t>(payload.size());
  return std::string{static_cast<char>(size >> 16),
                     static_cast<char>(size >> 8),
                     static_cast<char>(size),
                     static_cast<char>(type),
                     static_cast<char>(flags),
                     0,
                     0,
                     0,
                     static_cast<char>(stream)} +
         payload;
}

// RFC 7541, 6.2.2: a header that is not put into any table.
std::string Header(const std::string& name, const std::string& value) {
  return std::string(1, '\0') + static_cast<char>(name.size()) + name +
         static_cast<char>(value.size()) + value;
}

TEST_F(LimitsTest, MessagesThatClaimToBeHuge) {
  const std::string kPing = "12345678";  // answered when all before is read
  const std::string opening =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + Frame(4, 0, 0, "");
  const std::string headers =
      Header(":method", "POST") + Header(":scheme", "http") +
      Header(":path", "/lineup.v1.Jobs/SubmitJob") +
      Header(":authority", "localhost") + Header("te", "trailers") +
      Header("content-type", "application/grpc");
  std::vector<std::unique_ptr<RawConnection>> connections;
  for (int i = 0; i < 20; ++i) {
    connections.push_back(std::make_unique<RawConnection>(address_.port()));
    // Four gibibytes, so the message's own length says.
    connections.back()->Send(
        opening + Frame(1, 4, 1, headers) +
        Frame(0, 0, 1, std::string("\0\xFF\xFF\xFF\xFF", 5)) +
        Frame(6, 0, 0, kPing));
  }
  for (const auto& connection : connections) {
    EXPECT_TRUE(connection->Receives(kPing));
  }
  // They wait for the rest, for which no memory has been taken.
  ExpectWell(16 * kMiB);
}

TEST_F(LimitsTest, ConnectionsThatAreNot) {
  SplitMix64 random(1);
  for (int i = 0; i < 50; ++i) {
    RawConnection connection(address_.port());
    std::string bytes(100000, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random.Below(256));
    connection.Send(bytes);
    EXPECT_FALSE(connection.Receives("no answer is like this"));
  }
  ExpectWell(32 * kMiB);
}

TEST_F(LimitsTest, TooManyWatches) {
  const auto channel = UnlimitedChannel();
  Calls calls;
  for (int i = 0; i < 500; ++i) {
    calls.Start(channel, "/lineup.v1.Jobs/WatchEvents", "");
  }
  for (const absl::Status& status : calls.WaitFor(400)) {
    EXPECT_EQ(status, LimitExceededError("events are watched by 100 callers "
                                         "already; end one of those calls",
                                         100));
  }
  ExpectWell(64 * kMiB);
}

TEST_F(LimitsTest, TooManyReports) {
  v1::NodeReport report;
  report.set_node_id("one");
  report.set_role(v1::NODE_ROLE_WORKER);
  report.set_protocol_version(kProtocolVersion);
  // Not older than any orders: the answer waits, but only the newest one's.
  report.set_orders_version(1000);
  report.set_wait_ms(1000000);
  const auto channel = UnlimitedChannel();
  Calls calls;
  for (int i = 0; i < 500; ++i) {
    calls.Start(channel, "/lineup.v1.Nodes/Report", report.SerializeAsString());
  }
  for (const absl::Status& status : calls.WaitFor(499)) {
    EXPECT_EQ(status, absl::OkStatus());
  }
  ExpectWell(64 * kMiB);
}

TEST_F(LimitsTest, JobsThatAskForTooMuch) {
  v1::SubmitJobRequest request;
  v1::JobSpec& spec = *request.mutable_spec();
  spec.add_train("examples/digits/train.csv");
  spec.set_output(testing::TempDir() + "/model");
  spec.set_hyperparameters_json(
      R"({"predictor_type": "multiclass_classifier", "num_classes": 10})");
  spec.set_num_lanes(4000000000);
  const std::string job = jobs_.SubmitJob(request).value().job();
  const absl::Time give_up_at = absl::Now() + absl::Seconds(30);
  v1::JobStatus status;
  do {
    ASSERT_LT(absl::Now(), give_up_at);
    status = jobs_.GetJob(job).value();
  } while (status.state() != v1::JOB_STATE_FAILED);
  EXPECT_EQ(status.error(), "--lanes: found 4000000000, expected at most 1024");
  ExpectWell(64 * kMiB);
}

}  // namespace
}  // namespace lineup

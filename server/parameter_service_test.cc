// The service as any client sees it: through the generated classes, which know
// nothing of raw messages.

#include "server/parameter_service.h"

#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "common/rpc/channel.h"
#include "common/rpc/errors.h"
#include "common/rpc/protocol.h"
#include "common/rpc/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/server_process.h"

namespace lineup {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;
using v1::ParameterServer;

constexpr uint32_t kRows = 40;

template <typename T>
std::string Bytes(const std::vector<T>& values) {
  return std::string(reinterpret_cast<const char*>(values.data()),
                     values.size() * sizeof(T));
}

std::vector<float> Floats(const std::string& bytes) {
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

ServedJobOptions Job(const std::string& name) {
  std::vector<Candidate> candidates(3);
  for (int i = 0; i < 3; ++i) {
    candidates[i].index = i;
    candidates[i].optimizer = OptimizerType::kSgd;
    candidates[i].learning_rate = candidates[i].schedule.learning_rate = 1;
    candidates[i].margin = i;  // or they would share columns
  }
  ServedJobOptions options;
  options.job = name;
  options.columns = LineupColumns(std::move(candidates), 1);
  options.shard.num_lanes = 2;
  options.shard.staleness = 8;
  options.routing_epoch = 5;
  options.max_rows = kRows;
  return options;
}

class ParameterServiceTest : public testing::Test {
 protected:
  void SetUp() override {
    auto server =
        ServerProcess::Start({*Address::ParseListening("127.0.0.1:0")});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    channel_ = *OpenChannel(server_->address(), {}, Role::kServer);
    stub_ = ParameterServer::NewStub(channel_);
  }
  void OpenAndBegin() {
    ASSERT_EQ(server_->jobs().OpenJob(Job("j")), absl::OkStatus());
    ASSERT_EQ(server_->jobs().job()->BeginEpoch(0, 0), absl::OkStatus());
  }

  template <typename Request, typename Response>
  absl::Status Call(grpc::Status (ParameterServer::Stub::*method)(
                        grpc::ClientContext*, const Request&, Response*),
                    const Request& request, Response* response) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(30)));
    return FromGrpcStatus((stub_.get()->*method)(&context, request, response));
  }

  v1::PullRequest PullOf(uint64_t clock, const std::vector<uint32_t>& rows) {
    v1::PullRequest request;
    request.set_job("j");
    request.set_clock(clock);
    request.set_routing_epoch(5);
    request.set_rows(Bytes(rows));
    return request;
  }
  v1::PushRequest PushOf(uint64_t clock, const std::vector<uint32_t>& rows,
                         float gradient) {
    v1::PushRequest request;
    request.set_job("j");
    request.set_clock(clock);
    request.set_routing_epoch(5);
    request.set_rows(Bytes(rows));
    request.set_examples(1);
    for (int i = 0; i < 3; ++i) request.add_loss_sums(1);
    request.set_gradients(Bytes(std::vector<float>(rows.size() * 3, gradient)));
    return request;
  }

  std::unique_ptr<ServerProcess> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<ParameterServer::Stub> stub_;
};

TEST_F(ParameterServiceTest, TrainsAClientOfTheGeneratedClasses) {
  OpenAndBegin();
  v1::PullResponse before;
  ASSERT_EQ(Call(&ParameterServer::Stub::Pull, PullOf(1, {1, 17, 2}), &before),
            absl::OkStatus());
  ASSERT_THAT(Floats(before.weights()), SizeIs(9));

  v1::PushRequest push = PushOf(1, {1, 17, 2}, 0.5f);
  push.set_pull_next(true);
  push.set_next_rows(Bytes(std::vector<uint32_t>{17, 3}));
  v1::PushResponse after;
  ASSERT_EQ(Call(&ParameterServer::Stub::Push, push, &after), absl::OkStatus());
  EXPECT_FALSE(after.duplicate());
  ASSERT_THAT(Floats(after.weights()), SizeIs(6));
  EXPECT_FLOAT_EQ(Floats(after.weights())[0],
                  Floats(before.weights())[3] - 0.5f);
  v1::PushResponse again;
  ASSERT_EQ(Call(&ParameterServer::Stub::Push, push, &again), absl::OkStatus());
  EXPECT_TRUE(again.duplicate());
  EXPECT_EQ(again.weights(), after.weights());

  v1::PeekRequest peek;
  peek.set_job("j");
  peek.set_routing_epoch(5);
  peek.set_all_rows(kRows);
  v1::PullResponse all;
  ASSERT_EQ(Call(&ParameterServer::Stub::Peek, peek, &all), absl::OkStatus());
  EXPECT_THAT(Floats(all.weights()), SizeIs(kRows * 3));
  EXPECT_EQ(Floats(all.weights())[17 * 3], Floats(after.weights())[0]);
  peek.set_num_parts(2);
  peek.set_part(1);
  v1::PullResponse part;
  ASSERT_EQ(Call(&ParameterServer::Stub::Peek, peek, &part), absl::OkStatus());
  EXPECT_EQ(part.weights(), all.weights().substr(all.weights().size() / 2));

  for (const uint32_t lane : {0, 1}) {
    v1::FinishLaneRequest finish;
    finish.set_job("j");
    finish.set_lane(lane);
    finish.set_clock(lane == 0 ? 2 : 1);
    finish.set_routing_epoch(5);
    v1::FinishLaneResponse finished;
    ASSERT_EQ(Call(&ParameterServer::Stub::FinishLane, finish, &finished),
              absl::OkStatus());
  }
  v1::ParameterServerStatus status;
  ASSERT_EQ(Call(&ParameterServer::Stub::GetStatus, {}, &status),
            absl::OkStatus());
  EXPECT_EQ(status.protocol_version(), kProtocolVersion);
  EXPECT_EQ(status.job().job(), "j");
  EXPECT_EQ(status.job().num_columns(), 3u);
  EXPECT_EQ(status.job().pushes_applied(), 1u);
  EXPECT_EQ(status.job().duplicates_refused(), 1u);
  EXPECT_TRUE(status.job().epoch_done());
}

TEST_F(ParameterServiceTest, TrainsOverAStream) {
  OpenAndBegin();
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(30)));
  const auto stream = stub_->Stream(&context);
  uint64_t id = 100;
  const auto call = [&](const std::string& method, const std::string& message) {
    v1::StreamedCalls requests;
    v1::StreamedCall* const request = requests.add_calls();
    request->set_id(++id);
    request->set_method("/lineup.v1.ParameterServer/" + method);
    request->set_message(message);
    EXPECT_TRUE(stream->Write(requests));
    v1::StreamedAnswers answers;
    EXPECT_TRUE(stream->Read(&answers));
    EXPECT_EQ(answers.answers_size(), 1);
    EXPECT_EQ(answers.answers(0).id(), id);
    return answers.answers(0);
  };
  v1::PullResponse before;
  ASSERT_TRUE(before.ParseFromString(
      call("Pull", PullOf(1, {1, 17}).SerializeAsString()).message()));
  ASSERT_THAT(Floats(before.weights()), SizeIs(6));
  v1::PushRequest push = PushOf(1, {1, 17}, 0.5f);
  push.set_pull_next(true);
  push.set_next_rows(Bytes(std::vector<uint32_t>{17}));
  v1::PushResponse after;
  ASSERT_TRUE(
      after.ParseFromString(call("Push", push.SerializeAsString()).message()));
  ASSERT_THAT(Floats(after.weights()), SizeIs(3));
  EXPECT_FLOAT_EQ(Floats(after.weights())[0],
                  Floats(before.weights())[3] - 0.5f);

  const absl::Status wrong_clock =
      FromRpcStatus(call("Pull", PullOf(7, {1}).SerializeAsString()).error());
  EXPECT_EQ(DetailOf(wrong_clock).expected_clock(), 2u);
  EXPECT_EQ(ReasonOf(FromRpcStatus(call("Push", "\xff").error())),
            v1::ERROR_REASON_MALFORMED);
  EXPECT_TRUE(absl::IsUnimplemented(FromRpcStatus(call("Peek", "").error())));

  v1::FinishLaneRequest finish;
  finish.set_job("j");
  finish.set_clock(2);
  finish.set_routing_epoch(5);
  EXPECT_FALSE(call("FinishLane", finish.SerializeAsString()).has_error());
  EXPECT_TRUE(server_->jobs().job()->Status().lanes(0).finished());

  EXPECT_TRUE(stream->WritesDone());
  v1::StreamedAnswers none;
  EXPECT_FALSE(stream->Read(&none));
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(ParameterServiceTest, WeightsCanBeSet) {
  ASSERT_EQ(server_->jobs().OpenJob(Job("j")), absl::OkStatus());
  v1::SetWeightsRequest request;
  request.set_job("j");
  request.set_routing_epoch(5);
  request.set_rows(Bytes(std::vector<uint32_t>{2}));
  request.set_weights(Bytes(std::vector<float>{1, 2, 3}));
  v1::SetWeightsResponse response;
  ASSERT_EQ(Call(&ParameterServer::Stub::SetWeights, request, &response),
            absl::OkStatus());
  v1::PeekRequest peek;
  peek.set_job("j");
  peek.set_routing_epoch(5);
  peek.set_rows(request.rows());
  v1::PullResponse weights;
  ASSERT_EQ(Call(&ParameterServer::Stub::Peek, peek, &weights),
            absl::OkStatus());
  EXPECT_THAT(Floats(weights.weights()), ElementsAre(1, 2, 3));
  for (const uint32_t candidate : {0, 2}) {
    peek.set_candidate(candidate);
    ASSERT_EQ(Call(&ParameterServer::Stub::Peek, peek, &weights),
              absl::OkStatus());
    EXPECT_THAT(Floats(weights.weights()), ElementsAre(1 + candidate));
  }
}

TEST_F(ParameterServiceTest, RefusalsHaveReasons) {
  v1::PullResponse weights;
  absl::Status status =
      Call(&ParameterServer::Stub::Pull, PullOf(1, {1}), &weights);
  EXPECT_EQ(status, UnknownJobError("j"));
  OpenAndBegin();
  v1::PullRequest pull = PullOf(1, {1});
  pull.set_job("other");
  EXPECT_EQ(Call(&ParameterServer::Stub::Pull, pull, &weights),
            UnknownJobError("other"));
  pull = PullOf(1, {1});
  pull.set_routing_epoch(6);
  status = Call(&ParameterServer::Stub::Pull, pull, &weights);
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_STALE_ROUTING);
  EXPECT_EQ(DetailOf(status).routing_epoch(), 5u);
  status = Call(&ParameterServer::Stub::Pull, PullOf(3, {1}), &weights);
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_WRONG_CLOCK);
  EXPECT_EQ(DetailOf(status).expected_clock(), 1u);
  pull = PullOf(1, {1});
  pull.set_format(static_cast<v1::FloatFormat>(7));
  status = Call(&ParameterServer::Stub::Pull, pull, &weights);
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_MALFORMED);
  EXPECT_EQ(status.message(), "unknown float format 7");
  v1::PeekRequest peek;
  peek.set_job("j");
  peek.set_routing_epoch(5);
  peek.set_candidate(3);
  status = Call(&ParameterServer::Stub::Peek, peek, &weights);
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_MALFORMED);
  EXPECT_EQ(status.message(), "candidate 3 does not exist: there are 3");
  v1::PushRequest push = PushOf(1, {1}, 1);
  push.set_gradients("123");
  v1::PushResponse response;
  EXPECT_EQ(ReasonOf(Call(&ParameterServer::Stub::Push, push, &response)),
            v1::ERROR_REASON_MALFORMED);
}

TEST_F(ParameterServiceTest, OneJobAtATime) {
  ASSERT_EQ(server_->jobs().OpenJob(Job("a")), absl::OkStatus());
  const absl::Status status = server_->jobs().OpenJob(Job("b"));
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_JOB_CONFLICT);
  EXPECT_EQ(status.message(), "cannot open job \"b\": job \"a\" is open here");
  server_->jobs().CloseJob("b");
  EXPECT_NE(server_->jobs().job(), nullptr);
  server_->jobs().CloseJob("a");
  EXPECT_EQ(server_->jobs().job(), nullptr);
  EXPECT_EQ(server_->jobs().OpenJob(Job("b")), absl::OkStatus());
}

TEST_F(ParameterServiceTest, AClosedJobEndsItsCalls) {
  ServedJobOptions options = Job("j");
  options.shard.staleness = 0;
  ASSERT_EQ(server_->jobs().OpenJob(std::move(options)), absl::OkStatus());
  ASSERT_EQ(server_->jobs().job()->BeginEpoch(0, 0), absl::OkStatus());
  v1::PullResponse weights;
  ASSERT_EQ(Call(&ParameterServer::Stub::Pull, PullOf(1, {1}), &weights),
            absl::OkStatus());
  v1::PushResponse pushed;
  ASSERT_EQ(Call(&ParameterServer::Stub::Push, PushOf(1, {1}, 1), &pushed),
            absl::OkStatus());
  // Waits for lane 1, until the job is closed.
  std::thread closer([this] {
    while (server_->jobs().job()->Status().lanes(0).waits_for().empty()) {
      std::this_thread::yield();
    }
    server_->jobs().CloseJob("j");
  });
  EXPECT_EQ(Call(&ParameterServer::Stub::Pull, PullOf(2, {1}), &weights),
            UnknownJobError("j"));
  closer.join();
}

}  // namespace
}  // namespace lineup

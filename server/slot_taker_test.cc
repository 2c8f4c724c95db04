// Calls for slots, answered, failed and cancelled by hand: by one thread.

#include "server/slot_taker.h"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/base/clock.h"
#include "common/base/thread_pool.h"
#include "common/rpc/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/parameter_service_codec.h"
#include "server/served_job.h"

namespace lineup {
namespace {

using ::testing::StartsWith;

constexpr uint64_t kSeed = 3;

// The way to a source. What is called and not yet answered stands in `calls`.
class Source final : public CallTransport {
 public:
  struct Pending final : PendingCall {
    void Cancel() override { cancelled = true; }

    grpc::ByteBuffer request;
    Done done;
    bool cancelled = false;
  };

  std::shared_ptr<PendingCall> Call(const std::string& method,
                                    grpc::ByteBuffer request, absl::Duration,
                                    Done done) override {
    EXPECT_EQ(method, "/lineup.v1.ParameterServer/ReadSlots");
    auto call = std::make_shared<Pending>();
    call->request = std::move(request);
    call->done = std::move(done);
    calls.push_back(call);
    return call;
  }
  std::shared_ptr<PendingCall> Pause(absl::Duration,
                                     std::function<void()> done) override {
    auto pause = std::make_shared<Pending>();
    pause->done = [done = std::move(done)](const auto&) { done(); };
    pauses.push_back(pause);
    return pause;
  }

  // What ends the first call. The caller may hold on to what is pending, which
  // must not hold on to the caller.
  Done Take() {
    const std::shared_ptr<Pending> call = calls.front();
    calls.pop_front();
    return std::move(call->done);
  }
  v1::ReadSlotsRequest NextRequest() const {
    return DecodeReadSlots(calls.front()->request).value();
  }
  // Answers the first call with what the job says.
  void Answer(ServedJob* job) {
    const absl::StatusOr<SlotPiece> piece = job->ReadSlots(NextRequest());
    ASSERT_TRUE(piece.ok()) << piece.status();
    Take()(EncodeSlotPiece(*piece));
  }
  void Fail(const absl::Status& status) { Take()(status); }
  // As a transport does: whether there was anything to end.
  bool EndCancelled() {
    for (auto* pending : {&calls, &pauses}) {
      for (auto call = pending->begin(); call != pending->end(); ++call) {
        if (!(*call)->cancelled) continue;
        const Done done = std::move((*call)->done);
        pending->erase(call);
        done(absl::CancelledError("cancelled"));
        return true;
      }
    }
    return false;
  }

  std::deque<std::shared_ptr<Pending>> calls;
  std::deque<std::shared_ptr<Pending>> pauses;
};

class SlotTakerTest : public testing::Test {
 protected:
  // Candidates so many that some rows fill a piece.
  static LineupColumns Columns() {
    std::vector<Candidate> candidates(40);
    for (size_t i = 0; i < candidates.size(); ++i) {
      candidates[i].index = static_cast<int>(i);
      candidates[i].optimizer = OptimizerType::kAdam;
      candidates[i].margin = i;  // or they would share columns
    }
    return LineupColumns(std::move(candidates), 1);
  }

  // A job that has these rows.
  std::unique_ptr<ServedJob> Job(const std::vector<uint32_t>& rows) {
    ServedJobOptions options;
    options.job = "j";
    options.columns = Columns();
    options.shard.num_lanes = 1;
    options.shard.seed = kSeed;
    options.owned = OwnedRows(OwnedRows::Slots().set());
    options.routing_epoch = 1;
    auto job = std::make_unique<ServedJob>(std::move(options), &pool_);
    RowsCall call;
    call.routing_epoch = 1;
    call.rows.rows.Append(
        absl::string_view(reinterpret_cast<const char*>(rows.data()),
                          rows.size() * sizeof(uint32_t)));
    const std::vector<float> weights(rows.size() * 40, 1.5f);
    PayloadView view;
    view.Append(absl::string_view(reinterpret_cast<const char*>(weights.data()),
                                  weights.size() * sizeof(float)));
    EXPECT_EQ(job->SetWeights(call, view), absl::OkStatus());
    return job;
  }

  // A source for some slots.
  void Add(const std::string& name, const std::string& slots) {
    auto source = std::make_unique<Source>();
    sources_.push_back(source.get());
    added_.push_back({name, std::move(source), slots});
  }
  void Start() {
    SlotTaker::Options options;
    options.job = "j";
    options.routing_epoch = 1;
    options.columns = Columns();
    options.seed = kSeed;
    taker_.emplace(std::move(options), std::move(added_), &clock_,
                   [this](absl::StatusOr<TakenSlots> taken) {
                     ASSERT_FALSE(result_.has_value()) << "only once";
                     result_.emplace(std::move(taken));
                   });
    EXPECT_TRUE(taker_->ended()) << "nothing is under way";
    taker_->Start();
  }
  void EndCancelled() {
    for (Source* source : sources_) {
      while (source->EndCancelled()) continue;
    }
  }
  absl::Status Status() const { return result_->status(); }

  SimulatedClock clock_{absl::FromUnixSeconds(1000)};
  ThreadPool pool_{1};
  std::vector<SlotSource> added_;
  std::vector<Source*> sources_;
  std::optional<absl::StatusOr<TakenSlots>> result_;
  std::optional<SlotTaker> taker_;
};

TEST_F(SlotTakerTest, TakesSlotsOfAllSourcesAtTheSameTime) {
  const auto a = Job({0, 256, 2, 258});
  const auto b = Job({1, 257, 3});
  Add("a", std::string("\0\2\4", 3));
  Add("b", "\1");
  Start();
  ASSERT_EQ(sources_[0]->calls.size(), 2u);
  ASSERT_EQ(sources_[1]->calls.size(), 1u) << "of one slot in one series";
  EXPECT_EQ(sources_[0]->NextRequest().slots(), std::string("\0\4", 2));
  EXPECT_EQ(sources_[0]->NextRequest().routing_epoch(), 1u);
  sources_[1]->Answer(b.get());
  sources_[0]->Answer(a.get());
  EXPECT_FALSE(result_.has_value());
  EXPECT_FALSE(taker_->ended());
  sources_[0]->Answer(a.get());
  ASSERT_TRUE(result_.has_value());
  ASSERT_EQ(Status(), absl::OkStatus());
  EXPECT_TRUE(taker_->ended());
  EXPECT_EQ((*result_)->rows, 6u) << "0, 256, 2, 258 of a; 1, 257 of b";
  EXPECT_EQ((*result_)->store.num_rows(), 6u);
}

TEST_F(SlotTakerTest, ASlotComesInPiecesOneAfterTheOther) {
  std::vector<uint32_t> rows;
  for (uint32_t row = 0; rows.size() < 10000; row += kNumSlots) {
    rows.push_back(row);
  }
  const auto job = Job(rows);
  Add("a", std::string(1, '\0'));
  Start();
  int pieces = 0;
  uint32_t first_row = 0;
  while (!result_.has_value()) {
    ASSERT_EQ(sources_[0]->calls.size(), 1u);
    const uint32_t next = sources_[0]->NextRequest().first_row();
    EXPECT_TRUE(pieces == 0 || next > first_row);
    first_row = next;
    sources_[0]->Answer(job.get());
    ++pieces;
  }
  EXPECT_GT(pieces, 1);
  ASSERT_EQ(Status(), absl::OkStatus());
  EXPECT_EQ((*result_)->rows, rows.size());
}

TEST_F(SlotTakerTest, APassingErrorIsTriedAgain) {
  const auto job = Job({0});
  Add("a", std::string(1, '\0'));
  Start();
  sources_[0]->Fail(absl::UnavailableError("not now"));
  EXPECT_TRUE(sources_[0]->calls.empty());
  ASSERT_EQ(sources_[0]->pauses.size(), 1u);
  sources_[0]->pauses.front()->done(grpc::ByteBuffer());
  sources_[0]->Answer(job.get());
  ASSERT_TRUE(result_.has_value());
  EXPECT_EQ(Status(), absl::OkStatus());
}

TEST_F(SlotTakerTest, PatienceHasAnEnd) {
  Add("a", std::string(1, '\0'));
  Start();
  clock_.Advance(absl::Minutes(1));
  sources_[0]->Fail(absl::UnavailableError("not now"));
  ASSERT_TRUE(result_.has_value());
  EXPECT_TRUE(absl::IsUnavailable(Status()));
  EXPECT_THAT(std::string(Status().message()), StartsWith("server a: not now"));
}

TEST_F(SlotTakerTest, AnErrorEndsAllAndNamesItsSource) {
  const auto a = Job({0});
  Add("a", std::string("\0\2", 2));
  Add("b", "\1");
  Start();
  sources_[1]->Fail(StaleRoutingError(1, 2));
  EXPECT_FALSE(result_.has_value()) << "calls are under way";
  EXPECT_TRUE(sources_[0]->calls[0]->cancelled);
  EXPECT_TRUE(sources_[0]->calls[1]->cancelled);
  // One was answered just before, the other is cancelled in time.
  sources_[0]->Answer(a.get());
  EndCancelled();
  ASSERT_TRUE(result_.has_value());
  EXPECT_EQ(ReasonOf(Status()), v1::ERROR_REASON_STALE_ROUTING);
  EXPECT_THAT(std::string(Status().message()), StartsWith("server b: "));
}

TEST_F(SlotTakerTest, CanBeCancelledInACallAndInAPause) {
  Add("a", std::string("\0\2", 2));
  Start();
  sources_[0]->Fail(absl::UnavailableError("not now"));
  ASSERT_EQ(sources_[0]->pauses.size(), 1u);
  taker_->Cancel();
  EXPECT_FALSE(taker_->ended());
  EndCancelled();
  EXPECT_TRUE(taker_->ended());
  ASSERT_TRUE(result_.has_value());
  EXPECT_EQ(Status(), absl::CancelledError("the move was given up"));
}

}  // namespace
}  // namespace lineup

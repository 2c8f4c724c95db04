#include "server/served_job.h"

#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/linear/candidate_groups_testing.h"
#include "common/rpc/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr uint32_t kRows = 40;
constexpr size_t kCandidates = 3;

LineupColumns Columns() {
  std::vector<Candidate> candidates(kCandidates);
  for (size_t i = 0; i < kCandidates; ++i) {
    candidates[i].index = static_cast<int>(i);
    candidates[i].optimizer = OptimizerType::kSgd;
    candidates[i].learning_rate = 1;
    candidates[i].schedule.learning_rate = 1;
    candidates[i].bias_lr_mult = 1;
    candidates[i].margin = i;  // or they would share columns
  }
  return LineupColumns(std::move(candidates), 1);
}

ServedJobOptions Options(uint32_t lanes, Staleness staleness) {
  ServedJobOptions options;
  options.job = "j";
  options.columns = Columns();
  options.shard.num_lanes = lanes;
  options.shard.staleness = staleness;
  options.routing_epoch = 5;
  options.max_rows = kRows;
  return options;
}

// The answer to one call.
struct Answer {
  bool done = false;
  absl::Status status;
  bool duplicate = false;
  std::vector<float> weights;
  uint32_t groups = 0;
};

// A list of numbers as a payload; it keeps the memory.
template <typename T>
PayloadView Encoded(std::shared_ptr<std::vector<T>> values) {
  PayloadView view;
  view.Append(absl::string_view(reinterpret_cast<const char*>(values->data()),
                                values->size() * sizeof(T)));
  return view;
}

class ServedJobTest : public testing::Test {
 protected:
  void Open(ServedJobOptions options) {
    options.news = [this] { ++epochs_done_; };
    job_ = std::make_unique<ServedJob>(std::move(options), &pool_);
  }
  void OpenAndBegin(uint32_t lanes, Staleness staleness) {
    Open(Options(lanes, staleness));
    ASSERT_EQ(job_->BeginEpoch(0, 0), absl::OkStatus());
  }

  RowsField Rows(std::vector<uint32_t> rows) {
    auto values = std::make_shared<std::vector<uint32_t>>(std::move(rows));
    memory_.push_back(values);
    RowsField field;
    field.rows = Encoded(values);
    return field;
  }
  RowsField AllRows() {
    RowsField field;
    field.all_rows = kRows;
    return field;
  }

  LaneCall Call(uint32_t lane, uint64_t clock) {
    LaneCall call;
    call.at = {lane, clock};
    call.routing_epoch = 5;
    return call;
  }
  LaneCall PullCall(uint32_t lane, uint64_t clock, RowsField rows) {
    LaneCall call = Call(lane, clock);
    call.pull = std::move(rows);
    return call;
  }
  // Every number of every row is `gradient`.
  LaneCall PushCall(uint32_t lane, uint64_t clock, RowsField rows,
                    size_t num_rows, float gradient) {
    LaneCall call = Call(lane, clock);
    auto values =
        std::make_shared<std::vector<float>>(num_rows * kCandidates, gradient);
    memory_.push_back(values);
    call.gradient.emplace();
    call.gradient->rows = std::move(rows);
    call.gradient->examples = 1;
    call.gradient->loss_sums = {1, 2, 3};
    call.gradient->values = Encoded(values);
    return call;
  }

  std::shared_ptr<Answer> Run(LaneCall call) {
    auto answer = std::make_shared<Answer>();
    call.done = [answer](absl::StatusOr<LaneAnswer> result) {
      EXPECT_FALSE(answer->done);
      answer->done = true;
      answer->status = result.status();
      if (!result.ok()) return;
      answer->duplicate = result->duplicate;
      answer->weights = FloatsOf(result->weights);
      answer->groups = result->weights.groups;
    };
    job_->Run(std::move(call));
    return answer;
  }

  std::vector<float> Peek(RowsField rows, uint32_t part = 0,
                          uint32_t num_parts = 1) {
    RowsCall call;
    call.routing_epoch = 5;
    call.rows = std::move(rows);
    call.part = part;
    call.num_parts = num_parts;
    const auto result = job_->Peek(call);
    EXPECT_TRUE(result.ok()) << result.status();
    return FloatsOf(*result);
  }
  // The last one is filled up with zeros.
  static std::vector<float> FloatsOf(const EncodedWeights& weights) {
    const size_t size = weights.bytes.size();
    std::vector<float> floats(size / sizeof(float) +
                              (size % sizeof(float) != 0));
    std::copy(weights.bytes.begin(), weights.bytes.end(),
              reinterpret_cast<char*>(floats.data()));
    return floats;
  }

  ThreadPool pool_{1};
  std::unique_ptr<ServedJob> job_;
  int epochs_done_ = 0;
  std::vector<std::shared_ptr<void>> memory_;
};

TEST_F(ServedJobTest, PullsAndPushes) {
  OpenAndBegin(1, kUnboundedStaleness);
  const auto before = Run(PullCall(0, 1, Rows({1, 17, 2})));
  ASSERT_TRUE(before->done);
  ASSERT_THAT(before->weights, SizeIs(9));
  const auto push = Run(PushCall(0, 1, Rows({1, 17, 2}), 3, 0.5f));
  ASSERT_EQ(push->status, absl::OkStatus());
  EXPECT_FALSE(push->duplicate);
  EXPECT_THAT(push->weights, IsEmpty());
  const auto after = Run(PullCall(0, 2, Rows({1, 17, 2})));
  for (size_t i = 0; i < 9; ++i) {
    EXPECT_FLOAT_EQ(after->weights[i], before->weights[i] - 0.5f);
  }
  EXPECT_TRUE(Run(PushCall(0, 1, Rows({1}), 1, 9))->duplicate);
  EXPECT_EQ(Peek(Rows({1, 17, 2})), after->weights);
}

// Candidates 0 and 2 are the same until the third update.
class ServedGroupsTest : public ServedJobTest {
 protected:
  ServedGroupsTest() {
    ServedJobOptions options = Options(1, kUnboundedStaleness);
    std::vector<Candidate> candidates = options.columns.candidates();
    for (Candidate& c : candidates) {
      c.schedule.type = ScheduleType::kStep;
      c.schedule.factor = 0.5;
      c.margin = c.index % 2;
    }
    candidates[2].schedule.minimum = 0.3;
    options.columns = LineupColumns(std::move(candidates), 1);
    Open(std::move(options));
    EXPECT_EQ(job_->BeginEpoch(0, 0), absl::OkStatus());
  }

  LaneCall PullOfGroups(uint64_t clock) {
    LaneCall call = PullCall(0, clock, Rows({1, 17, 2}));
    call.takes_groups = true;
    return call;
  }
  LaneCall PushOf(uint64_t clock, std::vector<float> gradient,
                  uint32_t groups) {
    LaneCall call = PushCall(0, clock, Rows({1, 17, 2}), 3, 0);
    auto values = std::make_shared<std::vector<float>>(std::move(gradient));
    memory_.push_back(values);
    call.gradient->values = Encoded(values);
    call.gradient->groups = groups;
    return call;
  }
};

TEST_F(ServedGroupsTest, TravelAsOneUntilTheyDiffer) {
  std::vector<float> before = Peek(Rows({1, 17, 2}));
  for (uint64_t clock = 1; clock <= 4; ++clock) {
    const auto all = Run(PullCall(0, clock, Rows({1, 17, 2})));
    const auto groups = Run(PullOfGroups(clock));
    ASSERT_THAT(all->weights, SizeIs(9));
    EXPECT_EQ(all->groups, 0);
    const bool together = clock <= 3;  // before the third update
    EXPECT_EQ(groups->groups, together ? 2 : 0);
    ASSERT_THAT(groups->weights, SizeIs(together ? 6 : 9));
    for (size_t row = 0; row < 3; ++row) {
      for (size_t c = 0; c < 3; ++c) {
        const float weight = together ? groups->weights[row * 2 + c % 2]
                                      : groups->weights[row * 3 + c];
        EXPECT_EQ(weight, all->weights[row * 3 + c]);
      }
      EXPECT_EQ(all->weights[row * 3] == all->weights[row * 3 + 2], together);
    }
    // Also later on: whoever pulled before the third update knows no better.
    ASSERT_EQ(Run(PushOf(clock, {1, 2, 3, 4, 5, 6}, 2))->status,
              absl::OkStatus());
    const std::vector<float> after = Peek(Rows({1, 17, 2}));
    for (size_t row = 0; row < 3 && clock > 1; ++row) {
      EXPECT_FLOAT_EQ(before[row * 3] - after[row * 3],
                      std::pow(0.5f, clock - 1.0f) * (2 * row + 1));
      EXPECT_FLOAT_EQ(before[row * 3 + 1] - after[row * 3 + 1],
                      std::pow(0.5f, clock - 1.0f) * (2 * row + 2));
    }
    before = after;
  }
}

TEST_F(ServedGroupsTest, ArePeekedAtAsOne) {
  ASSERT_EQ(Run(PushOf(1, {1, 2, 3, 4, 5, 6}, 2))->status, absl::OkStatus());
  RowsCall call;
  call.routing_epoch = 5;
  call.rows = Rows({1, 17, 2});
  const auto all = job_->Peek(call);
  call.takes_groups = true;
  const auto groups = job_->Peek(call);
  ASSERT_TRUE(all.ok() && groups.ok());
  EXPECT_EQ(all->groups, 0);
  EXPECT_EQ(groups->groups, 2);
  EXPECT_THAT(FloatsOf(*all), SizeIs(9));
  EXPECT_THAT(FloatsOf(*groups), SizeIs(6));
  // Of one candidate there is nothing to leave out.
  call.candidate = 2;
  const auto one = job_->Peek(call);
  ASSERT_TRUE(one.ok());
  EXPECT_EQ(one->groups, 0);
  EXPECT_THAT(FloatsOf(*one), SizeIs(3));
}

// Eight groups fill a block: their rows travel just as they lie.
TEST_F(ServedGroupsTest, WholeBlocksArePeekedAtAsTheyLie) {
  ServedJobOptions options = Options(1, kUnboundedStaleness);
  options.columns = PairsOfCandidates(8, 1);
  Open(std::move(options));
  RowsCall call;
  call.routing_epoch = 5;
  call.rows = AllRows();
  call.takes_groups = true;
  const auto groups = job_->Peek(call);
  ASSERT_TRUE(groups.ok());
  EXPECT_EQ(groups->groups, 8);
  EXPECT_THAT(FloatsOf(*groups), SizeIs(kRows * 8));
}

TEST_F(ServedGroupsTest, ThatNeverAreAreRefused) {
  const auto one = Run(PushOf(1, {1, 2, 3}, 1));
  EXPECT_EQ(ReasonOf(one->status), v1::ERROR_REASON_MALFORMED);
  EXPECT_THAT(std::string(one->status.message()),
              HasSubstr("gradients of 1 groups of candidates"));
  const auto many = Run(PushOf(1, {1, 2, 3}, 4000000000u));
  EXPECT_EQ(ReasonOf(many->status), v1::ERROR_REASON_MALFORMED);
  const auto wrong_size = Run(PushOf(1, {1, 2, 3, 4, 5, 6, 7, 8, 9}, 2));
  EXPECT_EQ(ReasonOf(wrong_size->status), v1::ERROR_REASON_MALFORMED);
  // Parts must be of the same groups.
  LaneCall first = PushOf(1, {1, 2}, 2), second = PushOf(1, {1, 2, 3}, 0);
  first.gradient->rows = Rows({1});
  second.gradient->rows = Rows({2});
  first.num_parts = second.num_parts = 2;
  first.part_id = second.part_id = 1;
  second.part = 1;
  const auto waits = Run(first);
  EXPECT_EQ(ReasonOf(Run(second)->status), v1::ERROR_REASON_MALFORMED);
  EXPECT_EQ(ReasonOf(waits->status), v1::ERROR_REASON_MALFORMED);
  EXPECT_EQ(Run(PushOf(1, {1, 2, 3, 4, 5, 6}, 2))->status, absl::OkStatus());
}

TEST_F(ServedGroupsTest, MustStartFromTheSameWeights) {
  ServedJobOptions options = Options(1, 0);
  std::vector<Candidate> candidates = options.columns.candidates();
  candidates[2].margin = candidates[0].margin;
  options.columns = LineupColumns(std::move(candidates), 1);
  Open(std::move(options));
  RowsCall call;
  call.routing_epoch = 5;
  call.rows = Rows({1});
  const auto same =
      std::make_shared<std::vector<float>>(std::vector<float>{1, 2, 1});
  EXPECT_EQ(job_->SetWeights(call, Encoded(same)), absl::OkStatus());
  const auto different =
      std::make_shared<std::vector<float>>(std::vector<float>{1, 2, 3});
  const absl::Status status = job_->SetWeights(call, Encoded(different));
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_MALFORMED);
  EXPECT_THAT(std::string(status.message()), HasSubstr("the same weights"));
  EXPECT_THAT(Peek(Rows({1})), ElementsAre(1, 2, 1));
}

TEST_F(ServedJobTest, APushCanPullTheNext) {
  OpenAndBegin(1, 3);
  const auto first = Run(PullCall(0, 1, Rows({2})));
  LaneCall both = PushCall(0, 1, Rows({2}), 1, 1.0f);
  both.pull = Rows({1, 2});
  const auto answer = Run(both);
  ASSERT_EQ(answer->status, absl::OkStatus());
  ASSERT_THAT(answer->weights, SizeIs(6));
  EXPECT_FLOAT_EQ(answer->weights[3], first->weights[0] - 1.0f);
  // Repeated, the gradient is not applied again, and the weights are there.
  const auto again = Run(both);
  EXPECT_TRUE(again->duplicate);
  EXPECT_EQ(again->weights, answer->weights);
}

TEST_F(ServedJobTest, ASynchronousPushCannotPull) {
  OpenAndBegin(1, 0);
  Run(PullCall(0, 1, Rows({2})));
  LaneCall both = PushCall(0, 1, Rows({2}), 1, 1.0f);
  both.pull = Rows({2});
  const auto answer = Run(both);
  EXPECT_EQ(ReasonOf(answer->status), v1::ERROR_REASON_MALFORMED);
  EXPECT_EQ(job_->Status().lanes(0).clock(), 0u);
}

TEST_F(ServedJobTest, PartsAreOneCall) {
  OpenAndBegin(1, 1);
  LaneCall call = PullCall(0, 1, AllRows());
  call.num_parts = 3;
  call.part_id = 1;
  std::vector<std::shared_ptr<Answer>> answers;
  for (const uint32_t part : {2, 0, 1}) {
    for (const auto& answer : answers) EXPECT_FALSE(answer->done);
    call.part = part;
    answers.push_back(Run(call));
  }
  std::vector<float> joined = answers[1]->weights;
  for (const int i : {2, 0}) {
    joined.insert(joined.end(), answers[i]->weights.begin(),
                  answers[i]->weights.end());
  }
  const std::vector<float> weights = Peek(AllRows());
  EXPECT_EQ(joined, weights);

  // A push of two parts that pulls two other parts.
  LaneCall one = PushCall(0, 1, Rows({1}), 1, 1.0f);
  one.pull = Rows({});
  one.num_parts = 2;
  one.part_id = 2;
  LaneCall two = PushCall(0, 1, Rows({2, 3}), 2, 2.0f);
  two.pull = Rows({1, 3, 4});
  two.part = 1;
  two.num_parts = 2;
  two.part_id = 2;
  const auto first = Run(one);
  EXPECT_FALSE(first->done);
  const auto second = Run(two);
  EXPECT_THAT(first->weights, IsEmpty());
  EXPECT_EQ(first->status, absl::OkStatus());
  ASSERT_THAT(second->weights, SizeIs(9));
  EXPECT_FLOAT_EQ(second->weights[0], weights[1 * 3] - 1);
  EXPECT_FLOAT_EQ(second->weights[3], weights[3 * 3] - 2);
  EXPECT_FLOAT_EQ(second->weights[6], weights[4 * 3]);
}

TEST_F(ServedJobTest, AnswersInTheFormatAskedFor) {
  OpenAndBegin(1, 1);
  LaneCall call = PullCall(0, 1, Rows({2}));
  const auto full = Run(call);
  call.format = FloatFormat::kBfloat16;
  const auto half = Run(call);
  // Three numbers of two bytes, which the test reads as two floats.
  EXPECT_THAT(half->weights, SizeIs(2));
  EXPECT_THAT(full->weights, SizeIs(3));
}

TEST_F(ServedJobTest, APullThatWaitsIsAnsweredByTheOtherLane) {
  OpenAndBegin(2, 0);
  for (const uint32_t lane : {0, 1}) Run(PullCall(lane, 1, Rows({2})));
  Run(PushCall(0, 1, Rows({2}), 1, 1.0f));
  const auto waits = Run(PullCall(0, 2, Rows({2})));
  EXPECT_FALSE(waits->done);
  EXPECT_THAT(job_->Status().lanes(0).waits_for(), ElementsAre(1));
  Run(PushCall(1, 1, Rows({2}), 1, 1.0f));
  EXPECT_FALSE(waits->done);
  Run(PullCall(1, 2, Rows({2})));
  EXPECT_TRUE(waits->done);
  EXPECT_EQ(waits->status, absl::OkStatus());
}

TEST_F(ServedJobTest, ANewerPullOfTheLaneEndsAnOlder) {
  OpenAndBegin(2, 0);
  for (const uint32_t lane : {0, 1}) Run(PullCall(lane, 1, Rows({2})));
  Run(PushCall(0, 1, Rows({2}), 1, 1.0f));
  const auto older = Run(PullCall(0, 2, Rows({2})));
  const auto newer = Run(PullCall(0, 2, Rows({2})));
  EXPECT_EQ(ReasonOf(older->status), v1::ERROR_REASON_SUPERSEDED);
  EXPECT_FALSE(newer->done);
  // Also one that waits for its other parts.
  LaneCall part = PullCall(0, 2, Rows({2}));
  part.num_parts = 2;
  part.part_id = 1;
  const auto unfinished = Run(part);
  job_->Close();
  EXPECT_EQ(ReasonOf(newer->status), v1::ERROR_REASON_UNKNOWN_JOB);
  EXPECT_EQ(ReasonOf(unfinished->status), v1::ERROR_REASON_UNKNOWN_JOB);
}

TEST_F(ServedJobTest, RefusesWhatDoesNotFit) {
  OpenAndBegin(1, 1);
  LaneCall stale = PullCall(0, 1, Rows({2}));
  stale.routing_epoch = 4;
  const auto answer = Run(stale);
  EXPECT_EQ(ReasonOf(answer->status), v1::ERROR_REASON_STALE_ROUTING);
  EXPECT_EQ(DetailOf(answer->status).routing_epoch(), 5u);
  EXPECT_EQ(Run(PullCall(1, 1, Rows({2})))->status.message(),
            "lane 1 does not exist: there are 1");
  EXPECT_EQ(Run(PullCall(0, 1, Rows({40})))->status.message(),
            "row 40 is beyond the job's 40 rows");
  EXPECT_EQ(Run(PullCall(0, 2, Rows({2})))->status.message(),
            "lane 0 is at clock 2 but this server expects clock 1");
  EXPECT_EQ(Run(PushCall(0, 1, Rows({2, 3}), 1, 1))->status.message(),
            "gradients of 2 rows of 3 columns have 24 bytes, but 12 were sent");
  // A part that says something else than the others of the same number of rows.
  LaneCall one = PullCall(0, 1, AllRows());
  one.num_parts = 2;
  one.part_id = 1;
  LaneCall two = one;
  two.part = 1;
  two.pull->all_rows = kRows - 1;
  Run(one);
  EXPECT_EQ(Run(two)->status.message(),
            "parts of one call say all_rows 40 and 39");
  LaneCall shorter = PushCall(0, 1, Rows({2}), 1, 1);
  shorter.gradient->loss_sums.pop_back();
  EXPECT_THAT(Run(shorter)->status.message(),
              HasSubstr("the losses of 3 candidates (it has 2)"));
}

TEST_F(ServedJobTest, WeightsCanBeSetBeforeTheFirstEpoch) {
  Open(Options(1, 0));
  RowsCall call;
  call.routing_epoch = 5;
  call.rows = Rows({1, 3});
  auto values = std::make_shared<std::vector<float>>(
      std::vector<float>{1, 2, 3, 4, 5, 6});
  EXPECT_EQ(job_->SetWeights(call, Encoded(values)), absl::OkStatus());
  EXPECT_THAT(Peek(Rows({1, 3})), ElementsAre(1, 2, 3, 4, 5, 6));
  values->pop_back();
  EXPECT_EQ(job_->SetWeights(call, Encoded(values)).message(),
            "weights of 2 rows have 24 bytes, but 20 were sent");
  values->push_back(6);
  ASSERT_EQ(job_->BeginEpoch(0, 0), absl::OkStatus());
  EXPECT_EQ(ReasonOf(job_->SetWeights(call, Encoded(values))),
            v1::ERROR_REASON_WRONG_EPOCH);
}

TEST_F(ServedJobTest, PeeksPieceByPiece) {
  ServedJobOptions options = Options(1, 0);
  OwnedRows::Slots slots;
  for (uint32_t s = 0; s < kNumSlots; s += 3) slots.set(s);
  options.owned = OwnedRows(slots);
  Open(std::move(options));
  ASSERT_EQ(job_->BeginEpoch(0, 0), absl::OkStatus());
  const auto pulled = Run(PullCall(0, 1, AllRows()));
  const std::vector<float> all = Peek(AllRows());
  EXPECT_THAT(all, SizeIs(14 * kCandidates));
  EXPECT_EQ(all, pulled->weights);
  std::vector<float> joined;
  for (uint32_t part = 0; part < 4; ++part) {
    const std::vector<float> piece = Peek(AllRows(), part, 4);
    joined.insert(joined.end(), piece.begin(), piece.end());
  }
  EXPECT_EQ(joined, all);
}

TEST_F(ServedJobTest, PeeksAtOneCandidate) {
  ServedJobOptions options = Options(1, 0);
  // In memory candidate 1 comes last.
  std::vector<Candidate> candidates = options.columns.candidates();
  candidates[1].optimizer = OptimizerType::kAdam;
  options.columns = LineupColumns(candidates, 2);
  Open(std::move(options));
  RowsCall call;
  call.routing_epoch = 5;
  call.rows = Rows({17, 1, 3});
  auto values = std::make_shared<std::vector<float>>(18);
  for (size_t i = 0; i < 18; ++i) (*values)[i] = i;
  ASSERT_EQ(job_->SetWeights(call, Encoded(values)), absl::OkStatus());
  call.candidate = 1;
  const auto weights = job_->Peek(call);
  ASSERT_TRUE(weights.ok()) << weights.status();
  EXPECT_THAT(FloatsOf(*weights), ElementsAre(2, 3, 8, 9, 14, 15));
  call.format = FloatFormat::kBfloat16;
  const auto half = job_->Peek(call);
  ASSERT_TRUE(half.ok()) << half.status();
  std::vector<float> decoded(6);
  ASSERT_THAT(half->bytes, SizeIs(decoded.size() * 2));
  DecodeFloats(call.format, half->bytes.data(), decoded.size(), decoded.data());
  EXPECT_THAT(decoded, ElementsAre(2, 3, 8, 9, 14, 15));
  call.candidate = 3;
  EXPECT_EQ(ReasonOf(job_->Peek(call).status()), v1::ERROR_REASON_MALFORMED);
  EXPECT_EQ(job_->Peek(call).status().message(),
            "candidate 3 does not exist: there are 3");
}

TEST_F(ServedJobTest, KeepsToItsMemory) {
  ServedJobOptions options = Options(1, kUnboundedStaleness);
  Open(ServedJobOptions(options));
  ASSERT_EQ(job_->BeginEpoch(0, 0), absl::OkStatus());
  EXPECT_EQ(Run(PullCall(0, 1, Rows({2})))->status, absl::OkStatus());
  const uint64_t one_row = job_->Status().weight_bytes();
  options.max_weight_bytes = one_row;
  Open(std::move(options));
  ASSERT_EQ(job_->BeginEpoch(0, 0), absl::OkStatus());
  // Nothing is created that does not fit.
  const absl::Status all = Run(PullCall(0, 1, AllRows()))->status;
  EXPECT_EQ(ReasonOf(all), v1::ERROR_REASON_LIMIT_EXCEEDED);
  EXPECT_EQ(DetailOf(all).limit(), one_row);
  EXPECT_EQ(job_->Status().rows(), 0u);
  // Nor more and more, a little at a time; what is there can be used.
  EXPECT_EQ(Run(PullCall(0, 1, Rows({2})))->status, absl::OkStatus());
  EXPECT_EQ(ReasonOf(Run(PullCall(0, 1, Rows({3})))->status),
            v1::ERROR_REASON_LIMIT_EXCEEDED);
  EXPECT_EQ(Run(PullCall(0, 1, Rows({2})))->status, absl::OkStatus());
  EXPECT_EQ(job_->Status().rows(), 1u);
}

// A row of 64 candidates that are pairs so far.
TEST_F(ServedJobTest, CountsTheMemoryOfCandidatesOnceTheyAreToldApart) {
  ServedJobOptions options = Options(1, kUnboundedStaleness);
  std::vector<Candidate> candidates(64, options.columns.candidates()[0]);
  for (size_t i = 0; i < candidates.size(); ++i) {
    candidates[i].index = static_cast<int>(i);
    candidates[i].margin = i / 2;
    candidates[i].schedule.type = ScheduleType::kStep;
    candidates[i].schedule.factor = 0.5;
    candidates[i].schedule.minimum = i % 2 == 0 ? 0.3 : 0;
  }
  options.columns = LineupColumns(std::move(candidates), 1);
  options.weight_bytes = std::make_shared<std::atomic<uint64_t>>(0);
  options.max_weight_bytes = 1 << 20;
  Open(ServedJobOptions(options));
  ASSERT_EQ(job_->BeginEpoch(0, 0), absl::OkStatus());
  ASSERT_EQ(Run(PullCall(0, 1, Rows({2})))->status, absl::OkStatus());
  EXPECT_EQ(*options.weight_bytes,
            job_->Status().weight_bytes() + 32 * sizeof(float));
}

TEST_F(ServedJobTest, NoCallIsTooLarge) {
  ServedJobOptions options = Options(1, 1);
  options.max_rows = 0;  // so any number of rows may be asked for
  options.max_call_bytes = kRows * 8 * sizeof(float);
  Open(std::move(options));
  ASSERT_EQ(job_->BeginEpoch(0, 0), absl::OkStatus());
  EXPECT_EQ(Run(PullCall(0, 1, AllRows()))->status, absl::OkStatus());
  RowsField more;
  more.all_rows = kRows + 1;
  const absl::Status status = Run(PullCall(0, 1, more))->status;
  EXPECT_EQ(ReasonOf(status), v1::ERROR_REASON_LIMIT_EXCEEDED);
  EXPECT_EQ(status.message(),
            "a call is about 41 rows of this server, 1312 bytes, but at most "
            "1280 are allowed; ask for fewer rows at a time");
  more.all_rows = 4294967295u;
  EXPECT_EQ(ReasonOf(Run(PullCall(0, 1, more))->status),
            v1::ERROR_REASON_LIMIT_EXCEEDED);
  RowsCall peek;
  peek.routing_epoch = 5;
  peek.rows = more;
  EXPECT_EQ(ReasonOf(job_->Peek(peek).status()),
            v1::ERROR_REASON_LIMIT_EXCEEDED);
  // One number of a row is less than eight.
  peek.candidate = 0;
  peek.rows.all_rows = 8 * kRows;
  EXPECT_TRUE(job_->Peek(peek).ok());
  peek.rows.all_rows += 1;
  EXPECT_EQ(ReasonOf(job_->Peek(peek).status()),
            v1::ERROR_REASON_LIMIT_EXCEEDED);
  peek.candidate.reset();
  peek.rows.all_rows = 2 * kRows;
  peek.num_parts = 2;
  EXPECT_TRUE(job_->Peek(peek).ok());
  peek.rows.all_rows = peek.num_parts = 4294967295u;
  peek.part = 4294967294u;
  EXPECT_TRUE(job_->Peek(peek).ok());
}

TEST_F(ServedJobTest, SaysWhatItHasDone) {
  OpenAndBegin(2, 1);
  Run(PullCall(0, 1, Rows({1, 2})));
  Run(PushCall(0, 1, Rows({1, 2}), 2, 1));
  Run(PushCall(0, 1, Rows({1, 2}), 2, 1));
  EXPECT_EQ(job_->FinishLane({0, 2}, 5), absl::OkStatus());
  EXPECT_EQ(epochs_done_, 0);
  EXPECT_EQ(job_->FinishLane({1, 1}, 5), absl::OkStatus());
  EXPECT_EQ(job_->FinishLane({1, 1}, 5), absl::OkStatus());
  EXPECT_EQ(epochs_done_, 1);
  EXPECT_EQ(ReasonOf(job_->FinishLane({1, 2}, 4)),
            v1::ERROR_REASON_STALE_ROUTING);
  v1::ServedJob status = job_->Status();
  EXPECT_EQ(status.job(), "j");
  EXPECT_EQ(status.routing_epoch(), 5u);
  EXPECT_EQ(status.slots(), 256u);
  EXPECT_EQ(status.num_columns(), 3u);
  EXPECT_EQ(status.rows(), 2u);
  EXPECT_GT(status.weight_bytes(), 0u);
  EXPECT_EQ(status.pulls(), 1u);
  EXPECT_EQ(status.pushes_applied(), 1u);
  EXPECT_EQ(status.duplicates_refused(), 1u);
  EXPECT_EQ(status.updates(), 1u);
  EXPECT_EQ(status.staleness_histogram(0), 1u);
  EXPECT_TRUE(status.epoch_done());
  EXPECT_EQ(status.lanes(0).clock(), 2u);
  EXPECT_TRUE(status.lanes(0).finished());

  ASSERT_EQ(job_->BeginEpoch(1, 2), absl::OkStatus());
  EXPECT_EQ(job_->BeginEpoch(1, 2), absl::OkStatus());
  EXPECT_EQ(ReasonOf(job_->BeginEpoch(2, 2)), v1::ERROR_REASON_WRONG_EPOCH);
  status = job_->Status();
  ASSERT_EQ(status.epochs_size(), 2);
  EXPECT_EQ(status.epochs(0).epoch(), 0);
  EXPECT_EQ(status.epochs(0).examples(), 1u);
  EXPECT_EQ(status.epochs(0).minibatches(), 1u);
  EXPECT_THAT(status.epochs(0).loss_sums(), ElementsAre(1, 2, 3));
  EXPECT_EQ(status.epochs(1).epoch(), 1);
  EXPECT_EQ(status.epochs(1).examples(), 0u);
  EXPECT_FALSE(status.epoch_done());
}

TEST_F(ServedJobTest, AClosedJobIsUnknown) {
  OpenAndBegin(1, 1);
  job_->Close();
  EXPECT_EQ(Run(PullCall(0, 1, Rows({1})))->status, UnknownJobError("j"));
  EXPECT_EQ(job_->FinishLane({0, 1}, 5), UnknownJobError("j"));
  EXPECT_EQ(job_->BeginEpoch(1, 1), UnknownJobError("j"));
  RowsCall call;
  call.routing_epoch = 5;
  EXPECT_EQ(job_->Peek(call).status(), UnknownJobError("j"));
}

TEST_F(ServedJobTest, GoesOnUnderAnotherNumber) {
  OpenAndBegin(2, 0);
  Run(PullCall(0, 1, Rows({1})));
  Run(PullCall(1, 1, Rows({2})));
  ASSERT_EQ(Run(PushCall(0, 1, Rows({1}), 1, 1.0f))->status, absl::OkStatus());
  EXPECT_TRUE(job_->LanesCalled());
  job_->SetRoutingEpoch(6);
  EXPECT_FALSE(job_->LanesCalled()) << "under this number";
  const auto old = Run(PushCall(1, 1, Rows({2}), 1, 1.0f));
  EXPECT_EQ(ReasonOf(old->status), v1::ERROR_REASON_STALE_ROUTING);
  // What it had taken it has.
  LaneCall again = PushCall(0, 1, Rows({1}), 1, 1.0f);
  again.routing_epoch = 6;
  EXPECT_TRUE(Run(again)->duplicate);
  LaneCall push = PushCall(1, 1, Rows({2}), 1, 1.0f);
  push.routing_epoch = 6;
  EXPECT_EQ(Run(push)->status, absl::OkStatus());
  EXPECT_TRUE(job_->LanesCalled());
  EXPECT_EQ(job_->Status().routing_epoch(), 6u);
}

TEST_F(ServedJobTest, ShardsOfAServerShareItsMemory) {
  ServedJobOptions options = Options(1, kUnboundedStaleness);
  options.weight_bytes = std::make_shared<std::atomic<uint64_t>>(0);
  options.max_weight_bytes = 3 << 20;
  Open(options);
  ASSERT_EQ(job_->BeginEpoch(0, 0), absl::OkStatus());
  ASSERT_EQ(Run(PullCall(0, 1, Rows({1})))->status, absl::OkStatus());
  const uint64_t own = *options.weight_bytes;
  EXPECT_EQ(own, job_->Status().weight_bytes());
  *options.weight_bytes += uint64_t{3} << 20;  // of the other one
  const auto answer = Run(PullCall(0, 1, Rows({1, 2})));
  EXPECT_EQ(ReasonOf(answer->status), v1::ERROR_REASON_LIMIT_EXCEEDED);
  *options.weight_bytes -= uint64_t{3} << 20;
  EXPECT_EQ(Run(PullCall(0, 1, Rows({1, 2})))->status, absl::OkStatus());
  job_ = nullptr;
  EXPECT_EQ(*options.weight_bytes, 0u);
}

}  // namespace
}  // namespace lineup

// Slots on their way from one server to another: what ServedJob sends,
// SlotReceiver puts together, and another ServedJob goes on with.

#include "server/slot_receiver.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/checksum.h"
#include "common/rpc/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/served_job.h"

namespace lineup {
namespace {

using ::testing::HasSubstr;

// So many that a slot does not fit in a piece.
constexpr uint32_t kRows = 1600000;
constexpr uint64_t kSeed = 3;

LineupColumns Columns() {
  std::vector<Candidate> candidates(40);
  for (size_t i = 0; i < candidates.size(); ++i) {
    candidates[i].index = static_cast<int>(i);
    candidates[i].optimizer = OptimizerType::kAdam;
    candidates[i].margin = i;  // or they would share columns
  }
  return LineupColumns(std::move(candidates), 1);
}

OwnedRows Slots(uint32_t begin, uint32_t end) {
  OwnedRows::Slots slots;
  for (uint32_t s = begin; s < end; ++s) slots.set(s);
  return OwnedRows(slots);
}

std::string Bytes(uint32_t begin, uint32_t end) {
  std::string bytes;
  for (uint32_t s = begin; s < end; ++s) bytes += static_cast<char>(s);
  return bytes;
}

class SlotReceiverTest : public testing::Test {
 protected:
  std::unique_ptr<ServedJob> Job(OwnedRows owned, uint64_t routing_epoch,
                                 const LineupColumns& columns = Columns()) {
    ServedJobOptions options;
    options.job = "j";
    options.columns = columns;
    options.shard.num_lanes = 1;
    options.shard.seed = kSeed;
    options.owned = std::move(owned);
    options.routing_epoch = routing_epoch;
    return std::make_unique<ServedJob>(std::move(options), &pool_);
  }

  // The rows of a few slots, and their weights, which are their numbers.
  static std::vector<uint32_t> RowsOf(uint32_t begin_slot, uint32_t end_slot) {
    std::vector<uint32_t> rows;
    for (uint32_t stripe = 0; stripe < kNumStripes; ++stripe) {
      for (uint32_t row = stripe; row < kRows; row += kNumStripes) {
        const uint32_t slot = SlotOfRow(row);
        if (slot >= begin_slot && slot < end_slot) rows.push_back(row);
      }
    }
    return rows;
  }

  static RowsCall CallFor(const std::vector<uint32_t>& rows,
                          uint64_t routing_epoch) {
    RowsCall call;
    call.routing_epoch = routing_epoch;
    call.rows.rows.Append(
        absl::string_view(reinterpret_cast<const char*>(rows.data()),
                          rows.size() * sizeof(uint32_t)));
    return call;
  }

  void SetWeights(const std::vector<uint32_t>& rows, ServedJob* job) {
    std::vector<float> weights;
    for (const uint32_t row : rows) {
      for (size_t c = 0; c < 40; ++c) weights.push_back(row + 0.5f * c);
    }
    PayloadView view;
    view.Append(absl::string_view(reinterpret_cast<const char*>(weights.data()),
                                  weights.size() * sizeof(float)));
    ASSERT_EQ(job->SetWeights(CallFor(rows, job->routing_epoch()), view),
              absl::OkStatus());
  }

  void ExpectWeights(const std::vector<uint32_t>& rows, ServedJob* job) {
    const auto weights = job->Peek(CallFor(rows, job->routing_epoch()));
    ASSERT_TRUE(weights.ok()) << weights.status();
    const auto* floats = reinterpret_cast<const float*>(weights->bytes.data());
    ASSERT_EQ(weights->bytes.size(), rows.size() * 40 * sizeof(float));
    for (size_t i = 0; i < rows.size(); ++i) {
      for (size_t c = 0; c < 40; ++c) {
        ASSERT_EQ(floats[i * 40 + c], rows[i] + 0.5f * c) << rows[i];
      }
    }
  }

  static absl::StatusOr<SlotPiece> Read(const SlotCursor& cursor,
                                        ServedJob* source) {
    v1::ReadSlotsRequest request;
    request.set_job("j");
    request.set_routing_epoch(1);
    request.set_slots(cursor.slots);
    request.set_first_row(cursor.first_row);
    return source->ReadSlots(request);
  }

  // All of the cursor's slots; how many pieces they came in.
  int TakeAll(SlotCursor cursor, ServedJob* source, SlotReceiver* receiver) {
    int pieces = 0;
    for (; !cursor.slots.empty(); ++pieces) {
      const auto piece = Read(cursor, source);
      EXPECT_TRUE(piece.ok()) << piece.status();
      if (!piece.ok()) break;
      const absl::Status status =
          receiver->Receive(piece->head, *piece->rows, &cursor);
      EXPECT_TRUE(status.ok()) << status;
      if (!status.ok()) break;
    }
    return pieces;
  }

  ThreadPool pool_{2};
};

TEST_F(SlotReceiverTest, SlotsGoOnOnAnotherServer) {
  const auto source = Job(Slots(0, 20), 1);
  SetWeights(RowsOf(0, 20), source.get());
  SlotReceiver receiver(Columns(), kSeed, 0);
  EXPECT_GT(TakeAll({Bytes(5, 9), 0}, source.get(), &receiver), 1);
  TakeAll({Bytes(15, 20), 0}, source.get(), &receiver);
  TakenSlots taken = receiver.Take();
  EXPECT_EQ(taken.rows, RowsOf(5, 9).size() + RowsOf(15, 20).size());
  EXPECT_GT(taken.bytes, taken.rows * 40 * sizeof(float));

  // A server that has other slots already.
  const auto before = Job(Slots(30, 40), 1);
  SetWeights(RowsOf(30, 40), before.get());
  absl::StatusOr<ServedJobState> state = before->TakeState();
  ASSERT_TRUE(state.ok()) << state.status();
  OwnedRows::Slots slots =
      Slots(5, 9).slots() | Slots(15, 20).slots() | Slots(33, 36).slots();
  const auto after = Job(OwnedRows(slots), 2);
  ASSERT_EQ(after->Adopt(*std::move(state), &taken.store), absl::OkStatus());
  ExpectWeights(RowsOf(5, 9), after.get());
  ExpectWeights(RowsOf(15, 20), after.get());
  ExpectWeights(RowsOf(33, 36), after.get());
  EXPECT_EQ(after->Status().rows(),
            RowsOf(5, 9).size() + RowsOf(15, 20).size() + RowsOf(33, 36).size())
      << "what was given away is gone";
  // The one before takes no calls any more.
  EXPECT_EQ(ReasonOf(before->Peek(CallFor({30}, 1)).status()),
            v1::ERROR_REASON_UNKNOWN_JOB);
}

TEST_F(SlotReceiverTest, WhatIsDamagedOrDoesNotFitIsRefused) {
  const auto source = Job(Slots(0, 20), 1);
  SetWeights(RowsOf(0, 2), source.get());
  const SlotCursor cursor{Bytes(0, 2), 0};
  const SlotPiece piece = Read(cursor, source.get()).value();
  const auto status_of = [&](const v1::ReadSlotsResponse& head,
                             const std::string& rows) {
    SlotReceiver receiver(Columns(), kSeed, 0);
    SlotCursor copy = cursor;
    return receiver.Receive(head, rows, &copy);
  };
  EXPECT_TRUE(status_of(piece.head, *piece.rows).ok());

  std::string damaged = *piece.rows;
  damaged[damaged.size() / 2] ^= 16;
  EXPECT_TRUE(absl::IsDataLoss(status_of(piece.head, damaged)));

  // Whole, but not what was asked for.
  v1::ReadSlotsResponse head = piece.head;
  damaged = *piece.rows;
  damaged[0] ^= 16;  // the first row's number
  head.set_checksum(Checksum(damaged));
  EXPECT_THAT(std::string(status_of(head, damaged).message()),
              HasSubstr("expected one of this slot"));
  head = piece.head;
  head.set_columns(39);
  EXPECT_TRUE(absl::IsInvalidArgument(status_of(head, *piece.rows)));
  head = piece.head;
  head.set_rows_of_slot(0, head.rows_of_slot(0) + 1);
  EXPECT_TRUE(absl::IsInvalidArgument(status_of(head, *piece.rows)));
  head = piece.head;
  head.clear_rows_of_slot();
  EXPECT_TRUE(absl::IsInvalidArgument(status_of(head, *piece.rows)));
}

TEST_F(SlotReceiverTest, SourcesMustStandAtTheSameClocks) {
  const auto source = Job(Slots(0, 20), 1);
  SetWeights(RowsOf(0, 4), source.get());
  SlotReceiver receiver(Columns(), kSeed, 0);
  TakeAll({Bytes(0, 2), 0}, source.get(), &receiver);
  SlotCursor cursor{Bytes(2, 4), 0};
  SlotPiece piece = Read(cursor, source.get()).value();
  piece.head.mutable_clocks()->mutable_lanes(0)->set_clock(1);
  EXPECT_THAT(
      std::string(receiver.Receive(piece.head, *piece.rows, &cursor).message()),
      HasSubstr("different clocks"));
}

TEST_F(SlotReceiverTest, MemoryIsLimited) {
  const auto source = Job(Slots(0, 20), 1);
  SetWeights(RowsOf(0, 2), source.get());
  SlotReceiver receiver(Columns(), kSeed, 10000);
  SlotCursor cursor{Bytes(0, 2), 0};
  const SlotPiece piece = Read(cursor, source.get()).value();
  EXPECT_EQ(ReasonOf(receiver.Receive(piece.head, *piece.rows, &cursor)),
            v1::ERROR_REASON_LIMIT_EXCEEDED);
}

// What fits only until candidates are told apart does not fit.
TEST_F(SlotReceiverTest, MemoryIsThatOfCandidatesToldApart) {
  std::vector<Candidate> candidates = Columns().candidates();
  for (size_t i = 0; i < candidates.size(); ++i) {
    candidates[i].margin = i / 2;
    candidates[i].schedule.type = ScheduleType::kStep;
    candidates[i].schedule.factor = 0.5;
    candidates[i].schedule.minimum = i % 2 == 0 ? 0.001 : 0;
  }
  const LineupColumns pairs(std::move(candidates), 1);
  const auto source = Job(Slots(0, 20), 1, pairs);
  ASSERT_EQ(source->BeginEpoch(0, 0), absl::OkStatus());
  std::vector<uint32_t> rows = RowsOf(0, 1);
  rows.resize(100);
  LaneCall pull;
  pull.at = {0, 1};
  pull.routing_epoch = 1;
  pull.pull = CallFor(rows, 1).rows;
  absl::Status pulled = absl::UnknownError("not answered");
  pull.done = [&](const absl::StatusOr<LaneAnswer>& answer) {
    pulled = answer.status();
  };
  source->Run(std::move(pull));
  ASSERT_EQ(pulled, absl::OkStatus());
  ASSERT_EQ(source->FinishLane({0, 1}, 1), absl::OkStatus());
  const uint64_t together = source->Status().weight_bytes();
  // 24 and 40 columns, in whole cache lines.
  const uint64_t apart = together + rows.size() * (512 - 320);
  for (const uint64_t limit : {together, apart - 1, apart}) {
    SlotReceiver receiver(pairs, kSeed, limit);
    SlotCursor cursor{Bytes(0, 2), 0};
    const SlotPiece piece = Read(cursor, source.get()).value();
    const absl::Status status =
        receiver.Receive(piece.head, *piece.rows, &cursor);
    EXPECT_EQ(status.ok(), limit == apart) << limit << ": " << status;
  }
}

TEST_F(SlotReceiverTest, OnlyWhatIsThereAndStandsIsRead) {
  const auto source = Job(Slots(0, 20), 1);
  EXPECT_EQ(ReasonOf(Read({Bytes(19, 21), 0}, source.get()).status()),
            v1::ERROR_REASON_MALFORMED);
  ASSERT_EQ(source->BeginEpoch(0, 0), absl::OkStatus());
  EXPECT_TRUE(absl::IsFailedPrecondition(
      Read({Bytes(1, 2), 0}, source.get()).status()));
  const auto other = Job(Slots(0, 20), 2);
  EXPECT_EQ(ReasonOf(Read({Bytes(1, 2), 0}, other.get()).status()),
            v1::ERROR_REASON_STALE_ROUTING);
}

}  // namespace
}  // namespace lineup

// ServedJob's part in moving slots between servers.

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/checksum.h"
#include "common/base/status_macros.h"
#include "common/linear/flush_denormals.h"
#include "common/rpc/errors.h"
#include "server/served_job.h"
#include "server/slot_rows.h"

namespace lineup {
namespace {

// Measured over loopback as fast as larger pieces, and several are under way.
constexpr size_t kPieceBytes = size_t{2} << 20;

absl::Status LanesRun() {
  return absl::FailedPreconditionError(
      "lanes are running: slots are moved at a barrier, or between epochs");
}

}  // namespace

absl::StatusOr<SlotPiece> ServedJob::ReadSlots(
    const v1::ReadSlotsRequest& request) {
  LINEUP_RETURN_IF_ERROR(CheckRouting(request.routing_epoch()));
  const auto rows = std::make_shared<std::string>();
  SlotPiece piece;
  MutexLock lock(&mutex_);
  if (closed_) return UnknownJobError(options_.job);
  if (!shard_.Standing()) return LanesRun();
  *piece.head.mutable_clocks() = EncodeClocks(shard_.Clocks());
  const ScopedFlushDenormals flush;
  SlotRowEncoder encoder(shard_);
  piece.head.set_columns(static_cast<uint32_t>(encoder.format().columns));
  piece.head.set_vectors(static_cast<uint32_t>(encoder.format().vectors));
  rows->reserve(kPieceBytes);
  uint32_t first_row = request.first_row();
  for (const char byte : request.slots()) {
    const uint8_t slot = static_cast<uint8_t>(byte);
    if (!options_.owned.slots()[slot]) {
      return MalformedError(absl::StrCat("slot ", slot, " is not here"));
    }
    uint32_t count = 0;
    shard_.store().ForEachRowOfSlot(
        slot, first_row, ShownForEncoding(shard_),
        [&](uint32_t row, uint32_t last_update, const float* vectors) {
          if (!rows->empty() &&
              rows->size() + encoder.format().row_bytes() > kPieceBytes) {
            piece.head.set_next_row(row);
            return false;
          }
          encoder.Append(row, last_update, vectors, rows.get());
          ++count;
          return true;
        });
    piece.head.add_rows_of_slot(count);
    if (piece.head.next_row() != 0) break;
    first_row = 0;
  }
  piece.head.set_checksum(Checksum(*rows));
  piece.rows = rows;
  return piece;
}

absl::StatusOr<ServedJobState> ServedJob::TakeState() {
  Close();
  MutexLock lock(&mutex_);
  // Pulls that wait were ended, but the shard has not heard of it.
  if (!shard_.Standing()) return LanesRun();
  std::vector<v1::ServedJob::Epoch> past = std::move(past_epochs_);
  ShardClocks clocks = shard_.Clocks();
  const ShardCounters counters = shard_.counters();
  CountBytes(0);
  return ServedJobState{std::move(clocks), shard_.TakeStore(), counters,
                        std::move(past)};
}

absl::Status ServedJob::Adopt(ServedJobState state, const WeightStore* taken) {
  pool_.ParallelFor(kNumStripes, [&](size_t stripe) {
    state.store.KeepSlots(static_cast<uint32_t>(stripe),
                          options_.owned.slots());
    if (taken != nullptr) {
      state.store.CopyRows(static_cast<uint32_t>(stripe), *taken,
                           options_.owned.slots());
    }
  });
  MutexLock lock(&mutex_);
  LINEUP_RETURN_IF_ERROR(
      shard_.Adopt(state.clocks, std::move(state.store), state.counters));
  CountBytes(shard_.store().bytes_told_apart());
  past_epochs_ = std::move(state.past_epochs);
  epoch_done_reported_ = shard_.epoch_done();
  lanes_called_reported_ = false;
  return absl::OkStatus();
}

void ServedJob::SetRoutingEpoch(uint64_t epoch) {
  if (routing_epoch_.exchange(epoch) == epoch) return;
  MutexLock lock(&mutex_);
  shard_.ForgetCalls();
  lanes_called_reported_ = false;
}

bool ServedJob::LanesCalled() const {
  MutexLock lock(&mutex_);
  return LanesCalledLocked();
}

// Lanes that do not wait for one another run in turns, so one is enough.
bool ServedJob::LanesCalledLocked() const {
  bool all = true;
  bool any = false;
  for (uint32_t l = 0; l < options_.shard.num_lanes; ++l) {
    if (shard_.lane_finished(l)) continue;
    all &= shard_.lane_called(l);
    any |= shard_.lane_called(l);
  }
  return all || (any && options_.shard.staleness > 0);
}

}  // namespace lineup

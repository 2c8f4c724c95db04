#include "server/slot_receiver.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/checksum.h"
#include "common/base/status_macros.h"
#include "common/checkpoint/training_clocks.h"
#include "common/linear/flush_denormals.h"
#include "common/rpc/errors.h"

namespace lineup {

SlotReceiver::SlotReceiver(LineupColumns columns, uint64_t seed,
                           uint64_t max_weight_bytes)
    : max_weight_bytes_(max_weight_bytes),
      taken_{{}, WeightStore(std::move(columns), seed)} {}

void SlotReceiver::Begin(const v1::TrainingClocks& clocks) {
  taken_.clocks = clocks;
  taken_.store.FastForward(clocks.num_updates());
  decoder_.emplace(&taken_.store);
}

absl::Status SlotReceiver::Check(const v1::ReadSlotsResponse& head,
                                 absl::string_view rows,
                                 const SlotCursor& cursor) const {
  if (head.checksum() != Checksum(rows)) {
    return absl::DataLossError(
        absl::StrCat("a piece of ", rows.size(),
                     " bytes was damaged on its way: its checksum is another"));
  }
  LINEUP_RETURN_IF_ERROR(CheckSameClocks(head.clocks(), taken_.clocks));
  const SlotRowFormat& format = decoder_->format();
  if (head.columns() != format.columns || head.vectors() != format.vectors) {
    return MalformedError(absl::StrCat(
        "rows of ", head.vectors(), " vectors of ", head.columns(),
        " columns, expected ", format.vectors, " of ", format.columns));
  }
  uint64_t count = 0;
  for (const uint32_t of_slot : head.rows_of_slot()) count += of_slot;
  const size_t slots = static_cast<size_t>(head.rows_of_slot_size());
  if (slots == 0 || slots > cursor.slots.size() ||
      count * format.row_bytes() != rows.size() ||
      (head.next_row() != 0 && count == 0)) {
    return MalformedError(absl::StrCat(
        "a piece of ", count, " rows of ", slots, " slots in ", rows.size(),
        " bytes, expected rows of ", format.row_bytes(), " bytes of at most ",
        cursor.slots.size(), " slots"));
  }
  return absl::OkStatus();
}

absl::Status SlotReceiver::Receive(const v1::ReadSlotsResponse& head,
                                   absl::string_view rows, SlotCursor* cursor) {
  const ScopedFlushDenormals flush;
  MutexLock lock(&mutex_);
  if (!decoder_.has_value()) Begin(head.clocks());
  LINEUP_RETURN_IF_ERROR(Check(head, rows, *cursor));
  taken_.bytes += rows.size();
  size_t at = 0;
  for (int s = 0; s < head.rows_of_slot_size(); ++s) {
    const size_t bytes = head.rows_of_slot(s) * decoder_->format().row_bytes();
    const auto problem = decoder_->Decode(
        static_cast<uint8_t>(cursor->slots[s]), rows.substr(at, bytes));
    if (problem.has_value()) {
      return MalformedError(
          absl::StrCat("byte ", at + problem->at, ": ", problem->text));
    }
    at += bytes;
    taken_.rows += head.rows_of_slot(s);
  }
  if (max_weight_bytes_ > 0 &&
      taken_.store.bytes_told_apart() > max_weight_bytes_) {
    return LimitExceededError(
        absl::StrCat("out of memory for weights: the slots that this server "
                     "should take have more than the ",
                     max_weight_bytes_, " bytes that are left (--max-memory)"),
        max_weight_bytes_);
  }
  const bool complete = head.next_row() == 0;
  cursor->slots.erase(0, head.rows_of_slot_size() - (complete ? 0 : 1));
  cursor->first_row = head.next_row();
  return absl::OkStatus();
}

TakenSlots SlotReceiver::Take() {
  MutexLock lock(&mutex_);
  decoder_.reset();
  return std::move(taken_);
}

}  // namespace lineup

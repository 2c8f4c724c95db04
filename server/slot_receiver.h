// Puts together the slots that a server takes over from others, out of the
// pieces that these send (ParameterServer.ReadSlots), and checks each of them.
//
// Thread safety: all of it; pieces are taken in one after the other.

#ifndef LINEUP_SERVER_SLOT_RECEIVER_H_
#define LINEUP_SERVER_SLOT_RECEIVER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/mutex.h"
#include "common/linear/lineup_columns.h"
#include "proto/checkpoint.pb.h"
#include "proto/parameter_server.pb.h"
#include "server/slot_rows.h"
#include "server/weight_store.h"

namespace lineup {

struct TakenSlots {
  v1::TrainingClocks clocks;  // where the servers stood that had them
  WeightStore store;
  uint64_t rows = 0;
  uint64_t bytes = 0;
};

// Slots of one source, and how far they have come.
struct SlotCursor {
  std::string slots;  // one byte each; those that are still to come
  uint32_t first_row = 0;
};

class SlotReceiver {
 public:
  // Of a job with these columns. RESOURCE_EXHAUSTED if the rows take more than
  // `max_weight_bytes` (0: no limit).
  SlotReceiver(LineupColumns columns, uint64_t seed, uint64_t max_weight_bytes);

  // Takes in the answer for `cursor`, and moves that on. MALFORMED or DATA_LOSS
  // if the piece is not what it should be; then the receiver is of no use any
  // more.
  absl::Status Receive(const v1::ReadSlotsResponse& head,
                       absl::string_view rows, SlotCursor* cursor);

  // All of it, when all cursors are at their ends; at least one piece has come.
  TakenSlots Take();

 private:
  // Begins with the first piece.
  void Begin(const v1::TrainingClocks& clocks)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Check(const v1::ReadSlotsResponse& head, absl::string_view rows,
                     const SlotCursor& cursor) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const uint64_t max_weight_bytes_;
  Mutex mutex_;
  TakenSlots taken_ ABSL_GUARDED_BY(mutex_);
  std::optional<SlotRowDecoder> decoder_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lineup

#endif  // LINEUP_SERVER_SLOT_RECEIVER_H_

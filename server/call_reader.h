#ifndef LINEUP_SERVER_CALL_READER_H_
#define LINEUP_SERVER_CALL_READER_H_

// Checks calls and makes of them what a shard takes: rows that this server has,
// as row sets; numbers as many as there are rows; nothing larger than allowed.
// No gRPC in here.
//
// Thread safety: all of it.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/base/mutex.h"
#include "common/linear/owned_rows.h"
#include "common/linear/packed_columns.h"
#include "server/lane_call.h"
#include "server/lane_step.h"
#include "server/wire_rows.h"

namespace lineup {

// Rows to read or to set outside of any lane.
struct RowsCall {
  uint64_t routing_epoch = 0;
  FloatFormat format = FloatFormat::kFloat32;
  RowsField rows;
  uint32_t part = 0;
  uint32_t num_parts = 1;
  // To read the columns of this candidate alone.
  std::optional<uint32_t> candidate;
  bool takes_groups = false;  // as in LaneCall
};

class CallReader {
 public:
  // Rows are below `max_rows` (0: not known). A call, all its parts together,
  // may be about so many bytes of rows. `columns` must outlive it.
  CallReader(const OwnedRows& owned, uint32_t max_rows, size_t max_call_bytes,
             const PackedLineup* columns)
      : owned_(owned),
        max_rows_(max_rows),
        max_call_bytes_(max_call_bytes),
        columns_(*columns) {}

  // The step of a whole call; its status says whether the call is in order.
  std::shared_ptr<LaneStep> ReadLaneCall(std::vector<LaneCall> parts);

  // `width` is that of the rows, or of what is asked for of them.
  absl::StatusOr<WireRows> ReadRowsCall(const RowsCall& call,
                                        size_t width) const;

 private:
  // Before memory is taken for so many rows.
  absl::Status CheckSize(uint64_t rows, size_t width) const;
  absl::Status ReadGradient(LaneStep* step);
  absl::Status ReadPull(LaneStep* step);
  absl::StatusOr<std::shared_ptr<const WireRows>> ReadRows(
      absl::Span<const RowsField* const> parts);

  const OwnedRows owned_;
  const uint32_t max_rows_;
  const size_t max_call_bytes_;
  const PackedLineup& columns_;

  Mutex mutex_;
  // The last answer to "all rows below n".
  uint32_t all_rows_ ABSL_GUARDED_BY(mutex_) = 0;
  std::shared_ptr<const WireRows> all_wire_rows_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lineup

#endif  // LINEUP_SERVER_CALL_READER_H_

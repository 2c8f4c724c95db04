// Rows of the weight matrix as bytes, with the optimizer's state: as
// checkpoints hold them and as servers hand them to one another
// (docs/formats.md, "Checkpoint"). No padding, so a row is the same whatever
// candidates' columns lie where in memory.
//
// Thread safety: one thread at a time; several may encode one shard.

#ifndef LINEUP_SERVER_SLOT_ROWS_H_
#define LINEUP_SERVER_SLOT_ROWS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/linear/aligned.h"
#include "common/linear/packed_columns.h"
#include "common/linear/row_set.h"
#include "server/shard.h"
#include "server/weight_store.h"

namespace lineup {

// What there is of a row.
struct SlotRowFormat {
  explicit SlotRowFormat(const WeightStore& store);

  size_t row_bytes() const;

  PackedColumns packing;
  size_t columns;  // numbers in a vector
  size_t vectors;  // the weights, then the optimizer's state
};

class SlotRowEncoder {
 public:
  // Of a shard that stands, and outlives the encoder.
  explicit SlotRowEncoder(const Shard& shard);

  const SlotRowFormat& format() const { return format_; }

  // Adds one of the rows that WeightStore shows as ShownForEncoding says.
  void Append(uint32_t row, uint32_t last_update, const float* vectors,
              std::string* bytes);

 private:
  const SlotRowFormat format_;
  std::vector<float> packed_;
};

// How the rows of a shard are to be shown to an encoder.
WeightStore::Shown ShownForEncoding(const Shard& shard);

class SlotRowDecoder {
 public:
  // What is wrong with bytes, and where.
  struct Problem {
    size_t at;
    std::string text;
  };

  // Into a store that has been brought to the update of the rows, and has none
  // of the slots that come. It must outlive the decoder.
  explicit SlotRowDecoder(WeightStore* store);

  const SlotRowFormat& format() const { return format_; }

  // Rows of one slot. They must ascend, also from one call to the next.
  std::optional<Problem> Decode(uint32_t slot, absl::string_view bytes);

 private:
  void Unpack(const char* bytes);

  WeightStore& store_;
  const SlotRowFormat format_;
  std::array<int64_t, kNumSlots> before_;  // the last row of each slot
  std::vector<float> packed_;
  AlignedFloats vectors_;
};

}  // namespace lineup

#endif  // LINEUP_SERVER_SLOT_ROWS_H_

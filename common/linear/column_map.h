// Copies a row of one lineup's columns to a row of another's, in blocks of
// eight columns: columns may be left out, doubled and reordered.
//
// Thread safety: immutable after construction.

#ifndef LINEUP_COMMON_LINEAR_COLUMN_MAP_H_
#define LINEUP_COMMON_LINEAR_COLUMN_MAP_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "common/linear/aligned.h"
#include "common/linear/lineup_columns.h"

namespace lineup {

class ColumnMap {
 public:
  ColumnMap() = default;
  // The candidate at position c of `to` gets the columns of the one at position
  // sources[c] of `from`; padding gets zeros.
  ColumnMap(const LineupColumns& from, const LineupColumns& to,
            absl::Span<const size_t> sources);

  // Whether both rows are the same.
  bool is_identity() const { return is_identity_; }

  // From a row of from.width() floats to one of to.width(), which need not be
  // aligned and does not overlap it.
  void Copy(const float* from, float* to) const {
    const Part* part = parts_.data();
    for (size_t block = 0; block < part_ends_.size(); ++block) {
      Float8 copied = Zero8();
      for (const Part* const end = parts_.data() + part_ends_[block];
           part < end; ++part) {
        copied = Select8(part->mask,
                         Permute8(Load8(from + part->from), &part->lanes[0]),
                         copied);
      }
      StoreUnaligned8(to + block * kBlockColumns, copied);
    }
  }

 private:
  // What a block gets from one block of the other row.
  struct Part {
    Mask8 mask;                                // the columns that get it
    std::array<int32_t, kBlockColumns> lanes;  // from which of its columns
    size_t from;                               // its first column
  };

  bool is_identity_ = true;
  std::vector<Part> parts_;        // of block 0, then of block 1, ...
  std::vector<size_t> part_ends_;  // by block
};

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_COLUMN_MAP_H_

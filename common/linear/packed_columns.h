#ifndef LINEUP_COMMON_LINEAR_PACKED_COLUMNS_H_
#define LINEUP_COMMON_LINEAR_PACKED_COLUMNS_H_

// Rows of the weight matrix without padding, as they travel and as others see
// them: the columns of candidate 0, then those of candidate 1, and so on. In
// memory (common/linear/lineup_columns.h) candidates are grouped by optimizer
// and the groups padded, which is nobody else's business.
//
// Thread safety: immutable after construction.

#include <cstddef>
#include <vector>

#include "common/linear/lineup_columns.h"

namespace lineup {

class PackedColumns {
 public:
  PackedColumns() = default;
  explicit PackedColumns(const LineupColumns& columns);
  // Of so many columns that are the same on both sides, as one candidate's are.
  static PackedColumns Unpadded(size_t width);

  // Numbers in a packed row, and in a row in memory.
  size_t packed_width() const { return packed_width_; }
  size_t width() const { return width_; }

  // Whether both are the same, so that rows can be copied as they are.
  bool is_identity() const {
    return packed_width_ == width_ && segments_.size() == 1;
  }

  // Copies one row; `packed` gets packed_width() numbers.
  void Pack(const float* row, float* packed) const;

  // Copies one row; `row` gets width() numbers, the padding zeros.
  void Unpack(const float* packed, float* row) const;

 private:
  // Columns that lie side by side on both sides.
  struct Segment {
    size_t packed_begin;
    size_t begin;
    size_t size;
  };

  size_t packed_width_ = 0;
  size_t width_ = 0;
  std::vector<Segment> segments_;  // in packed order
  std::vector<size_t> padding_;    // columns
};

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_PACKED_COLUMNS_H_

#include "common/linear/packed_columns.h"

#include <cstring>

namespace lineup {

PackedColumns::PackedColumns(const LineupColumns& columns)
    : packed_width_(columns.num_candidates() * columns.outputs()),
      width_(columns.width()) {
  for (size_t c = 0; c < columns.num_candidates(); ++c) {
    const size_t begin = columns.first_column(c);
    if (!segments_.empty() &&
        segments_.back().begin + segments_.back().size == begin) {
      segments_.back().size += columns.outputs();
    } else {
      segments_.push_back({c * columns.outputs(), begin, columns.outputs()});
    }
  }
  for (size_t column = 0; column < width_; ++column) {
    if (columns.candidate_of_column(column) < 0) padding_.push_back(column);
  }
}

PackedColumns PackedColumns::Unpadded(size_t width) {
  PackedColumns columns;
  columns.packed_width_ = columns.width_ = width;
  columns.segments_.push_back({0, 0, width});
  return columns;
}

void PackedColumns::Pack(const float* row, float* packed) const {
  for (const Segment& s : segments_) {
    std::memcpy(packed + s.packed_begin, row + s.begin, s.size * sizeof(float));
  }
}

void PackedColumns::Unpack(const float* packed, float* row) const {
  for (const Segment& s : segments_) {
    std::memcpy(row + s.begin, packed + s.packed_begin, s.size * sizeof(float));
  }
  for (const size_t column : padding_) row[column] = 0;
}

}  // namespace lineup

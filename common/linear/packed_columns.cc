#include "common/linear/packed_columns.h"

#include <cstring>

namespace lineup {

PackedColumns::PackedColumns(const LineupColumns& columns)
    : PackedColumns(columns, CandidateGroups::Apart(columns)) {}

PackedColumns::PackedColumns(const LineupColumns& columns,
                             const CandidateGroups& groups)
    : packed_width_(groups.size() * columns.outputs()),
      width_(columns.width()),
      num_groups_(groups.size()) {
  for (size_t c = 0; c < columns.num_candidates(); ++c) {
    const size_t group = groups.group_of(c);
    AddSegment(
        {group * columns.outputs(), columns.first_column(c), columns.outputs()},
        groups.first_of_group()[group] == c ? &segments_ : &copies_);
  }
  for (size_t column = 0; column < width_; ++column) {
    if (columns.candidate_of_column(column) < 0) padding_.push_back(column);
  }
}

void PackedColumns::AddSegment(Segment segment,
                               std::vector<Segment>* segments) {
  if (!segments->empty() &&
      segments->back().begin + segments->back().size == segment.begin &&
      segments->back().packed_begin + segments->back().size ==
          segment.packed_begin) {
    segments->back().size += segment.size;
  } else {
    segments->push_back(segment);
  }
}

PackedColumns PackedColumns::Unpadded(size_t width) {
  PackedColumns columns;
  columns.packed_width_ = columns.width_ = width;
  columns.num_groups_ = 1;
  columns.segments_.push_back({0, 0, width});
  return columns;
}

void PackedColumns::Pack(const float* row, float* packed) const {
  for (const Segment& s : segments_) {
    std::memcpy(packed + s.packed_begin, row + s.begin, s.size * sizeof(float));
  }
}

void PackedColumns::Unpack(const float* packed, float* row) const {
  for (const std::vector<Segment>* segments : {&segments_, &copies_}) {
    for (const Segment& s : *segments) {
      std::memcpy(row + s.begin, packed + s.packed_begin,
                  s.size * sizeof(float));
    }
  }
  for (const size_t column : padding_) row[column] = 0;
}

PackedLineup::PackedLineup(const LineupColumns& columns) : groupings_(columns) {
  for (const CandidateGroups& groups : groupings_.all()) {
    packings_.emplace_back(columns, groups);
  }
}

PackedGroups::PackedGroups(const LineupColumns& columns) : groupings_(columns) {
  for (const CandidateGroups& groups : groupings_.all()) {
    lineups_.emplace_back(columns.Keep(groups.first_of_group()));
  }
}

}  // namespace lineup

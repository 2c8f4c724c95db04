#ifndef LINEUP_COMMON_LINEAR_PACKED_COLUMNS_H_
#define LINEUP_COMMON_LINEAR_PACKED_COLUMNS_H_

// Rows of the weight matrix without padding, as they travel and as others see
// them: the columns of candidate 0, then those of candidate 1, and so on. In
// memory (common/linear/lineup_columns.h) candidates are grouped by optimizer
// and the groups padded, which is nobody else's business.
//
// Thread safety: immutable after construction.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "common/linear/candidate_groups.h"
#include "common/linear/lineup_columns.h"

namespace lineup {

class PackedColumns {
 public:
  PackedColumns() = default;
  explicit PackedColumns(const LineupColumns& columns);
  // Packed rows with the columns of the first candidate of each group alone.
  PackedColumns(const LineupColumns& columns, const CandidateGroups& groups);
  // Of so many columns that are the same on both sides, as one candidate's are.
  static PackedColumns Unpadded(size_t width);

  // Numbers in a packed row, and in a row in memory.
  size_t packed_width() const { return packed_width_; }
  size_t width() const { return width_; }

  // Whether both are the same, so that rows can be copied as they are.
  bool is_identity() const {
    return packed_width_ == width_ && segments_.size() == 1;
  }
  // The columns of so many candidates are in a packed row.
  size_t num_groups() const { return num_groups_; }

  // Copies one row; `packed` gets packed_width() numbers.
  void Pack(const float* row, float* packed) const;

  // Copies one row; `row` gets width() numbers, the padding zeros, and all
  // candidates of a group the same.
  void Unpack(const float* packed, float* row) const;

 private:
  // Columns that lie side by side on both sides.
  struct Segment {
    size_t packed_begin;
    size_t begin;
    size_t size;
  };

  static void AddSegment(Segment segment, std::vector<Segment>* segments);

  size_t packed_width_ = 0;
  size_t width_ = 0;
  size_t num_groups_ = 0;
  std::vector<Segment> segments_;  // in packed order
  std::vector<Segment> copies_;    // of the other candidates of groups
  std::vector<size_t> padding_;    // columns
};

// The packings of a lineup from its first update to the last, as its candidates
// come to differ. How many groups there are says which one is meant.
class PackedLineup {
 public:
  explicit PackedLineup(const LineupColumns& columns);

  // Of all candidates, each with its own columns.
  const PackedColumns& all() const { return packings_.back(); }
  // 0: all(). Null: at no time there are so many groups.
  const PackedColumns* OfGroups(uint32_t num_groups) const {
    const std::optional<size_t> index = groupings_.IndexOf(num_groups);
    return index.has_value() ? &packings_[*index] : nullptr;
  }

 private:
  CandidateGroupings groupings_;
  std::vector<PackedColumns> packings_;  // of groupings_.all()
};

// The packings of rows that have, in memory, the columns of groups alone: of
// any groups that there are of a lineup at some time.
class PackedGroups {
 public:
  explicit PackedGroups(const LineupColumns& columns);

  // Of rows with the columns of so many groups (0: of all candidates); it packs
  // no more of them than there are. Null: at no time there are so many groups.
  const PackedLineup* InMemory(uint32_t num_groups) const {
    const std::optional<size_t> index = groupings_.IndexOf(num_groups);
    return index.has_value() ? &lineups_[*index] : nullptr;
  }
  // Of rows with the columns of all candidates.
  const PackedLineup& all() const { return lineups_.back(); }
  // Of such rows all of them.
  const PackedColumns& of_all() const { return all().all(); }
  // How many groups there are before the first update: the fewest.
  uint32_t fewest() const {
    return static_cast<uint32_t>(groupings_.all()[0].size());
  }

 private:
  CandidateGroupings groupings_;
  std::vector<PackedLineup> lineups_;  // of groupings_.all()
};

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_PACKED_COLUMNS_H_

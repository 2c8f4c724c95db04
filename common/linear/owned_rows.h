#ifndef LINEUP_COMMON_LINEAR_OWNED_ROWS_H_
#define LINEUP_COMMON_LINEAR_OWNED_ROWS_H_

// The rows of the weight matrix that one server has: those of its slots.
//
// Thread safety: immutable after construction.

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "common/linear/row_set.h"

namespace lineup {

// Where rows are sent or asked for in parts: of `count` rows in their order,
// part `part` of `num_parts` has those at positions [first, second).
std::pair<size_t, size_t> RowsOfPart(size_t count, uint32_t part,
                                     uint32_t num_parts);

class OwnedRows {
 public:
  using Slots = std::bitset<kNumSlots>;

  OwnedRows() = default;
  explicit OwnedRows(const Slots& slots);
  static OwnedRows All() { return OwnedRows(Slots().set()); }

  bool owns(uint32_t row) const { return slots_[SlotOfRow(row)]; }
  bool owns_all() const { return slots_.all(); }
  const Slots& slots() const { return slots_; }
  size_t num_slots() const { return slots_.count(); }

  // How many of the rows below `num_rows` there are.
  uint32_t CountBelow(uint32_t num_rows) const;

  // The row at a position of their ascending order; there must be a slot.
  uint32_t RowAt(size_t position) const {
    return static_cast<uint32_t>(position / list_.size() * kNumSlots +
                                 list_[position % list_.size()]);
  }

 private:
  Slots slots_;
  std::vector<uint32_t> list_;  // the same, ascending
};

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_OWNED_ROWS_H_

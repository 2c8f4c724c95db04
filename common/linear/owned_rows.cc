#include "common/linear/owned_rows.h"

namespace lineup {

std::pair<size_t, size_t> RowsOfPart(size_t count, uint32_t part,
                                     uint32_t num_parts) {
  // 64 bits, so that the products do not overflow.
  const uint64_t n = count;
  return {n * part / num_parts, n * (part + uint64_t{1}) / num_parts};
}

OwnedRows::OwnedRows(const Slots& slots) : slots_(slots) {
  for (uint32_t slot = 0; slot < kNumSlots; ++slot) {
    if (slots[slot]) list_.push_back(slot);
  }
}

uint32_t OwnedRows::CountBelow(uint32_t num_rows) const {
  uint32_t count = num_rows / kNumSlots * static_cast<uint32_t>(slots_.count());
  for (uint32_t slot = 0; slot < num_rows % kNumSlots; ++slot) {
    if (slots_[slot]) ++count;
  }
  return count;
}

}  // namespace lineup

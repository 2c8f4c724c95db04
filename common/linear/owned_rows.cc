#include "common/linear/owned_rows.h"

namespace lineup {

std::pair<size_t, size_t> RowsOfPart(size_t count, uint32_t part,
                                     uint32_t num_parts) {
  // 64 bits, so that the products do not overflow.
  const uint64_t n = count;
  return {n * part / num_parts, n * (part + uint64_t{1}) / num_parts};
}

uint32_t OwnedRows::CountBelow(uint32_t num_rows) const {
  uint32_t count = num_rows / kNumSlots * static_cast<uint32_t>(slots_.count());
  for (uint32_t slot = 0; slot < num_rows % kNumSlots; ++slot) {
    if (slots_[slot]) ++count;
  }
  return count;
}

std::vector<uint32_t> OwnedRows::Below(uint32_t num_rows) const {
  std::vector<uint32_t> rows;
  rows.reserve(CountBelow(num_rows));
  for (uint32_t row = 0; row < num_rows; ++row) {
    if (owns(row)) rows.push_back(row);
  }
  return rows;
}

}  // namespace lineup

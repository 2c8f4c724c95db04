// Sorts many 64-bit numbers by their upper halves, from the least digit on:
// for 100,000 scores several times as fast as std::sort. Numbers with equal
// upper halves keep their order.

#ifndef LINEUP_COMMON_LINEAR_RADIX_SORT_H_
#define LINEUP_COMMON_LINEAR_RADIX_SORT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace lineup {

// Fewer than 2^32 numbers. `scratch` is used and left with any contents.
inline void RadixSortByUpperHalf(std::vector<uint64_t>* numbers,
                                 std::vector<uint64_t>* scratch) {
  constexpr int kDigits = 3;
  constexpr int kDigitBits = 11;  // 32 bits are 11 + 11 + 10
  constexpr size_t kBuckets = size_t{1} << kDigitBits;
  const auto digit = [](uint64_t number, int d) {
    return (number >> (32 + d * kDigitBits)) % kBuckets;
  };

  std::array<std::array<uint32_t, kBuckets>, kDigits> starts{};
  for (const uint64_t number : *numbers) {
    for (int d = 0; d < kDigits; ++d) ++starts[d][digit(number, d)];
  }
  scratch->resize(numbers->size());
  for (int d = 0; d < kDigits; ++d) {
    uint32_t next = 0;
    bool all_equal = false;
    for (uint32_t& start : starts[d]) {
      all_equal |= start == numbers->size();
      next += std::exchange(start, next);
    }
    if (all_equal) continue;
    for (const uint64_t number : *numbers) {
      (*scratch)[starts[d][digit(number, d)]++] = number;
    }
    numbers->swap(*scratch);
  }
}

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_RADIX_SORT_H_

#include "common/linear/radix_sort.h"

#include <algorithm>

#include "common/base/random.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

void ExpectSorted(std::vector<uint64_t> numbers) {
  std::vector<uint64_t> expected = numbers;
  std::stable_sort(expected.begin(), expected.end(),
                   [](uint64_t a, uint64_t b) { return a >> 32 < b >> 32; });
  std::vector<uint64_t> scratch;
  RadixSortByUpperHalf(&numbers, &scratch);
  EXPECT_EQ(numbers, expected);
}

TEST(RadixSortTest, SortsByTheUpperHalfAndKeepsTheOrderOfEquals) {
  SplitMix64 random(7);
  for (const size_t size : {0, 1, 2, 3, 1000, 20000}) {
    std::vector<uint64_t> numbers(size);
    for (uint64_t& number : numbers) number = random();
    ExpectSorted(numbers);
    // Many equals, and digits that are the same for all.
    for (uint64_t& number : numbers) number &= 0x0030000fffffffffu;
    ExpectSorted(numbers);
  }
}

}  // namespace
}  // namespace lineup

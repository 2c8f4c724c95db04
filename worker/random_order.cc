#include "worker/random_order.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <numeric>
#include <utility>

#include "absl/types/span.h"
#include "common/base/random.h"

namespace lineup {
namespace {

constexpr int kPileBits = 8;
constexpr size_t kPiles = size_t{1} << kPileBits;
// 4 bytes each: so many numbers are in a processor's cache anyway.
constexpr uint32_t kFitsCache = 200'000;

// Uniform in 0 ... n - 1: D. Lemire, "Fast Random Integer Generation in an
// Interval", 2019, algorithm 5, for 32 bits.
uint32_t Below(uint32_t n, SplitMix64& random) {
  uint64_t product = (random() >> 32) * n;
  if (static_cast<uint32_t>(product) < n) {
    const uint32_t threshold = -n % n;  // 2^32 mod n
    while (static_cast<uint32_t>(product) < threshold) {
      product = (random() >> 32) * n;
    }
  }
  return static_cast<uint32_t>(product >> 32);
}

void ShufflePile(absl::Span<uint32_t> pile, SplitMix64& random) {
  for (uint32_t i = static_cast<uint32_t>(pile.size()); i > 1; --i) {
    std::swap(pile[i - 1], pile[Below(i, random)]);
  }
}

// Calls deal(number, pile) for all numbers in order.
template <typename Deal>
void DealOut(uint32_t n, SplitMix64 random, Deal deal) {
  constexpr uint32_t kAtATime = 64 / kPileBits;
  for (uint64_t begin = 0; begin < n; begin += kAtATime) {
    uint64_t piles = random();
    const uint64_t end = std::min<uint64_t>(n, begin + kAtATime);
    for (uint64_t i = begin; i < end; ++i, piles >>= kPileBits) {
      deal(static_cast<uint32_t>(i), piles % kPiles);
    }
  }
}

}  // namespace

std::vector<uint32_t> RandomOrder(uint32_t n, uint64_t seed) {
  std::vector<uint32_t> order(n);
  SplitMix64 random(HashMix(seed, 1));
  if (n <= kFitsCache) {
    std::iota(order.begin(), order.end(), 0u);
    ShufflePile(absl::MakeSpan(order), random);
    return order;
  }
  const SplitMix64 dealing(HashMix(seed, 2));
  std::array<uint32_t, kPiles> next{};  // place of each pile's next number
  DealOut(n, dealing, [&](uint32_t, size_t pile) { ++next[pile]; });
  std::exclusive_scan(next.begin(), next.end(), next.begin(), 0u);
  DealOut(n, dealing,
          [&](uint32_t i, size_t pile) { order[next[pile]++] = i; });
  uint32_t begin = 0;
  for (const uint32_t end : next) {
    ShufflePile(absl::MakeSpan(order).subspan(begin, end - begin), random);
    begin = end;
  }
  return order;
}

}  // namespace lineup

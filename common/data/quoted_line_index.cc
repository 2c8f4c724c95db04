#include "common/data/quoted_line_index.h"

#include <algorithm>
#include <cstring>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace lineup {
namespace {

constexpr size_t kBlock = 64;

// Bit i: whether at[i] is `c`.
uint64_t MaskOf(const char* at, char c) {
#if defined(__AVX2__)
  const __m256i wanted = _mm256_set1_epi8(c);
  const auto half = [&](const char* from) -> uint32_t {
    const __m256i text =
        _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
    return _mm256_movemask_epi8(_mm256_cmpeq_epi8(text, wanted));
  };
  return half(at) | uint64_t{half(at + 32)} << 32;
#else
  uint64_t mask = 0;
  for (size_t i = 0; i < kBlock; ++i) mask |= uint64_t{at[i] == c} << i;
  return mask;
#endif
}

// Bit i: whether bits 0 to i have an odd number of ones.
uint64_t PrefixXor(uint64_t bits) {
  for (int shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
  return bits;
}

}  // namespace

QuotedLineIndex::QuotedLineIndex(uint64_t begin, uint64_t split_bytes)
    : begin_(begin),
      split_bytes_(std::max<uint64_t>(split_bytes, 1)),
      offset_(begin),
      starts_({begin}),
      target_(begin + split_bytes_) {}

void QuotedLineIndex::Add(absl::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  for (; end - at >= static_cast<ptrdiff_t>(kBlock); at += kBlock) {
    AddBlock(MaskOf(at, '"'), MaskOf(at, '\n'), kBlock);
  }
  if (at == end) return;
  char last[kBlock] = {};
  std::memcpy(last, at, end - at);
  AddBlock(MaskOf(last, '"'), MaskOf(last, '\n'), end - at);
}

void QuotedLineIndex::AddBlock(uint64_t quotes, uint64_t newlines,
                               size_t count) {
  const uint64_t inside = PrefixXor(quotes) ^ inside_;
  inside_ = inside >> 63 != 0 ? ~uint64_t{0} : 0;
  quoted_newline_ = quoted_newline_ || (newlines & inside) != 0;
  const uint64_t block = offset_;
  offset_ += count;
  if (offset_ < target_) return;
  for (uint64_t ends = newlines & ~inside; ends != 0; ends &= ends - 1) {
    AddStart(block + __builtin_ctzll(ends) + 1);
  }
}

void QuotedLineIndex::AddStart(uint64_t start) {
  if (start < target_) return;
  starts_.push_back(start);
  target_ = begin_ + ((start - begin_) / split_bytes_ + 1) * split_bytes_;
}

}  // namespace lineup

// Finds the characters that end fields and lines, 64 at a time, and hands
// them out one by one.
//
// Reads up to 64 bytes behind the last stop it is asked for: the text must be
// padded (RecordParser::kPadding), and the caller must know that there is a
// next stop.

#ifndef LINEUP_COMMON_DATA_STOP_SCANNER_H_
#define LINEUP_COMMON_DATA_STOP_SCANNER_H_

#include <cstdint>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace lineup {

// Stops are one given character and the end of a line.
class DelimiterOrNewline {
 public:
  explicit DelimiterOrNewline(char delimiter) : delimiter_(delimiter) {}

#if defined(__AVX2__)
  uint32_t Mask(const char* at) const {
    const __m256i text =
        _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
    return _mm256_movemask_epi8(
        _mm256_or_si256(_mm256_cmpeq_epi8(text, _mm256_set1_epi8(delimiter_)),
                        _mm256_cmpeq_epi8(text, _mm256_set1_epi8('\n'))));
  }
#endif
  bool IsStop(char c) const { return c == delimiter_ || c == '\n'; }

 private:
  const char delimiter_;
};

// Stops are the colon, blanks and everything else up to the space.
class ColonOrBlank {
 public:
#if defined(__AVX2__)
  uint32_t Mask(const char* at) const {
    const __m256i text =
        _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
    const __m256i space = _mm256_set1_epi8(' ');
    return _mm256_movemask_epi8(_mm256_or_si256(
        _mm256_cmpeq_epi8(text, _mm256_set1_epi8(':')),
        _mm256_cmpeq_epi8(_mm256_max_epu8(text, space), space)));
  }
#endif
  bool IsStop(char c) const {
    return c == ':' || static_cast<unsigned char>(c) <= ' ';
  }
};

template <typename Stops>
class StopScanner {
 public:
  StopScanner(const Stops& stops, const char* start)
      : stops_(stops), block_(start), mask_(MaskAt(start)) {}

  // Continues the search at `start`.
  void Restart(const char* start) {
    block_ = start;
    mask_ = MaskAt(start);
  }

  // The next stop.
  const char* Next() {
    while (mask_ == 0) {
      block_ += 64;
      mask_ = MaskAt(block_);
    }
    const char* stop = block_ + __builtin_ctzll(mask_);
    mask_ &= mask_ - 1;
    return stop;
  }

 private:
  uint64_t MaskAt(const char* at) const {
#if defined(__AVX2__)
    return stops_.Mask(at) | uint64_t{stops_.Mask(at + 32)} << 32;
#else
    uint64_t mask = 0;
    for (int i = 0; i < 64; ++i) mask |= uint64_t{stops_.IsStop(at[i])} << i;
    return mask;
#endif
  }

  const Stops stops_;
  const char* block_;
  uint64_t mask_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_STOP_SCANNER_H_

// Decimal text to float, exactly rounded, at several hundred million
// characters a second: what the speed of reading CSV and LIBSVM hangs on.
//
// ParseDecimal takes the shape nearly all numbers in data have (a sign, up to
// 16 characters of digits with at most one point) and refuses everything
// else; ParseNumber takes any number and says what is wrong with what is not
// one. Both round the decimal value once, to the nearest float.
//
// The digits are summed with the multiply-add reductions of W. Mula, "SIMD:
// number parsing"; the quotient is formed in double as in W. Clinger, "How to
// read floating point numbers accurately" (1990): significand and power of
// ten are exact in a double, so their quotient is the correctly rounded
// double, and rounding that to float is right unless it lies on the midpoint
// of two floats, which is left to ParseNumber.

#ifndef LINEUP_COMMON_DATA_NUMBER_H_
#define LINEUP_COMMON_DATA_NUMBER_H_

#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE4_1__)
#include <immintrin.h>
#endif

#include "absl/strings/string_view.h"

namespace lineup {

enum class NumberKind {
  kFinite,
  kEmpty,     // nothing, or only blanks
  kMissing,   // NA, N/A, null, none, ? ...
  kNan,       // nan
  kInfinite,  // inf
  kTooLarge,  // finite, but beyond the largest float
  kText,      // anything else
};

// Parses the whole of `text`, which may have blanks around it and a leading
// plus. *value is set for kFinite only. Numbers too small for a float become
// zero.
NumberKind ParseNumber(absl::string_view text, float* value);

// Bytes that must be readable before the text handed to ParseDecimal.
constexpr size_t kNumberPadding = 16;

// Parses [begin, end), which must not be empty. True if it was a plain
// decimal; false (and *value unset) if ParseNumber is needed. Reads up to
// kNumberPadding bytes before `begin`.
inline bool ParseDecimal(const char* begin, const char* end, float* value);

// Parses an unsigned integer of 1 to 8 digits in [begin, end); false for
// anything else. Reads up to kNumberPadding bytes before `begin`.
inline bool ParseSmallInteger(const char* begin, const char* end,
                              uint32_t* value);

// --- implementation ---

namespace internal_number {

struct Tables {
  // 16 zeros, then 16 times 0xff: loaded at n, the last n lanes are set.
  alignas(32) unsigned char keep[32];
  // Moves the lanes before the point, in lane i, one up, over the point; row
  // 16 leaves all lanes where they are.
  alignas(32) unsigned char close_gap[17][16];
  // 10 to the number of lanes after the point in lane i; 1 for row 16.
  double divisor[17];
};

extern const Tables kTables;

// Half of a float's last place, as the bits of a double below the float's.
constexpr uint64_t kBelowFloat = (uint64_t{1} << 29) - 1;
constexpr uint64_t kFloatMidpoint = uint64_t{1} << 28;

}  // namespace internal_number

#if defined(__SSE4_1__)

inline bool ParseDecimal(const char* begin, const char* end, float* value) {
  const internal_number::Tables& tables = internal_number::kTables;
  const uint32_t negative = *begin == '-';
  begin += negative;
  const size_t length = end - begin;
  if (length - 1 >= 16) return false;
  const __m128i text =
      _mm_loadu_si128(reinterpret_cast<const __m128i*>(end - 16));
  const uint32_t keep = (0xffff0000u >> length) & 0xffff;
  const uint32_t points =
      _mm_movemask_epi8(_mm_cmpeq_epi8(text, _mm_set1_epi8('.'))) & keep;
  __m128i digits = _mm_sub_epi8(text, _mm_set1_epi8('0'));
  const uint32_t are_digits =
      _mm_movemask_epi8(
          _mm_cmpeq_epi8(_mm_min_epu8(digits, _mm_set1_epi8(9)), digits)) &
      keep;
  if ((are_digits | points) != keep || (points & (points - 1)) != 0 ||
      are_digits == 0) {
    return false;
  }
  const int point = __builtin_ctz(points | 0x10000);
  digits = _mm_and_si128(
      digits,
      _mm_loadu_si128(reinterpret_cast<const __m128i*>(tables.keep + length)));
  digits = _mm_shuffle_epi8(
      digits, _mm_load_si128(
                  reinterpret_cast<const __m128i*>(tables.close_gap[point])));
  const __m128i pairs = _mm_maddubs_epi16(
      digits,
      _mm_set_epi8(1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10, 1, 10));
  const __m128i fours =
      _mm_madd_epi16(pairs, _mm_set_epi16(1, 100, 1, 100, 1, 100, 1, 100));
  const __m128i eights =
      _mm_madd_epi16(_mm_packus_epi32(fours, fours),
                     _mm_set_epi16(1, 10000, 1, 10000, 1, 10000, 1, 10000));
  const uint64_t halves = _mm_cvtsi128_si64(eights);
  const uint64_t significand =
      (halves & 0xffffffff) * 100000000 + (halves >> 32);
  if (significand >> 53 != 0) return false;
  const double magnitude =
      static_cast<double>(static_cast<int64_t>(significand)) /
      tables.divisor[point];
  uint64_t bits;
  std::memcpy(&bits, &magnitude, sizeof(bits));
  if ((bits & internal_number::kBelowFloat) ==
      internal_number::kFloatMidpoint) {
    return false;
  }
  const float rounded = static_cast<float>(magnitude);
  uint32_t float_bits;
  std::memcpy(&float_bits, &rounded, sizeof(float_bits));
  float_bits |= negative << 31;
  std::memcpy(value, &float_bits, sizeof(float_bits));
  return true;
}

#else

inline bool ParseDecimal(const char* begin, const char* end, float* value) {
  return ParseNumber(absl::string_view(begin, end - begin), value) ==
         NumberKind::kFinite;
}

#endif

inline bool ParseSmallInteger(const char* begin, const char* end,
                              uint32_t* value) {
  const size_t length = end - begin;
  if (length - 1 >= 8) return false;
  uint64_t digits;
  std::memcpy(&digits, end - 8, sizeof(digits));
  // Little-endian: the last character is the highest byte. What stands before
  // the number becomes zero digits.
  digits = (digits ^ 0x3030303030303030) & (~uint64_t{0} << (8 * (8 - length)));
  if (((digits + 0x7676767676767676) | digits) & 0x8080808080808080) {
    return false;
  }
  digits = digits * 10 + (digits >> 8);
  *value = (((digits & 0x000000ff000000ff) * 0x000f424000000064 +
             ((digits >> 16) & 0x000000ff000000ff) * 0x0000271000000001) >>
            32);
  return true;
}

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_NUMBER_H_

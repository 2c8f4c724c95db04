#ifndef LINEUP_COMMON_BASE_RANDOM_H_
#define LINEUP_COMMON_BASE_RANDOM_H_

// Random numbers that are the same on every machine and in every release:
// they decide initial weights, shuffles and samples, which must not depend on
// who computes them. None of this is for secrets.
//
// Two styles: pure functions of a seed and a position (any server can create
// any row of the weights at any time), and a generator for sequences.
//
// The mixing function is the finaliser of SplitMix64 (G. L. Steele, D. Lea,
// C. H. Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014,
// with the constants of S. Vigna's splitmix64.c).

#include <cstdint>
#include <limits>
#include <utility>

#include "absl/types/span.h"

namespace lineup {

inline constexpr uint64_t kGoldenGamma = 0x9e3779b97f4a7c15u;

// Spreads the bits of `x`: a bijection without visible structure.
constexpr uint64_t Mix64(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

// 64 random bits as a pure function of a seed and a position (a, b), such as
// feature and column. The order of the arguments matters. Where many positions
// have the same seed and `a`, what these make of it can be kept.
class HashOf {
 public:
  constexpr HashOf(uint64_t seed, uint64_t a)
      : hash_(Mix64((Mix64(seed + kGoldenGamma) ^ a) + kGoldenGamma)) {}
  constexpr uint64_t With(uint64_t b) const {
    return Mix64((hash_ ^ b) + kGoldenGamma);
  }

 private:
  uint64_t hash_;
};
constexpr uint64_t HashMix(uint64_t seed, uint64_t a, uint64_t b = 0) {
  return HashOf(seed, a).With(b);
}

// Uniform in [0, 1), from the upper 53 bits of a hash.
constexpr double UniformFromHash(uint64_t hash) {
  return static_cast<double>(hash >> 11) * 0x1.0p-53;
}

// Standard normal (mean 0, variance 1), as a pure function of a hash
// (G. E. P. Box, M. E. Muller, 1958).
double NormalFromHash(uint64_t hash);

// Vigna's splitmix64: a sequence of 64-bit numbers, fit for the standard
// library's distributions too (whose results differ between libraries; prefer
// the members here). Equal seeds give equal sequences. For one thread.
class SplitMix64 {
 public:
  using result_type = uint64_t;

  explicit constexpr SplitMix64(uint64_t seed) : state_(seed) {}

  static constexpr uint64_t min() { return 0; }
  static constexpr uint64_t max() {
    return std::numeric_limits<uint64_t>::max();
  }
  constexpr uint64_t operator()() { return Mix64(state_ += kGoldenGamma); }

  // Uniform in [0, 1).
  constexpr double Uniform() { return UniformFromHash((*this)()); }

  // Uniform in 0 … n − 1, without bias; n > 0.
  uint64_t Below(uint64_t n);

 private:
  uint64_t state_;
};

// Puts `values` into a random order, each equally likely (Fisher and Yates).
template <typename T>
void Shuffle(absl::Span<T> values, SplitMix64& random) {
  for (size_t i = values.size(); i > 1; --i) {
    using std::swap;
    swap(values[i - 1], values[random.Below(i)]);
  }
}

}  // namespace lineup

#endif  // LINEUP_COMMON_BASE_RANDOM_H_

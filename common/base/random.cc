#include "common/base/random.h"

#include <cmath>

#include "absl/numeric/int128.h"
#include "glog/logging.h"

namespace lineup {

double NormalFromHash(uint64_t hash) {
  constexpr double kTwoPi = 6.283185307179586;
  // In (0, 1], for its logarithm is taken.
  const double radius = 1.0 - UniformFromHash(hash);
  const double angle = UniformFromHash(Mix64(hash + kGoldenGamma));
  return std::sqrt(-2.0 * std::log(radius)) * std::cos(kTwoPi * angle);
}

// D. Lemire, "Fast Random Integer Generation in an Interval", 2019, alg. 5.
uint64_t SplitMix64::Below(uint64_t n) {
  CHECK_GT(n, 0u);
  absl::uint128 product = absl::uint128((*this)()) * n;
  if (absl::Uint128Low64(product) < n) {
    const uint64_t threshold = -n % n;  // 2^64 mod n
    while (absl::Uint128Low64(product) < threshold) {
      product = absl::uint128((*this)()) * n;
    }
  }
  return absl::Uint128High64(product);
}

}  // namespace lineup

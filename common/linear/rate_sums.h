// Running sums of the learning rates of all columns, so that a row which many
// updates did not touch can be caught up in one step.
//
// Memory is bounded: sums up to the last kEntries updates are kept one by one,
// older ones up to every 4th update, still older ones up to every 16th, and so
// on, kEntries of each. Between kept sums they are interpolated; learning rates
// change so slowly that this is within two percent, mostly far better.
//
// Thread safety: Add excludes readers; readers may run in parallel.

#ifndef LINEUP_COMMON_LINEAR_RATE_SUMS_H_
#define LINEUP_COMMON_LINEAR_RATE_SUMS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "common/base/prefetch.h"
#include "common/linear/aligned.h"
#include "common/linear/lineup_columns.h"

namespace lineup {

class RateSums {
 public:
  static constexpr uint32_t kEntries = 1 << 10;
  static constexpr int kStrideBits = 2;  // from one level to the next

  explicit RateSums(size_t width) : width_(width), total_(width, 0.0) {}

  // Appends the rates (width floats) of the next update.
  void Add(const float* rates);

  // The same sums of some of the columns, `width` with padding.
  RateSums Keep(absl::Span<const ColumnRun> runs, size_t width) const;

  size_t width() const { return width_; }
  uint32_t num_updates() const { return num_updates_; }

  // The sums up to and including an update (0: before the first), of all
  // columns: those at `before`, and `fraction` of the way to those at `after`.
  struct Sums {
    const double* before;
    const double* after;
    double fraction;
  };
  Sums UpTo(uint32_t update) const;

  // Asks for the memory of the sums up to an update, of some columns.
  void Prefetch(uint32_t update, ColumnRange columns) const {
    const Sums sums = UpTo(update);
    constexpr size_t kPerLine = kCacheLineBytes / sizeof(double);
    const size_t end = columns.first + columns.size;
    for (size_t k = columns.first / kPerLine * kPerLine; k < end;
         k += kPerLine) {
      ::lineup::Prefetch(sums.before + k);
    }
  }

  // The sum of the rates between two updates, for eight columns from `column`.
  static Float8 Difference(const Sums& from, const Sums& to, size_t column) {
    return Combine(Difference4(from, to, column),
                   Difference4(from, to, column + 4));
  }

 private:
  using Double4 = double __attribute__((vector_size(32)));

  static Double4 At4(const Sums& sums, size_t column) {
    const Double4 before = _mm256_loadu_pd(sums.before + column);
    if (sums.fraction == 0) return before;
    const Double4 after = _mm256_loadu_pd(sums.after + column);
    return before + sums.fraction * (after - before);
  }
  static Double4 Difference4(const Sums& from, const Sums& to, size_t column) {
    return At4(to, column) - At4(from, column);
  }
  static Float8 Combine(Double4 low, Double4 high) {
    return _mm256_set_m128(_mm256_cvtpd_ps(high), _mm256_cvtpd_ps(low));
  }

  size_t width_;
  uint32_t num_updates_ = 0;
  AlignedDoubles total_;
  // Level l: rings of the sums up to every 4^l-th update, from update 0 on.
  std::vector<AlignedDoubles> levels_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_RATE_SUMS_H_

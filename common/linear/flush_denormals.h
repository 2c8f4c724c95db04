// Denormal numbers count as zero within a scope.
//
// Moments that no gradient feeds any more shrink by a constant factor with
// every update until they are denormal, and there they stay: rounding keeps the
// smallest denormal where it is. Arithmetic on them is some fifty times slower,
// and it is slow for all columns of a block. No result that matters depends on
// numbers below 1e-38, so every kernel that computes with weights, gradients
// or optimizer state opens such a scope, on workers and servers alike, and
// results are the same bits everywhere.
//
// Thread safety: affects the calling thread only.

#ifndef LINEUP_COMMON_LINEAR_FLUSH_DENORMALS_H_
#define LINEUP_COMMON_LINEAR_FLUSH_DENORMALS_H_

#include <immintrin.h>

namespace lineup {

class ScopedFlushDenormals {
 public:
  ScopedFlushDenormals() : before_(_mm_getcsr()) {
    if ((before_ & kFlush) != kFlush) _mm_setcsr(before_ | kFlush);
  }
  ~ScopedFlushDenormals() {
    if ((before_ & kFlush) != kFlush) _mm_setcsr(before_);
  }
  ScopedFlushDenormals(const ScopedFlushDenormals&) = delete;
  ScopedFlushDenormals& operator=(const ScopedFlushDenormals&) = delete;

 private:
  // Of the MXCSR register: denormal results and denormal operands become 0.
  static constexpr unsigned kFlush = 0x8040;

  const unsigned before_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_FLUSH_DENORMALS_H_

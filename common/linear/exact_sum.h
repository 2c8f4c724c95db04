// A sum of doubles without any rounding, until it is asked for.
//
// So it does not depend on the order of its terms, nor on how parts of it were
// merged: statistics that workers gather apart have the same bits however the
// examples were shared out. The exact value is kept as an expansion, a few
// doubles of increasing magnitude that do not overlap (J. R. Shewchuk,
// "Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric
// Predicates", 1997), and Value() is it rounded once, to the nearest double.
//
// Terms that are not finite, or a sum beyond the range of double, make the sum
// not finite for good.
//
// Thread safety: a plain value.

#ifndef LINEUP_COMMON_LINEAR_EXACT_SUM_H_
#define LINEUP_COMMON_LINEAR_EXACT_SUM_H_

#include <vector>

#include "absl/types/span.h"

namespace lineup {

class ExactSum {
 public:
  // Not inline: were `value` a product there, the compiler could fuse it with
  // an addition and so round it differently in different places.
  void Add(double value);
  void Merge(const ExactSum& other);

  double Value() const;

  // Doubles whose exact sum is this sum: what to send to another process,
  // which adds them up again.
  absl::Span<const double> terms() const { return terms_; }

 private:
  std::vector<double> terms_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_EXACT_SUM_H_

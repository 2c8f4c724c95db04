#include "common/linear/exact_sum.h"

#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

namespace lineup {

void ExactSum::Add(double value) {
  if (!terms_.empty() && !std::isfinite(terms_.back())) {
    terms_.back() += value;
    return;
  }
  // Adds to each term, smallest first, and keeps what rounding loses.
  size_t kept = 0;
  for (double term : terms_) {
    if (std::abs(value) < std::abs(term)) std::swap(value, term);
    const double sum = value + term;
    const double lost = term - (sum - value);
    if (lost != 0) terms_[kept++] = lost;
    value = sum;
  }
  if (!std::isfinite(value)) kept = 0;
  terms_.resize(kept);
  if (value != 0) terms_.push_back(value);
}

void ExactSum::Merge(const ExactSum& other) {
  const std::vector<double> terms = other.terms_;  // may be this
  for (const double term : terms) Add(term);
}

double ExactSum::Value() const {
  if (terms_.empty()) return 0;
  size_t i = terms_.size() - 1;
  double sum = terms_[i];
  double lost = 0;
  while (i > 0 && lost == 0) {
    const double larger = sum;
    const double term = terms_[--i];
    sum = larger + term;
    lost = term - (sum - larger);
  }
  // Where the loss was half a unit in the last place, the terms below decide
  // to which side the whole is nearer.
  if (i > 0 && (lost < 0) == (terms_[i - 1] < 0)) {
    const double twice = 2 * lost;
    const double nearer = sum + twice;
    if (twice == nearer - sum) sum = nearer;
  }
  return sum;
}

}  // namespace lineup

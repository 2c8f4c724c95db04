// The words for what is wrong with a record, in one place so that the formats
// say the same thing in the same way: what was found, what was expected, and
// what to do about it.

#ifndef LINEUP_COMMON_DATA_PARSE_ERRORS_H_
#define LINEUP_COMMON_DATA_PARSE_ERRORS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "common/data/number.h"
#include "common/data/schema.h"

namespace lineup {

// `text` in quotes, escaped, cut after some 40 characters.
std::string Quoted(absl::string_view text);

// A value that ParseNumber refuses with `kind`.
std::string BadNumber(NumberKind kind, absl::string_view text);

// A value that is a number but not finite or not a float, from a format that
// stores numbers in binary.
std::string BadStoredNumber(double value);

// Whether a label belongs to the domain.
inline bool LabelFits(const LabelDomain& domain, float label) {
  switch (domain.kind) {
    case LabelDomain::kAny:
      return true;
    case LabelDomain::kBinary:
      return label == 0 || label == 1 || label == -1;
    case LabelDomain::kClasses:
      return label >= 0 && label < static_cast<float>(domain.num_classes) &&
             label == static_cast<float>(static_cast<uint32_t>(label));
  }
  return false;
}

// A label outside the domain.
std::string BadLabel(const LabelDomain& domain, float label);

// A negative example weight.
std::string BadWeight(float weight);

// A feature id of sparse data beyond the number of features. `first_id` is
// what the first feature is called.
std::string IdTooLarge(absl::string_view id, uint64_t num_features,
                       int first_id);

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_PARSE_ERRORS_H_

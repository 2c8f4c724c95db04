#ifndef LINEUP_COMMON_BASE_NEAREST_NAME_H_
#define LINEUP_COMMON_BASE_NEAREST_NAME_H_

// Finds what a misspelt name was probably meant to be, for error messages:
//
//   absl::StrCat("unknown hyperparameter \"", name, "\"",
//                DidYouMean(name, valid_names))
//   → unknown hyperparameter "learning_rat"; did you mean "learning_rate"?

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace lineup {

// The fewest insertions, deletions, replacements and swaps of neighbouring
// characters that make `a` into `b` ("optimal string alignment" distance).
// Case and the difference between '-' and '_' do not count.
int EditDistance(absl::string_view a, absl::string_view b);

// The valid name nearest to `name`, or "" if none is near: more than a third
// of the longer name's characters (but at least one) would have to change. Of
// equally near names the first wins.
absl::string_view NearestName(absl::string_view name,
                              absl::Span<const absl::string_view> valid_names);

// `; did you mean "x"?` with the nearest of `valid_names` (any container of
// strings), or "" where none is near.
template <typename Names>
std::string DidYouMean(absl::string_view name, const Names& valid_names) {
  const std::vector<absl::string_view> views(valid_names.begin(),
                                             valid_names.end());
  const absl::string_view nearest = NearestName(name, views);
  if (nearest.empty()) return "";
  return "; did you mean \"" + std::string(nearest) + "\"?";
}

}  // namespace lineup

#endif  // LINEUP_COMMON_BASE_NEAREST_NAME_H_

#include "common/base/nearest_name.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/ascii.h"

namespace lineup {
namespace {

char Fold(char c) { return c == '-' ? '_' : absl::ascii_tolower(c); }

}  // namespace

int EditDistance(absl::string_view a, absl::string_view b) {
  // Rows i-2, i-1 and i of the usual table: row i, entry j is the distance of
  // the first i characters of `a` and the first j of `b`.
  std::vector<int> before_last(b.size() + 1);
  std::vector<int> last(b.size() + 1);
  std::vector<int> current(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = static_cast<int>(j);
  for (size_t i = 1; i <= a.size(); ++i) {
    current[0] = static_cast<int>(i);
    for (size_t j = 1; j <= b.size(); ++j) {
      const char x = Fold(a[i - 1]);
      const char y = Fold(b[j - 1]);
      current[j] = std::min(
          {last[j] + 1, current[j - 1] + 1, last[j - 1] + (x == y ? 0 : 1)});
      if (i > 1 && j > 1 && x == Fold(b[j - 2]) && Fold(a[i - 2]) == y) {
        current[j] = std::min(current[j], before_last[j - 2] + 1);
      }
    }
    std::swap(before_last, last);
    std::swap(last, current);
  }
  return last[b.size()];
}

absl::string_view NearestName(absl::string_view name,
                              absl::Span<const absl::string_view> valid_names) {
  absl::string_view nearest;
  int nearest_distance = 0;
  for (const absl::string_view valid_name : valid_names) {
    const int distance = EditDistance(name, valid_name);
    const int longer =
        static_cast<int>(std::max(name.size(), valid_name.size()));
    if (distance > std::max(1, longer / 3)) continue;
    if (distance >= longer) continue;  // nothing in common
    if (nearest.empty() || distance < nearest_distance) {
      nearest = valid_name;
      nearest_distance = distance;
    }
  }
  return nearest;
}

}  // namespace lineup

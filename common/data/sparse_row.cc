#include "common/data/sparse_row.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

namespace lineup {
namespace {

void SortByIds(absl::Span<uint32_t> ids, absl::Span<float> values) {
  std::vector<std::pair<uint32_t, float>> row(ids.size());
  for (size_t i = 0; i < ids.size(); ++i) row[i] = {ids[i], values[i]};
  std::sort(row.begin(), row.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  for (size_t i = 0; i < ids.size(); ++i) {
    ids[i] = row[i].first;
    values[i] = row[i].second;
  }
}

}  // namespace

absl::optional<uint32_t> SortSparseRow(absl::Span<uint32_t> ids,
                                       absl::Span<float> values) {
  const auto not_ascending = std::adjacent_find(ids.begin(), ids.end(),
                                                std::greater_equal<uint32_t>());
  if (not_ascending == ids.end()) return absl::nullopt;
  SortByIds(ids, values);
  const auto twice = std::adjacent_find(ids.begin(), ids.end());
  if (twice == ids.end()) return absl::nullopt;
  return *twice;
}

}  // namespace lineup

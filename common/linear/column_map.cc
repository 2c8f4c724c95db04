#include "common/linear/column_map.h"

#include <algorithm>

namespace lineup {

ColumnMap::ColumnMap(const LineupColumns& from, const LineupColumns& to,
                     absl::Span<const size_t> sources)
    : is_identity_(from.num_candidates() == to.num_candidates() &&
                   from.width() == to.width()) {
  std::vector<int64_t> source_of(to.width(), -1);
  for (const ColumnRun& run : ColumnRuns(from, to, sources)) {
    is_identity_ &= run.from == run.to;
    for (size_t i = 0; i < run.size; ++i) source_of[run.to + i] = run.from + i;
  }
  for (size_t block = 0; block < to.width(); block += kBlockColumns) {
    const size_t begin = parts_.size();
    for (size_t lane = 0; lane < kBlockColumns; ++lane) {
      const int64_t source = source_of[block + lane];
      if (source < 0) continue;
      const size_t first = source / kBlockColumns * kBlockColumns;
      auto part = std::find_if(parts_.begin() + begin, parts_.end(),
                               [&](const Part& p) { return p.from == first; });
      if (part == parts_.end()) {
        part = parts_.insert(part, Part{Mask8{}, {}, first});
      }
      part->mask[lane] = -1;
      part->lanes[lane] = static_cast<int32_t>(source - first);
    }
    part_ends_.push_back(parts_.size());
  }
}

}  // namespace lineup

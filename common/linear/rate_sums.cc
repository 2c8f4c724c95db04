#include "common/linear/rate_sums.h"

#include <algorithm>

namespace lineup {

void RateSums::Add(const float* rates) {
  if (levels_.empty()) levels_.emplace_back(width_, 0.0);
  ++num_updates_;
  for (size_t k = 0; k < width_; ++k) total_[k] += rates[k];
  uint32_t update = num_updates_;
  for (size_t level = 0;; ++level, update >>= kStrideBits) {
    if (level == levels_.size()) levels_.emplace_back(width_, 0.0);
    AlignedDoubles& ring = levels_[level];
    if (ring.size() < kEntries * width_) ring.resize(ring.size() + width_);
    std::copy(total_.begin(), total_.end(),
              ring.begin() + update % kEntries * width_);
    if (update % (1 << kStrideBits) != 0) return;
  }
}

RateSums RateSums::Keep(absl::Span<const ColumnRun> runs, size_t width) const {
  const auto keep = [&](const AlignedDoubles& rows) {
    const size_t count = rows.size() / width_;
    AlignedDoubles kept(count * width, 0.0);
    for (size_t i = 0; i < count; ++i) {
      CopyColumns(runs, &rows[i * width_], &kept[i * width]);
    }
    return kept;
  };
  RateSums sums(width);
  sums.num_updates_ = num_updates_;
  sums.total_ = keep(total_);
  for (const AlignedDoubles& level : levels_) {
    sums.levels_.push_back(keep(level));
  }
  return sums;
}

RateSums::Sums RateSums::UpTo(uint32_t update) const {
  if (update == num_updates_) return {total_.data(), total_.data(), 0.0};
  uint32_t last = num_updates_;
  uint32_t entry = update;
  int level = 0;
  while (last - entry >= kEntries) {
    last >>= kStrideBits;
    entry >>= kStrideBits;
    ++level;
  }
  const int shift = level * kStrideBits;
  const double* const ring = levels_[level].data();
  return {
      ring + entry % kEntries * width_, ring + (entry + 1) % kEntries * width_,
      static_cast<double>(update - (entry << shift)) / (uint32_t{1} << shift)};
}

}  // namespace lineup

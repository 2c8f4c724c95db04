#include "server/gradient_sum.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/linear/aligned.h"

namespace lineup {
namespace {

void AddRow(const float* row, size_t width, float* out) {
  for (size_t k = 0; k < width; k += kBlockColumns) {
    Store8(out + k, Load8(out + k) + Load8(row + k));
  }
}

}  // namespace

void GradientSum::Gather(absl::Span<const GradientPart> lanes, uint32_t stripe,
                         size_t width) {
  lanes_.assign(lanes.begin(), lanes.end());
  width_ = width;
  merged_ =
      !std::all_of(lanes.begin(), lanes.end(), [&](const GradientPart& l) {
        return l.rows->SameRowsInStripe(*lanes[0].rows, stripe);
      });
  if (merged_) {
    GatherUnion(stripe);
  } else {
    rows_ = lanes[0].rows;
    refs_ = lanes[0].refs;
  }
}

void GradientSum::GatherUnion(uint32_t stripe) {
  parts_.clear();
  for (uint32_t l = 0; l < lanes_.size(); ++l) {
    const RowSet& rows = *lanes_[l].rows;
    for (size_t j = 0; j < rows.count(stripe); ++j) {
      const size_t index = rows.first(stripe) + j * rows.stride();
      parts_.push_back({rows.row(index), l, index});
    }
  }
  std::sort(parts_.begin(), parts_.end(), [](const Part& a, const Part& b) {
    return std::make_pair(a.row, a.lane) < std::make_pair(b.row, b.lane);
  });
  std::vector<uint32_t> rows = union_rows_.TakeRows();
  rows.clear();
  union_refs_.clear();
  part_starts_.clear();
  for (size_t p = 0; p < parts_.size(); ++p) {
    if (p > 0 && parts_[p].row == parts_[p - 1].row) continue;
    part_starts_.push_back(p);
    rows.push_back(parts_[p].row);
    union_refs_.push_back(lanes_[parts_[p].lane].refs[parts_[p].index]);
  }
  part_starts_.push_back(parts_.size());
  std::array<uint32_t, kNumStripes + 1> begins{};
  std::fill(begins.begin() + stripe + 1, begins.end(),
            static_cast<uint32_t>(rows.size()));
  union_rows_ = RowSet::Grouped(std::move(rows), begins);
  rows_ = &union_rows_;
  refs_ = union_refs_.data();
}

void GradientSum::operator()(size_t first, size_t stride, size_t count,
                             float* out) const {
  for (size_t j = 0; j < count; ++j, out += width_) {
    const size_t i = first + j * stride;
    const size_t parts =
        merged_ ? part_starts_[i + 1] - part_starts_[i] : lanes_.size();
    for (size_t p = 0; p < parts; ++p) {
      const float* row;
      if (merged_) {
        const Part& part = parts_[part_starts_[i] + p];
        row = lanes_[part.lane].gradient + part.index * width_;
      } else {
        row = lanes_[p].gradient + i * width_;
      }
      if (p == 0) {
        std::copy(row, row + width_, out);
      } else {
        AddRow(row, width_, out);
      }
    }
  }
}

}  // namespace lineup

// Which rows of the weight matrix a minibatch touches, and where they live.
//
// Row 0 is the bias; feature f is row f + 1. Slot = row % kNumSlots is what is
// placed on a server, stripe = row % kNumStripes is what one thread at a time
// works on (kNumStripes divides kNumSlots, so a slot lies in one stripe).
//
// A RowSet lists rows stripe by stripe without sorting anything at use:
// element j of stripe s has index first(s) + j * stride(), and row(index) is
// its row. Dense data touches all rows in their natural order (stride
// kNumStripes); sparse data lists the distinct rows of a minibatch grouped by
// stripe (stride 1). Buffers of weights and gradients are laid out by index.

#ifndef LINEUP_COMMON_LINEAR_ROW_SET_H_
#define LINEUP_COMMON_LINEAR_ROW_SET_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace lineup {

inline constexpr uint32_t kBiasRow = 0;
inline constexpr uint32_t kNumSlots = 256;
inline constexpr uint32_t kNumStripes = 16;

inline uint32_t RowOfFeature(uint32_t feature) { return feature + 1; }
inline uint32_t SlotOfRow(uint32_t row) { return row % kNumSlots; }
inline uint32_t StripeOfRow(uint32_t row) { return row % kNumStripes; }

class RowSet {
 public:
  RowSet() = default;

  // Rows 0 .. num_rows - 1.
  static RowSet All(uint32_t num_rows) {
    RowSet set;
    set.num_rows_ = num_rows;
    return set;
  }

  // Rows begin .. end - 1, grouped by stripe.
  static RowSet Range(uint32_t begin, uint32_t end) {
    std::vector<uint32_t> rows;
    rows.reserve(end - begin);
    std::array<uint32_t, kNumStripes + 1> begins{};
    for (uint32_t stripe = 0; stripe < kNumStripes; ++stripe) {
      uint32_t row =
          begin + (stripe + kNumStripes - StripeOfRow(begin)) % kNumStripes;
      for (; row < end; row += kNumStripes) rows.push_back(row);
      begins[stripe + 1] = static_cast<uint32_t>(rows.size());
    }
    return Grouped(std::move(rows), begins);
  }

  // `rows` grouped by stripe; stripe s is [begins[s], begins[s + 1]).
  static RowSet Grouped(std::vector<uint32_t> rows,
                        const std::array<uint32_t, kNumStripes + 1>& begins) {
    RowSet set;
    set.rows_ = std::move(rows);
    set.begins_ = begins;
    set.num_rows_ = static_cast<uint32_t>(set.rows_.size());
    set.grouped_ = true;
    return set;
  }

  size_t size() const { return num_rows_; }
  bool is_all() const { return !grouped_; }
  size_t stride() const { return grouped_ ? 1 : kNumStripes; }
  size_t first(uint32_t stripe) const {
    return grouped_ ? begins_[stripe] : stripe;
  }
  size_t count(uint32_t stripe) const {
    if (grouped_) return begins_[stripe + 1] - begins_[stripe];
    return stripe < num_rows_ ? (num_rows_ - stripe - 1) / kNumStripes + 1 : 0;
  }
  uint32_t row(size_t index) const {
    return grouped_ ? rows_[index] : static_cast<uint32_t>(index);
  }
  // Whether both list the same rows of a stripe under the same indexes.
  bool SameRowsInStripe(const RowSet& other, uint32_t stripe) const {
    if (grouped_ != other.grouped_) return false;
    if (!grouped_) return num_rows_ == other.num_rows_;
    return begins_[stripe] == other.begins_[stripe] &&
           begins_[stripe + 1] == other.begins_[stripe + 1] &&
           std::equal(rows_.begin() + begins_[stripe],
                      rows_.begin() + begins_[stripe + 1],
                      other.rows_.begin() + begins_[stripe]);
  }
  friend bool operator==(const RowSet& a, const RowSet& b) {
    return a.grouped_ == b.grouped_ && a.num_rows_ == b.num_rows_ &&
           a.begins_ == b.begins_ && a.rows_ == b.rows_;
  }
  // Takes the storage back for reuse.
  std::vector<uint32_t> TakeRows() { return std::move(rows_); }

 private:
  std::vector<uint32_t> rows_;
  std::array<uint32_t, kNumStripes + 1> begins_{};
  uint32_t num_rows_ = 0;
  bool grouped_ = false;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_ROW_SET_H_

// The sum of several lanes' gradients for the rows of one stripe, added in
// lane order so that its bits depend on nothing else.
//
// Lanes of dense data touch the same rows, and sums are made by index; lanes of
// sparse data touch rows of their own, which are merged by row.
//
// Thread safety: one thread at a time; reuses its memory.

#ifndef LINEUP_SERVER_GRADIENT_SUM_H_
#define LINEUP_SERVER_GRADIENT_SUM_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "common/linear/row_set.h"
#include "server/weight_store.h"

namespace lineup {

// One lane's share: rows, where they lie in the store, and their gradient
// (rows.size() x width), all by the row set's indexes.
struct GradientPart {
  const RowSet* rows;
  const WeightStore::RowRef* refs;
  const float* gradient;
};

class GradientSum {
 public:
  // Gathers the rows of one stripe of all lanes, which must outlive the use.
  void Gather(absl::Span<const GradientPart> lanes, uint32_t stripe,
              size_t width);

  // What WeightStore::Update takes: the union of the lanes' rows.
  const RowSet& rows() const { return *rows_; }
  const WeightStore::RowRef* refs() const { return refs_; }
  // The sums of rows first, first + stride, ...: a GradientRows.
  void operator()(size_t first, size_t stride, size_t count, float* out) const;

 private:
  struct Part {
    uint32_t row;
    uint32_t lane;
    size_t index;  // in the lane's row set
  };

  void GatherUnion(uint32_t stripe);

  std::vector<GradientPart> lanes_;
  size_t width_ = 0;
  const RowSet* rows_ = nullptr;
  const WeightStore::RowRef* refs_ = nullptr;

  // Of lanes with different rows: parts by row, then lane; row i of the union
  // is the sum of parts [part_starts_[i], part_starts_[i + 1]).
  bool merged_ = false;
  std::vector<Part> parts_;
  std::vector<size_t> part_starts_;
  RowSet union_rows_;
  std::vector<WeightStore::RowRef> union_refs_;
};

}  // namespace lineup

#endif  // LINEUP_SERVER_GRADIENT_SUM_H_

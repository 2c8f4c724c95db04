// Where pulled weights go, and how they are read.
//
// Thread safety: a plain value.

#ifndef LINEUP_COMMON_LINEAR_WEIGHTS_OUT_H_
#define LINEUP_COMMON_LINEAR_WEIGHTS_OUT_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lineup {

// Room for rows.size() x width floats, laid out by index. Who gives `groups`,
// too, takes them with the columns of groups alone, rows.size() x
// their width, and is told their number; otherwise they have those of all
// candidates, padding included.
//
// Who gives `places` as well, an empty one, may get no copy: where weights lie
// in this process and stay what they are until the gradient of this pull is
// pushed, `places` says by index where, and `values` is left alone.
struct WeightsOut {
  using Places = std::vector<const float*>;

  WeightsOut(float* weights, uint32_t* number_of_groups = nullptr,
             Places* places_of_rows = nullptr)
      : values(weights), groups(number_of_groups), places(places_of_rows) {}

  float* values;
  uint32_t* groups;
  Places* places;
};

// Weights that have been pulled, or peeked at.
struct WeightsIn {
  // One row after the other, by index, but for rows that have places.
  WeightsIn(const float* weights) : values(weights) {}
  WeightsIn(const float* weights, const WeightsOut::Places& places_of_rows)
      : values(weights),
        places(places_of_rows.empty() ? nullptr : places_of_rows.data()) {}

  const float* values;
  const float* const* places = nullptr;  // null: all rows are at `values`
};

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_WEIGHTS_OUT_H_

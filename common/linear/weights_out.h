// Where pulled weights go.
//
// Thread safety: a plain value.

#ifndef LINEUP_COMMON_LINEAR_WEIGHTS_OUT_H_
#define LINEUP_COMMON_LINEAR_WEIGHTS_OUT_H_

#include <cstdint>

namespace lineup {

// Room for rows.size() x width floats, laid out by index. Who gives `groups`,
// too, takes them with the columns of groups alone, rows.size() x
// their width, and is told their number; otherwise they have those of all
// candidates, padding included.
struct WeightsOut {
  WeightsOut(float* weights, uint32_t* number_of_groups = nullptr)
      : values(weights), groups(number_of_groups) {}

  float* values;
  uint32_t* groups;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_LINEAR_WEIGHTS_OUT_H_

// What the beginning of a LIBSVM file tells about the ids of its features.

#ifndef LINEUP_COMMON_DATA_LIBSVM_HEAD_H_
#define LINEUP_COMMON_DATA_LIBSVM_HEAD_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace lineup {

struct LibsvmHead {
  uint64_t lowest_id = UINT64_MAX;
  uint64_t highest_id = 0;
};

// Looks at the whole lines of `head`, the file's beginning (all of it, if
// `whole`). Lines that cannot be read tell nothing.
LibsvmHead ReadLibsvmHead(absl::string_view head, bool whole);

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_LIBSVM_HEAD_H_

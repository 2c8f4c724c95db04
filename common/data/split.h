// One piece of one file of a dataset: what one worker reads alone. A value.

#ifndef LINEUP_COMMON_DATA_SPLIT_H_
#define LINEUP_COMMON_DATA_SPLIT_H_

#include <cstdint>

namespace lineup {

struct Split {
  uint32_t file = 0;   // index into Dataset::files()
  uint64_t begin = 0;  // records that start in [begin, end) of the file
  uint64_t end = 0;
  // Bytes of text or records in it, guessed for compressed files: for
  // progress and for giving workers equal shares.
  uint64_t estimated_bytes = 0;
  // RecordIO: records in the file before this split.
  uint64_t first_record = 0;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_SPLIT_H_

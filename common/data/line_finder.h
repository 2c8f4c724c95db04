// Finds the number of the line in which a byte of a file lies, for error
// messages. It costs a pass over the file up to there (from the last answer,
// if that was before).

#ifndef LINEUP_COMMON_DATA_LINE_FINDER_H_
#define LINEUP_COMMON_DATA_LINE_FINDER_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "common/data/input_file.h"

namespace lineup {

// For one thread at a time.
class LineFinder {
 public:
  // `file` is not compressed.
  explicit LineFinder(InputFile file);

  // The number of the line, from 1.
  absl::StatusOr<uint64_t> LineOf(uint64_t offset);

 private:
  const InputFile file_;
  // There are known_line_ - 1 ends of lines before known_offset_.
  uint64_t known_offset_ = 0;
  uint64_t known_line_ = 1;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_LINE_FINDER_H_

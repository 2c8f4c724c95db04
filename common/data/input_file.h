// One file of an input, as it was when it was listed. A value.

#ifndef LINEUP_COMMON_DATA_INPUT_FILE_H_
#define LINEUP_COMMON_DATA_INPUT_FILE_H_

#include <sys/stat.h>

#include <cstdint>
#include <string>

namespace lineup {

struct InputFile {
  std::string path;
  // Size on disk; 0 for a pipe.
  uint64_t bytes = 0;
  // Not a regular file: it can be read once, from the start to the end.
  bool pipe = false;
  // When it was last written to, in nanoseconds; 0: not known.
  int64_t modified_ns = 0;
};

inline int64_t ModifiedNs(const struct stat& info) {
  return int64_t{info.st_mtim.tv_sec} * 1000000000 + info.st_mtim.tv_nsec;
}

}  // namespace lineup

#endif  // LINEUP_COMMON_DATA_INPUT_FILE_H_

// Blocks of examples in a temporary file: written once, read any number of
// times by the process that wrote them, gone with it.
//
// Layout: for each block a header of element counts, then its arrays as they
// lie in memory. Nothing else ever reads it.
//
// Thread-safe. The file is made at the first Append. Errors name the directory
// and say that --cache-dir chooses another.

#ifndef LINEUP_WORKER_SPILL_FILE_H_
#define LINEUP_WORKER_SPILL_FILE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/mutex.h"
#include "common/data/examples.h"

namespace lineup {

class SpillFile {
 public:
  struct Range {
    uint64_t begin = 0;
    uint64_t size = 0;  // bytes; 0: nothing
  };

  explicit SpillFile(std::string directory);
  ~SpillFile();

  SpillFile(const SpillFile&) = delete;
  SpillFile& operator=(const SpillFile&) = delete;

  absl::StatusOr<Range> Append(const std::vector<Examples>& blocks);
  absl::StatusOr<std::vector<Examples>> Read(const Range& range) const;

 private:
  // Makes the file if there is none, and reserves `bytes` of it.
  absl::StatusOr<uint64_t> Reserve(uint64_t bytes);
  absl::Status Error(const char* action) const;

  const std::string directory_;
  mutable Mutex mutex_;
  int descriptor_ ABSL_GUARDED_BY(mutex_) = -1;
  uint64_t end_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace lineup

#endif  // LINEUP_WORKER_SPILL_FILE_H_

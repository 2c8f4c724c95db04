// Blocks of examples in a temporary file: written once, read any number of
// times by the process that wrote them, gone with it.
//
// The file never has a name where the file system can do without one, and
// loses it at once elsewhere, so nothing is left behind however the process
// ends. It holds the blocks' arrays as they lie in memory; how long they are,
// and a checksum that tells when the disk gives back something else than was
// written, stay in memory.
//
// Thread-safe. The file is made at the first Append. Errors name the directory
// and say that --cache-dir chooses another.

#ifndef LINEUP_WORKER_SPILL_FILE_H_
#define LINEUP_WORKER_SPILL_FILE_H_

#include <cstddef>
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
  // Where blocks are in the file, and what to find there.
  struct Stored {
    // Of one block: all but the contents of the arrays.
    struct Shape {
      bool sparse;
      uint32_t num_features;
      size_t labels;
      size_t weights;
      size_t values;
      size_t feature_ids;
      size_t row_starts;
    };
    uint64_t begin = 0;
    uint64_t bytes = 0;
    uint64_t checksum = 0;
    std::vector<Shape> shapes;
  };

  explicit SpillFile(std::string directory);
  ~SpillFile();

  SpillFile(const SpillFile&) = delete;
  SpillFile& operator=(const SpillFile&) = delete;

  // Writes blocks to the end. After an error, for want of space, say, what was
  // there before can be read as ever.
  absl::StatusOr<Stored> Append(const std::vector<Examples>& blocks);

  absl::StatusOr<std::vector<Examples>> Read(const Stored& stored) const;

 private:
  // Makes the file if there is none, and reserves `bytes` of it.
  absl::StatusOr<uint64_t> Reserve(uint64_t bytes);
  absl::Status Write(const std::vector<Examples>& blocks, Stored* stored);
  int descriptor() const;
  absl::Status Error(int error_number, const char* action) const;

  const std::string directory_;
  mutable Mutex mutex_;
  int descriptor_ ABSL_GUARDED_BY(mutex_) = -1;
  uint64_t end_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace lineup

#endif  // LINEUP_WORKER_SPILL_FILE_H_

// Parsed and normalised splits, kept so that later epochs cost no parsing.
//
// A split is loaded at first use. While the whole fits into `memory_bytes` it
// stays in memory; a split that does not fit is written once to a temporary
// file in `spill_directory` and read back from there, without parsing, each
// time it is asked for. The first splits that fit stay: epochs go round and
// round, and for a cyclic scan that is better than keeping the latest.
//
// Memory is the budget plus what callers hold. What one of them holds is given
// to others who ask for it, too.
//
// Thread-safe. If several threads ask for a split at once, one loads it and
// the others wait. A failed load is told to all who wait; the next Get tries
// again. The calls of `Load` for different splits may run in parallel.

#ifndef LINEUP_WORKER_EXAMPLE_CACHE_H_
#define LINEUP_WORKER_EXAMPLE_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/mutex.h"
#include "common/data/examples.h"
#include "worker/spill_file.h"

namespace lineup {

// All examples of one split, in file order.
struct SplitExamples {
  std::vector<Examples> blocks;

  uint64_t size() const;
  uint64_t bytes() const;
  // Of the widest block.
  uint32_t num_features() const;
};

using SplitPtr = std::shared_ptr<const SplitExamples>;

class ExampleCache {
 public:
  struct Options {
    uint64_t memory_bytes = uint64_t{4} << 30;
    // Empty: what does not fit into memory is loaded again each time.
    std::string spill_directory = "/tmp";
  };
  struct Statistics {
    uint64_t memory_bytes = 0;  // of splits that stay
    uint64_t disk_bytes = 0;
    uint64_t loads = 0;       // by parsing
    uint64_t disk_reads = 0;  // splits read back
  };
  using Load = std::function<absl::StatusOr<SplitExamples>(size_t split)>;

  ExampleCache(size_t num_splits, Options options, Load load);

  size_t num_splits() const { return num_splits_; }

  absl::StatusOr<SplitPtr> Get(size_t split);

  // Examples in a split; nothing before it was loaded or the size was told.
  std::optional<uint64_t> SizeOf(size_t split) const;
  // Tells the size of a split that somebody else has loaded. Loading it here
  // is an error if it has another size, as it means that the data changed.
  void TellSize(size_t split, uint64_t size);

  // Features of all splits loaded so far.
  uint32_t num_features() const;
  Statistics statistics() const;

 private:
  // One thread's attempt to bring a split into memory, for which others wait.
  struct Attempt {
    std::optional<absl::StatusOr<SplitPtr>> result;
  };
  struct Entry {
    std::optional<uint64_t> size;
    SplitPtr resident;                         // stays in memory
    std::optional<SpillFile::Stored> spilled;  // or is on disk
    std::weak_ptr<const SplitExamples> lent;   // somebody may hold it
    std::shared_ptr<Attempt> attempt;          // under way
  };

  absl::StatusOr<SplitPtr> LoadAndKeep(size_t split);
  absl::StatusOr<SplitPtr> ReadBack(const SpillFile::Stored& stored);
  // Takes note of what was loaded; true if it stays in memory.
  absl::StatusOr<bool> Admit(size_t split, const SplitPtr& examples);

  const size_t num_splits_;
  const Options options_;
  const Load load_;
  SpillFile spill_;  // thread-safe
  mutable Mutex mutex_;
  CondVar attempt_ended_;
  std::vector<Entry> splits_ ABSL_GUARDED_BY(mutex_);
  uint32_t num_features_ ABSL_GUARDED_BY(mutex_) = 0;
  Statistics statistics_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lineup

#endif  // LINEUP_WORKER_EXAMPLE_CACHE_H_

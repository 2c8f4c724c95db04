#ifndef LINEUP_SERVER_JOB_SLOT_H_
#define LINEUP_SERVER_JOB_SLOT_H_

// The place for the one job that a parameter server has open, with the threads
// and limits that all its jobs have: its own shard and, with replicas, that of
// another server's slots.
//
// Thread safety: all of it.

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/file_system.h"
#include "common/base/mutex.h"
#include "common/base/thread_pool.h"
#include "server/served_job.h"

namespace lineup {

class JobSlot {
 public:
  // `pool` and `files`, where checkpoints are, must outlive the slot's jobs.
  // `max_weight_bytes` as ServedJobOptions', of all shards together.
  JobSlot(ThreadPool* pool, uint64_t max_weight_bytes,
          FileSystem* files = RealFileSystem());

  FileSystem* files() const { return files_; }

  // Of weights and optimizer state; 0: no limit.
  uint64_t max_weight_bytes() const { return max_weight_bytes_; }
  // What is left of it; to be asked if there is a limit.
  uint64_t weight_bytes_left() const;

  // A job with these threads and limits, which is not open yet.
  std::shared_ptr<ServedJob> NewJob(ServedJobOptions options);

  struct Shards {
    std::shared_ptr<ServedJob> own;
    std::shared_ptr<ServedJob> replica;  // null: none is kept
  };
  // Serves these from now on; JOB_CONFLICT while another job is open.
  absl::Status OpenJob(Shards shards);
  absl::Status OpenJob(ServedJobOptions options) {
    return OpenJob({NewJob(std::move(options)), nullptr});
  }
  // Goes on with what is open under another number. Without `keep_replica` the
  // replica is closed.
  void Renumber(uint64_t routing_epoch, bool keep_replica);
  // Ends the job's calls and forgets it. Does nothing if it is not open.
  void CloseJob(const std::string& job);

  // What is open; null: nothing.
  Shards shards() const;
  std::shared_ptr<ServedJob> job() const { return shards().own; }
  // A shard of the job of this name; UNKNOWN_JOB if it is not open.
  absl::StatusOr<std::shared_ptr<ServedJob>> Find(const std::string& job,
                                                  bool replica = false) const;

 private:
  ThreadPool& pool_;
  const uint64_t max_weight_bytes_;
  FileSystem* const files_;
  // By all shards; null: there is no limit.
  const std::shared_ptr<std::atomic<uint64_t>> weight_bytes_;
  mutable Mutex mutex_;
  Shards shards_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lineup

#endif  // LINEUP_SERVER_JOB_SLOT_H_

#ifndef LINEUP_SERVER_JOB_SLOT_H_
#define LINEUP_SERVER_JOB_SLOT_H_

// The place for the one job that a parameter server has open, with the threads
// and limits that all its jobs have.
//
// Thread safety: all of it.

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
  // `max_weight_bytes` as ServedJobOptions'.
  JobSlot(ThreadPool* pool, uint64_t max_weight_bytes,
          FileSystem* files = RealFileSystem())
      : pool_(*pool), max_weight_bytes_(max_weight_bytes), files_(files) {}

  FileSystem* files() const { return files_; }

  // Of one job's weights and optimizer state; 0: no limit.
  uint64_t max_weight_bytes() const { return max_weight_bytes_; }

  // A job with these threads and limits, which is not open yet.
  std::shared_ptr<ServedJob> NewJob(ServedJobOptions options);

  // Serves `job` from now on; JOB_CONFLICT while another one is open.
  absl::Status OpenJob(std::shared_ptr<ServedJob> job);
  absl::Status OpenJob(ServedJobOptions options) {
    return OpenJob(NewJob(std::move(options)));
  }
  // Ends the job's calls and forgets it. Does nothing if it is not open.
  void CloseJob(const std::string& job);

  // The job that is open, or null.
  std::shared_ptr<ServedJob> job() const;
  // The job of this name; UNKNOWN_JOB if it is not open.
  absl::StatusOr<std::shared_ptr<ServedJob>> Find(const std::string& job) const;

 private:
  ThreadPool& pool_;
  const uint64_t max_weight_bytes_;
  FileSystem* const files_;
  mutable Mutex mutex_;
  std::shared_ptr<ServedJob> job_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lineup

#endif  // LINEUP_SERVER_JOB_SLOT_H_

#include "server/job_slot.h"

#include "absl/strings/str_cat.h"
#include "common/rpc/errors.h"

namespace lineup {

std::shared_ptr<ServedJob> JobSlot::NewJob(ServedJobOptions options) {
  options.max_weight_bytes = max_weight_bytes_;
  options.files = files_;
  return std::make_shared<ServedJob>(std::move(options), &pool_);
}

absl::Status JobSlot::OpenJob(std::shared_ptr<ServedJob> job) {
  MutexLock lock(&mutex_);
  if (job_ != nullptr) {
    return JobConflictError(absl::StrCat("cannot open job \"", job->job(),
                                         "\": job \"", job_->job(),
                                         "\" is open here"));
  }
  job_ = std::move(job);
  return absl::OkStatus();
}

void JobSlot::CloseJob(const std::string& job) {
  std::shared_ptr<ServedJob> closed;
  {
    MutexLock lock(&mutex_);
    if (job_ != nullptr && job_->job() == job) closed = std::move(job_);
  }
  if (closed != nullptr) closed->Close();
}

std::shared_ptr<ServedJob> JobSlot::job() const {
  MutexLock lock(&mutex_);
  return job_;
}

absl::StatusOr<std::shared_ptr<ServedJob>> JobSlot::Find(
    const std::string& job) const {
  std::shared_ptr<ServedJob> open = this->job();
  if (open == nullptr || open->job() != job) return UnknownJobError(job);
  return open;
}

}  // namespace lineup

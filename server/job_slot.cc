#include "server/job_slot.h"

#include "absl/strings/str_cat.h"
#include "common/rpc/errors.h"

namespace lineup {

JobSlot::JobSlot(ThreadPool* pool, uint64_t max_weight_bytes, FileSystem* files)
    : pool_(*pool),
      max_weight_bytes_(max_weight_bytes),
      files_(files),
      weight_bytes_(max_weight_bytes == 0
                        ? nullptr
                        : std::make_shared<std::atomic<uint64_t>>(0)) {}

uint64_t JobSlot::weight_bytes_left() const {
  const uint64_t used = *weight_bytes_;
  return used < max_weight_bytes_ ? max_weight_bytes_ - used : 0;
}

std::shared_ptr<ServedJob> JobSlot::NewJob(ServedJobOptions options) {
  options.max_weight_bytes = max_weight_bytes_;
  options.weight_bytes = weight_bytes_;
  options.files = files_;
  return std::make_shared<ServedJob>(std::move(options), &pool_);
}

absl::Status JobSlot::OpenJob(Shards shards) {
  MutexLock lock(&mutex_);
  if (shards_.own != nullptr) {
    return JobConflictError(
        absl::StrCat("cannot open job \"", shards.own->job(), "\": job \"",
                     shards_.own->job(), "\" is open here"));
  }
  shards_ = std::move(shards);
  return absl::OkStatus();
}

void JobSlot::Renumber(uint64_t routing_epoch, bool keep_replica) {
  std::shared_ptr<ServedJob> dropped;
  {
    MutexLock lock(&mutex_);
    if (!keep_replica) dropped = std::move(shards_.replica);
    for (const auto& shard : {shards_.own, shards_.replica}) {
      if (shard != nullptr) shard->SetRoutingEpoch(routing_epoch);
    }
  }
  if (dropped != nullptr) dropped->Close();
}

void JobSlot::CloseJob(const std::string& job) {
  Shards closed;
  {
    MutexLock lock(&mutex_);
    if (shards_.own != nullptr && shards_.own->job() == job) {
      closed = std::exchange(shards_, Shards());
    }
  }
  for (const auto& shard : {closed.own, closed.replica}) {
    if (shard != nullptr) shard->Close();
  }
}

JobSlot::Shards JobSlot::shards() const {
  MutexLock lock(&mutex_);
  return shards_;
}

absl::StatusOr<std::shared_ptr<ServedJob>> JobSlot::Find(const std::string& job,
                                                         bool replica) const {
  const Shards open = shards();
  const std::shared_ptr<ServedJob>& shard = replica ? open.replica : open.own;
  if (shard == nullptr || shard->job() != job) return UnknownJobError(job);
  return shard;
}

}  // namespace lineup

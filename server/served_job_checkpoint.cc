// ServedJob's barriers, and how it is copied and restored.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/rpc/errors.h"
#include "server/served_job.h"

namespace lineup {

absl::Status ServedJob::FollowBarrier(const v1::BarrierOrder* order) {
  {
    MutexLock lock(&mutex_);
    if (closed_) return UnknownJobError(options_.job);
    if (order == nullptr) {
      if (barrier_.number() == 0) return absl::OkStatus();
      barrier_.Clear();
      standing_reported_ = true;
      shard_.Release();
    } else {
      if (order->number() == barrier_.number() &&
          order->clocks_size() == barrier_.clocks_size()) {
        return absl::OkStatus();
      }
      barrier_ = *order;
      standing_reported_ = true;
      if (order->clocks().empty()) {
        shard_.Freeze();
      } else {
        LINEUP_RETURN_IF_ERROR(RunUpTo(*order));
      }
    }
  }
  AnswerFinished();
  return absl::OkStatus();
}

absl::Status ServedJob::RunUpTo(const v1::BarrierOrder& order) {
  const std::vector<uint64_t> answered = shard_.Answered();
  const std::vector<uint64_t> clocks(order.clocks().begin(),
                                     order.clocks().end());
  if (clocks.size() != answered.size()) {
    return MalformedError("a barrier of another number of lanes");
  }
  for (size_t l = 0; l < clocks.size(); ++l) {
    if (clocks[l] < answered[l] && !shard_.lane_finished(l)) {
      return MalformedError(absl::StrCat("a barrier at clock ", clocks[l],
                                         " of lane ", l, ", which has come to ",
                                         answered[l]));
    }
  }
  shard_.RunUpTo(clocks);
  standing_reported_ = false;
  return absl::OkStatus();
}

v1::BarrierReport ServedJob::Barrier() const {
  v1::BarrierReport report;
  MutexLock lock(&mutex_);
  report.set_number(barrier_.number());
  if (barrier_.number() == 0) return report;
  for (const uint64_t clock : shard_.Answered()) report.add_answered(clock);
  report.set_standing(!barrier_.clocks().empty() && shard_.Standing());
  return report;
}

absl::StatusOr<std::shared_ptr<const ShardSnapshot>> ServedJob::Snapshot() {
  MutexLock lock(&mutex_);
  if (closed_) return UnknownJobError(options_.job);
  if (!shard_.Standing()) {
    return absl::FailedPreconditionError(
        "lanes are running: a checkpoint needs a barrier, or the end of an "
        "epoch");
  }
  return std::make_shared<const ShardSnapshot>(shard_, options_.owned, &pool_);
}

absl::Status ServedJob::Restore(const v1::RestoreOrder& order) {
  std::vector<std::string> paths;
  for (const std::string& file : order.files()) {
    paths.push_back(absl::StrCat(order.directory(), "/", file));
  }
  MutexLock lock(&mutex_);
  LINEUP_RETURN_IF_ERROR(RestoreShard(order.clocks(), paths, options_.owned,
                                      &shard_, options_.files));
  CountBytes(shard_.store().bytes_told_apart());
  epoch_done_reported_ = shard_.epoch_done();
  return absl::OkStatus();
}

int64_t ServedJob::epoch() const {
  MutexLock lock(&mutex_);
  return shard_.epoch();
}

}  // namespace lineup

#include "worker/local_parameter_client.h"

#include <utility>

namespace lineup {

void LocalParameterClient::Pull(LaneClock at, const RowSet& rows,
                                WeightsOut out, Done done) {
  MutexLock lock(&mutex_);
  shard_.Pull(at, rows, out, std::move(done));
}

void LocalParameterClient::Push(LaneClock at, const RowSet& rows,
                                const LaneGradient& gradient, Done done) {
  absl::Status status;
  {
    MutexLock lock(&mutex_);
    status = shard_.Push(at, rows, gradient);
  }
  done(std::move(status));
}

void LocalParameterClient::PushAndPull(LaneClock at, const RowSet& rows,
                                       const LaneGradient& gradient,
                                       const RowSet& next_rows,
                                       WeightsOut next_out, Done done) {
  MutexLock lock(&mutex_);
  shard_.PushAndPull(at, rows, gradient, next_rows, next_out, std::move(done));
}

void LocalParameterClient::FinishLane(LaneClock at, Done done) {
  absl::Status status;
  {
    MutexLock lock(&mutex_);
    status = shard_.FinishLane(at);
  }
  done(std::move(status));
}

void LocalParameterClient::NextClock(uint32_t lane, uint64_t* out, Done done) {
  {
    MutexLock lock(&mutex_);
    *out = shard_.lane_clock(lane) + (shard_.lane_finished(lane) ? 0 : 1);
  }
  done(absl::OkStatus());
}

void LocalParameterClient::Peek(const RowSet& rows,
                                std::optional<size_t> candidate, WeightsOut out,
                                Done done) {
  {
    MutexLock lock(&mutex_);
    shard_.Peek(rows, candidate, out);
  }
  done(absl::OkStatus());
}

}  // namespace lineup

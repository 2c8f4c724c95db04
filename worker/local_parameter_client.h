// The parameter client of one process: plain calls into a shard, no sockets
// and no copies. Everything is done before a call returns.
//
// Thread safety: as the interface asks; a lock serialises the lanes.

#ifndef LINEUP_WORKER_LOCAL_PARAMETER_CLIENT_H_
#define LINEUP_WORKER_LOCAL_PARAMETER_CLIENT_H_

#include <cstddef>
#include <optional>

#include "common/base/mutex.h"
#include "server/shard.h"
#include "worker/parameter_client.h"

namespace lineup {

class LocalParameterClient final : public ParameterClient {
 public:
  // `shard` must outlive the client.
  explicit LocalParameterClient(Shard* shard) : shard_(*shard) {}

  void Pull(LaneClock at, const RowSet& rows, WeightsOut out,
            Done done) override;
  void Push(LaneClock at, const RowSet& rows, const LaneGradient& gradient,
            Done done) override;
  void PushAndPull(LaneClock at, const RowSet& rows,
                   const LaneGradient& gradient, const RowSet& next_rows,
                   WeightsOut next_out, Done done) override;
  void FinishLane(LaneClock at, Done done) override;
  void NextClock(uint32_t lane, uint64_t* out, Done done) override;
  void Peek(const RowSet& rows, std::optional<size_t> candidate, WeightsOut out,
            Done done) override;

 private:
  Mutex mutex_;
  Shard& shard_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lineup

#endif  // LINEUP_WORKER_LOCAL_PARAMETER_CLIENT_H_

// A worker's way to the weights: the same interface whether they lie in this
// process (worker/local_parameter_client.h) or on parameter servers
// (worker/remote_parameter_client.h). There is one trainer on top of it.
//
// Contract of one lane: for clocks c = 1, 2, ... Pull(c), then Push(c) with
// the rows of that pull; after the last minibatch of an epoch FinishLane with
// the clock that would have been next. Each call is made when the one before
// is done. server/shard.h says what the servers make of it.
//
// Every call ends by calling `done` exactly once, from any thread, perhaps
// before the call returns. Buffers and row sets passed in must live until
// then. Errors name the server and what to do; UNAVAILABLE, DEADLINE_EXCEEDED
// and the like have been retried for as long as the client was told to.
//
// Thread safety: lanes may be used by different threads at the same time.

#ifndef LINEUP_WORKER_PARAMETER_CLIENT_H_
#define LINEUP_WORKER_PARAMETER_CLIENT_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "common/linear/gradient_rows.h"
#include "common/linear/lane_clock.h"
#include "common/linear/row_set.h"
#include "common/linear/weights_out.h"

namespace lineup {

class ParameterClient {
 public:
  using Done = std::function<void(absl::Status)>;

  virtual ~ParameterClient() = default;

  // Weights of `rows` before minibatch `at`.
  virtual void Pull(LaneClock at, const RowSet& rows, WeightsOut out,
                    Done done) = 0;

  // The lane's gradient at this clock. `gradient` is read within the call.
  virtual void Push(LaneClock at, const RowSet& rows,
                    const LaneGradient& gradient, Done done) = 0;

  // Push of `at` and pull of the clock after it in one call; not for
  // synchronous training on servers, where a lane asks for the next clock only
  // when every one of them has taken the last.
  virtual void PushAndPull(LaneClock at, const RowSet& rows,
                           const LaneGradient& gradient,
                           const RowSet& next_rows, WeightsOut next_out,
                           Done done) = 0;

  virtual void FinishLane(LaneClock at, Done done) = 0;

  // The smallest clock of a lane that some server has not accepted, where its
  // new holder goes on. If all know that the lane has finished, the clock of
  // that, to be said again: a later one would be the next epoch's.
  virtual void NextClock(uint32_t lane, uint64_t* out, Done done) = 0;

  // Ends all calls under way, and every further one, with CANCELLED, where
  // calls can wait. Does not wait itself.
  virtual void Cancel() {}

  // Weights without a lane: nothing is created or changed, nothing waits. Laid
  // out by index, rows.size() x width, padding columns included, or rows.size()
  // x outputs where only one candidate (a position in the lineup) is asked for;
  // then not of groups. Between epochs all servers are of the same groups.
  virtual void Peek(const RowSet& rows, std::optional<size_t> candidate,
                    WeightsOut out, Done done) = 0;
};

}  // namespace lineup

#endif  // LINEUP_WORKER_PARAMETER_CLIENT_H_

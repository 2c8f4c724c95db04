// The core of a parameter server: the rows it holds, and the order in which
// gradients of many lanes are applied to them. Events in, answers out through
// callbacks; no threads, sockets or clocks of its own.
//
// Per lane it keeps the last clock it has accepted, and from that alone:
//  * exactly once: it accepts a lane's clocks one after the other. A gradient
//    whose clock it has accepted before is answered as done and not applied.
//  * bounded staleness: a pull at clock c waits until every lane that still
//    has minibatches in this epoch has pushed c - 1 - staleness.
//  * synchronous training (staleness 0): gradients of clock c are held until
//    every lane has pushed c or said that its epoch is over; they are added
//    in lane order and make one update. So the weights do not depend on who
//    holds the lanes, or on who died when.
//
// The commit rule of synchronous training: a lane's pull at c + 1 (or the end
// of its epoch) is its commit of c. A lane sends it only after every server
// has accepted c, and a server applies c only when all lanes have committed
// it. Until then the weights before c stand on every server, and whoever takes
// over a lane computes c again to the same bits. Where nobody can die alone
// (one process), options.commit_on_push applies a clock as soon as all lanes
// have pushed it.
//
// With staleness above 0 a gradient is an update of its own, on arrival, with
// learning rates that are the lower, the older the weights it was made from.
//
// A barrier brings all lanes to stand between two minibatches, on all servers
// at the same clocks, without taking a lane from its holder:
//  1. Freeze: no pull is answered that goes beyond those answered before. The
//     highest clock whose pull was answered is each lane's Answered().
//  2. RunUpTo: whoever freezes all servers lets each lane go on to the highest
//     clock that any of them has answered; so no lane waits for a pull that
//     one server answered and another will not.
//  3. Then lane after lane pushes its clock to all servers, and stands: until
//     the barrier ends it can neither pull the next one nor end its epoch.
//     Standing() when all do. A synchronous lane stands once it pulls the next
//     clock, which waits here, or ends its epoch, for that is its commit. (The
//     others may not come to pull: of a worker's lanes only some have a turn.)
//  4. Release: the pulls that wait are answered as ever.
// Nothing that is computed changes by it, only when. Between epochs, when all
// lanes have finished, a shard stands anyway.
//
// A lane's holder is known by its term. Calls of an older term than the newest
// that was seen are refused (ABORTED), so a holder that was given up for dead
// and comes back disturbs nobody.
//
// Thread safety: one thread at a time (the caller locks). Heavy work is shared
// out to `pool`. Callbacks run within the call that made them possible; they
// must not call the shard.

#ifndef LINEUP_SERVER_SHARD_H_
#define LINEUP_SERVER_SHARD_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/types/span.h"
#include "common/base/thread_pool.h"
#include "common/linear/aligned.h"
#include "common/linear/epoch_loss.h"
#include "common/linear/gradient_rows.h"
#include "common/linear/lane_clock.h"
#include "common/linear/lineup_columns.h"
#include "common/linear/row_set.h"
#include "common/linear/weights_out.h"
#include "server/gradient_sum.h"
#include "server/weight_store.h"

namespace lineup {

struct ShardOptions {
  uint64_t seed = 0;  // of the initial weights
  uint32_t num_lanes = 1;
  Staleness staleness = 0;
  bool commit_on_push = false;
  // Work on fewer values (rows x columns) is done by the calling thread alone:
  // where gradients come from elsewhere, waking others takes longer. 0 where
  // gradients are computed as they are applied.
  size_t min_parallel_values = 0;
};

// What there is to know of a shard that stands, beside its rows.
struct ShardClocks {
  struct Lane {
    uint64_t clock = 0;  // the last that was accepted
    bool finished = true;
  };
  int64_t epoch = -1;
  uint32_t num_updates = 0;
  std::vector<Lane> lanes;
  EpochLoss epoch_loss;
};

struct ShardCounters {
  uint64_t pulls = 0;
  uint64_t pushes_applied = 0;
  uint64_t duplicates_refused = 0;
  uint64_t updates = 0;
  // Of applied pushes, by the updates that others made between the lane's
  // pull and its push: 0, 1, 2-3, 4-7, ... (the last entry: all above).
  std::array<uint64_t, 16> staleness_histogram{};
};

class Shard {
 public:
  using Done = std::function<void(absl::Status)>;

  Shard(LineupColumns columns, const ShardOptions& options, ThreadPool* pool);

  // Starts an epoch: every lane has minibatches again, and its next clock is
  // base_clock + 1. FAILED_PRECONDITION while lanes of the epoch before have
  // not finished. Starting the newest epoch again changes nothing.
  absl::Status BeginEpoch(int64_t epoch, uint64_t base_clock);

  // Copies the weights of `rows` before clock at.clock to `out`, at once or
  // when other lanes have come so far; what it refers to and `rows` must live
  // until `done`. A second pull of a lane takes the place of one that waits,
  // which ends with ABORTED. The clock is the lane's next, or one that this
  // server has accepted and another has not: then the lane's new holder
  // computes it again. FAILED_PRECONDITION otherwise. Where one lane in one
  // process is all there is, it pulls no other rows before it has pushed.
  void Pull(LaneClock at, const RowSet& rows, WeightsOut out, Done done);

  // Takes a lane's gradient for `rows`, which must be those of its pull at
  // this clock. OK also if it was taken before. FAILED_PRECONDITION if the
  // clock is beyond the lane's next.
  absl::Status Push(LaneClock at, const RowSet& rows,
                    const LaneGradient& gradient);

  // Push, and pull of the clock after it. For one lane in one process a stripe
  // is updated and read in one go, since many of a minibatch's rows are among
  // those of the next one, too.
  void PushAndPull(LaneClock at, const RowSet& rows,
                   const LaneGradient& gradient, const RowSet& next_rows,
                   WeightsOut next_out, Done done);

  // The lane has no minibatch `at` in this epoch, nor any after it.
  absl::Status FinishLane(LaneClock at);

  // Barriers, as told above. Freezing again changes nothing. The limits of
  // RunUpTo must be at least Answered().
  void Freeze();
  void RunUpTo(absl::Span<const uint64_t> clocks);
  void Release();
  // By lane, the highest clock whose pull was answered, or push accepted.
  std::vector<uint64_t> Answered() const;
  bool Standing() const;

  // To be asked of a shard that stands.
  ShardClocks Clocks() const;
  // Makes a new shard one that stood at these clocks; its rows are put into
  // mutable_store() by the caller. INVALID_ARGUMENT if no shard with these
  // options could have stood so.
  absl::Status Restore(const ShardClocks& clocks);
  WeightStore& mutable_store() { return store_; }

  // A shard that has stood at these clocks goes on as another one: what it was
  // is given away, and it is of no use any more.
  WeightStore TakeStore() { return std::move(store_); }
  // The same as Restore, with all the rows; `store` is one of these columns,
  // after clocks.num_updates updates.
  absl::Status Adopt(const ShardClocks& clocks, WeightStore store,
                     const ShardCounters& counters);

  // Copies up-to-date weights without creating or changing rows: validation
  // and export. `out` is laid out by index: rows.size() x width, or x outputs
  // where only one candidate is asked for; then not of groups. Features that
  // training has not met have zeros. To be used between epochs for one state of
  // all rows.
  void Peek(const RowSet& rows, std::optional<size_t> candidate,
            WeightsOut out) const;

  // WeightStore::SetWeights.
  bool SetWeights(uint32_t row, const float* weights) {
    return store_.SetWeights(row, weights);
  }

  int64_t epoch() const { return epoch_; }
  // Whether every lane has finished the epoch; then all is applied.
  bool epoch_done() const { return lanes_running_ == 0; }
  const EpochLoss& epoch_loss() const { return epoch_loss_; }
  // The highest clock of any lane.
  uint64_t max_clock() const;
  uint64_t lane_clock(uint32_t lane) const { return lanes_[lane].pushed; }
  bool lane_finished(uint32_t lane) const { return lanes_[lane].finished; }
  // Whether a holder of the lane has called since the shard was made, or since
  // ForgetCalls().
  bool lane_called(uint32_t lane) const { return lanes_[lane].called; }
  void ForgetCalls() {
    for (Lane& lane : lanes_) lane.called = false;
  }
  // What a lane's pull waits for: the slowest lanes. Empty if it does not.
  std::vector<uint32_t> WaitsFor(uint32_t lane) const;

  const ShardCounters& counters() const { return counters_; }
  const LineupColumns& columns() const { return store_.columns(); }
  const ShardOptions& options() const { return options_; }
  const WeightStore& store() const { return store_; }

 private:
  struct WaitingPull {
    uint64_t clock = 0;  // 0: none
    const RowSet* rows = nullptr;
    WeightsOut out = nullptr;
    Done done;
  };
  struct LaneRows {
    RowSet rows;
    std::vector<WeightStore::RowRef> refs;
    WeightStore::Noted noted = WeightStore::Noted::kUpToDate;
  };
  static constexpr uint64_t kNoLimit = UINT64_MAX;
  struct Lane {
    uint64_t pushed = 0;        // last clock accepted
    uint64_t committed = 0;     // synchronous: may be applied up to here
    uint64_t answered = 0;      // highest clock of an answered pull
    uint64_t limit = kNoLimit;  // pulls beyond it wait for the barrier's end
    uint64_t term = 0;          // of the newest holder
    bool called = false;
    bool finished = true;
    uint64_t reached() const { return std::max(answered, pushed); }
    WaitingPull waiting;
    // Of the last answered pull: where its rows are.
    uint64_t pulled_clock = 0;
    uint32_t pulled_update = 0;
    LaneRows pulled;
    // Synchronous: the gradient of clock `pushed`, not yet applied.
    bool pending = false;
    LaneRows held;
    AlignedFloats gradient;  // held.rows.size() x width of these groups,
    uint32_t groups = 0;     // which were those when it was pushed
    uint64_t examples = 0;
    uint32_t behind = 0;  // updates by others between pull and push
    std::vector<double> loss_sums;
  };

  // function(stripe) for all stripes of an operation on `rows`.
  void ForStripes(const RowSet& rows,
                  absl::FunctionRef<void(size_t)> function) const;
  absl::Status RestoreClocks(const ShardClocks& clocks);
  // OK if the lane exists and its holder is the newest.
  absl::Status CheckHolder(LaneClock at);
  // Whether a gradient of a clock that is not accepted yet may be.
  absl::Status CheckPush(LaneClock at, const LaneGradient& gradient) const;
  // Push, and pull of the next clock, of a lane that is alone().
  absl::Status StepAlone(LaneClock at, const RowSet& rows,
                         const LaneGradient& gradient, const RowSet& next_rows,
                         WeightsOut next_out);
  bool synchronous() const { return options_.staleness == 0; }
  // Whether there is one lane, whose gradients are applied as they come.
  bool alone() const {
    return synchronous() && options_.commit_on_push && lanes_.size() == 1;
  }
  // Whether a waiting pull need not wait (any more).
  bool MayAnswer(const Lane& lane) const;
  void Answer(Lane* lane);
  // Notes that a pull is answered, but for the reading.
  void BeginAnswer(uint64_t clock, const RowSet& rows, Lane* lane);
  void AnswerWaiting();
  // Makes lane->pulled that of `rows`, if the lane's pull has not done so.
  void FindRows(uint64_t clock, const RowSet& rows, Lane* lane);
  void Find(LaneRows* rows);
  // What the caller of a pull of so many rows is told beside weights, for which
  // the result has room.
  WeightsOut PrepareOut(size_t num_rows, WeightsOut out) const;
  // Starts an update of the store; where lanes' rows lie changes with it.
  void BeginUpdate(double damping = 1.0);
  // Keeps a gradient until its clock is applied.
  void Hold(const LaneGradient& gradient, Lane* lane);
  // Synchronous: applies clock after clock for as long as all lanes allow.
  void ApplyCommitted();
  bool StepIsComplete(uint64_t clock) const;
  void ApplyStep();
  void ApplyOne(const LaneRows& rows, GradientRows gradient, uint32_t groups,
                uint64_t examples, double damping);
  void ApplySum(absl::Span<Lane* const> lanes, uint64_t examples);
  void Account(uint64_t examples, absl::Span<const double> loss_sums,
               uint32_t behind);
  // The smallest clock among lanes that have not finished.
  uint64_t SlowestClock() const;

  ShardOptions options_;
  ThreadPool& pool_;
  WeightStore store_;
  std::vector<Lane> lanes_;
  int64_t epoch_ = -1;
  uint32_t lanes_running_ = 0;
  uint64_t applied_ = 0;  // synchronous: clocks up to here are in the weights
  EpochLoss epoch_loss_;
  ShardCounters counters_;
  std::array<GradientSum, kNumStripes> sums_;
};

}  // namespace lineup

#endif  // LINEUP_SERVER_SHARD_H_

#include "server/shard.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/base/status_macros.h"
#include "common/rpc/errors.h"
#include "glog/logging.h"

namespace lineup {
namespace {

absl::Status WrongClock(LaneClock at, uint64_t expected) {
  return WrongClockError(at.lane, at.clock, expected);
}

absl::Status LaneFinished(LaneClock at) {
  return WrongEpochError(absl::StrCat(
      "lane ", at.lane, " has finished its epoch and cannot go on to clock ",
      at.clock, " before the next epoch begins"));
}

// What learning rates are multiplied by for a gradient of weights that are
// `behind` updates old. Delayed steps overshoot: gradient descent is stable up
// to a rate in inverse proportion to the delay, and Zhang et al. 2016
// (Staleness-aware async-SGD, IJCAI) divide by it. The square root was enough
// for adam at 1 to 7 updates (docs/training.md) and slows less.
double Damping(uint32_t behind) { return 1.0 / std::sqrt(1.0 + behind); }

size_t HistogramBin(uint32_t staleness, size_t bins) {
  size_t bin = 0;
  while (staleness > 0 && bin + 1 < bins) {
    staleness >>= 1;
    ++bin;
  }
  return bin;
}

}  // namespace

Shard::Shard(LineupColumns columns, const ShardOptions& options,
             ThreadPool* pool)
    : options_(options),
      pool_(*pool),
      store_(std::move(columns), options.seed),
      lanes_(options.num_lanes) {
  CHECK_GE(options.num_lanes, 1u);
}

absl::Status Shard::BeginEpoch(int64_t epoch, uint64_t base_clock) {
  if (epoch == epoch_) return absl::OkStatus();
  if (lanes_running_ > 0) {
    return WrongEpochError(
        absl::StrCat("cannot begin epoch ", epoch, ": ", lanes_running_,
                     " lanes have not finished epoch ", epoch_));
  }
  if (base_clock < max_clock()) {
    return WrongEpochError(
        absl::StrCat("cannot begin epoch ", epoch, " at clock ", base_clock,
                     ": lanes have reached clock ", max_clock()));
  }
  epoch_ = epoch;
  epoch_loss_ = EpochLoss();
  epoch_loss_.loss_sums.assign(columns().num_candidates(), 0.0);
  applied_ = base_clock;
  lanes_running_ = options_.num_lanes;
  for (Lane& lane : lanes_) {
    lane.pushed = lane.committed = base_clock;
    lane.finished = false;
  }
  return absl::OkStatus();
}

absl::Status Shard::CheckHolder(LaneClock at) {
  if (at.lane >= lanes_.size()) {
    return MalformedError(absl::StrCat(
        "lane ", at.lane, " does not exist: there are ", lanes_.size()));
  }
  Lane& lane = lanes_[at.lane];
  if (at.term < lane.term) {
    return LaneMovedError(at.lane, at.term, lane.term);
  }
  lane.term = at.term;
  lane.called = true;
  return absl::OkStatus();
}

void Shard::Pull(LaneClock at, const RowSet& rows, WeightsOut out, Done done) {
  if (absl::Status status = CheckHolder(at); !status.ok()) {
    done(std::move(status));
    return;
  }
  Lane& lane = lanes_[at.lane];
  if (lane.finished) {
    done(LaneFinished(at));
    return;
  }
  // A new holder may have to compute again what only some servers have.
  const bool again = synchronous() ? lane.pending && at.clock == lane.pushed
                                   : at.clock <= lane.pushed;
  if (!again && at.clock != lane.pushed + 1) {
    done(WrongClock(at, lane.pushed + 1));
    return;
  }
  if (lane.waiting.clock != 0) {
    std::exchange(lane.waiting, WaitingPull())
        .done(SupersededError("a newer pull of this lane took its place"));
  }
  lane.waiting = {at.clock, &rows, out, std::move(done)};
  if (synchronous() && !again && lane.committed < lane.pushed) {
    lane.committed = lane.pushed;
    ApplyCommitted();
    AnswerWaiting();
  } else if (MayAnswer(lane)) {
    Answer(&lane);
  }
}

absl::Status Shard::CheckPush(LaneClock at,
                              const LaneGradient& gradient) const {
  const Lane& lane = lanes_[at.lane];
  if (lane.finished) return LaneFinished(at);
  if (at.clock != lane.pushed + 1) return WrongClock(at, lane.pushed + 1);
  if (lane.pending) {
    return absl::FailedPreconditionError(
        absl::StrCat("lane ", at.lane, " pushes clock ", at.clock,
                     " although clock ", lane.pushed, " is not applied yet"));
  }
  if (gradient.examples == 0 ||
      gradient.loss_sums.size() != columns().num_candidates()) {
    return MalformedError(absl::StrCat(
        "a gradient needs at least one example (it has ", gradient.examples,
        ") and the losses of ", columns().num_candidates(),
        " candidates (it has ", gradient.loss_sums.size(), ")"));
  }
  return absl::OkStatus();
}

absl::Status Shard::Push(LaneClock at, const RowSet& rows,
                         const LaneGradient& gradient) {
  LINEUP_RETURN_IF_ERROR(CheckHolder(at));
  Lane& lane = lanes_[at.lane];
  if (at.clock <= lane.pushed) {
    ++counters_.duplicates_refused;
    return absl::OkStatus();
  }
  LINEUP_RETURN_IF_ERROR(CheckPush(at, gradient));
  FindRows(at.clock, rows, &lane);
  lane.pushed = at.clock;
  const uint32_t behind = store_.num_updates() - lane.pulled_update;
  if (synchronous()) {
    // One lane in one process: applied as it comes, without a copy.
    if (alone()) {
      applied_ = lane.committed = at.clock;
      Account(gradient.examples, gradient.loss_sums, behind);
      ApplyOne(lane.pulled, gradient.rows, gradient.groups, gradient.examples,
               1.0);
      lane.pulled.noted = WeightStore::Noted::kUpToDate;
      return absl::OkStatus();
    }
    lane.behind = behind;
    Hold(gradient, &lane);
    if (options_.commit_on_push) {
      lane.committed = lane.pushed;
      ApplyCommitted();
    }
  } else {
    Account(gradient.examples, gradient.loss_sums, behind);
    ApplyOne(lane.pulled, gradient.rows, gradient.groups, gradient.examples,
             Damping(behind));
  }
  AnswerWaiting();
  return absl::OkStatus();
}

void Shard::PushAndPull(LaneClock at, const RowSet& rows,
                        const LaneGradient& gradient, const RowSet& next_rows,
                        WeightsOut next_out, Done done) {
  const LaneClock next{at.lane, at.clock + 1, at.term};
  const Lane& first = lanes_[0];
  absl::Status status;
  if (alone() && at.clock > first.pushed && next.clock <= first.limit) {
    status = StepAlone(at, rows, gradient, next_rows, next_out);
  } else {
    status = Push(at, rows, gradient);
    if (status.ok()) {
      Pull(next, next_rows, next_out, std::move(done));
      return;
    }
  }
  done(std::move(status));
}

absl::Status Shard::StepAlone(LaneClock at, const RowSet& rows,
                              const LaneGradient& gradient,
                              const RowSet& next_rows, WeightsOut next_out) {
  LINEUP_RETURN_IF_ERROR(CheckHolder(at));
  LINEUP_RETURN_IF_ERROR(CheckPush(at, gradient));
  Lane& lane = lanes_[at.lane];
  FindRows(at.clock, rows, &lane);
  lane.pushed = lane.committed = applied_ = at.clock;
  Account(gradient.examples, gradient.loss_sums,
          store_.num_updates() - lane.pulled_update);
  BeginUpdate();
  std::swap(lane.held, lane.pulled);
  BeginAnswer(at.clock + 1, next_rows, &lane);
  const WeightsOut out = PrepareOut(next_rows.size(), next_out);
  const float inverse_count = 1.0f / static_cast<float>(gradient.examples);
  ForStripes(lane.held.rows, [&](size_t stripe) {
    store_.Update(lane.held.rows, stripe, lane.held.refs.data(), gradient.rows,
                  inverse_count, gradient.groups, lane.held.noted);
    store_.Read(lane.pulled.rows, stripe, lane.pulled.refs.data(), out,
                lane.pulled.noted);
  });
  lane.held.noted = WeightStore::Noted::kUpToDate;
  return absl::OkStatus();
}

absl::Status Shard::FinishLane(LaneClock at) {
  LINEUP_RETURN_IF_ERROR(CheckHolder(at));
  Lane& lane = lanes_[at.lane];
  // A new holder may not know that the lane has finished.
  if (at.clock <= lane.pushed || lane.finished) return absl::OkStatus();
  if (at.clock != lane.pushed + 1) return WrongClock(at, lane.pushed + 1);
  if (!synchronous() && at.clock > lane.limit) {
    return RetryLaterError(
        absl::StrCat("lane ", at.lane, " may end its epoch at clock ", at.clock,
                     " once the barrier has ended"),
        absl::ZeroDuration());
  }
  // The end of an epoch has a clock of its own, so that a late repetition is
  // told from the end of the next epoch.
  lane.pushed = lane.committed = at.clock;
  lane.finished = true;
  --lanes_running_;
  if (lane.waiting.clock != 0) {
    std::exchange(lane.waiting, WaitingPull()).done(LaneFinished(at));
  }
  ApplyCommitted();
  AnswerWaiting();
  return absl::OkStatus();
}

void Shard::ForStripes(const RowSet& rows,
                       absl::FunctionRef<void(size_t)> function) const {
  if (rows.size() * store_.width() >= options_.min_parallel_values) {
    pool_.ParallelFor(kNumStripes, function);
  } else {
    for (size_t stripe = 0; stripe < kNumStripes; ++stripe) function(stripe);
  }
}

void Shard::Peek(const RowSet& rows, std::optional<size_t> candidate,
                 WeightsOut out) const {
  if (out.groups != nullptr && !candidate.has_value()) {
    *out.groups = store_.num_groups();
    ForStripes(rows, [&](size_t stripe) {
      store_.PeekGroups(rows, static_cast<uint32_t>(stripe), out.values);
    });
    return;
  }
  const ColumnRange columns = store_.columns().ColumnsOf(candidate);
  ForStripes(rows, [&](size_t stripe) {
    store_.Peek(rows, static_cast<uint32_t>(stripe), columns, out.values);
  });
}

uint64_t Shard::max_clock() const {
  uint64_t clock = 0;
  for (const Lane& lane : lanes_) clock = std::max(clock, lane.pushed);
  return clock;
}

std::vector<uint32_t> Shard::WaitsFor(uint32_t lane_number) const {
  const WaitingPull& pull = lanes_[lane_number].waiting;
  std::vector<uint32_t> slowest;
  if (pull.clock == 0) return slowest;
  for (uint32_t l = 0; l < lanes_.size(); ++l) {
    const Lane& lane = lanes_[l];
    if (lane.finished) continue;
    const uint64_t reached = synchronous() ? lane.committed : lane.pushed;
    if (reached + options_.staleness + 1 < pull.clock) slowest.push_back(l);
  }
  return slowest;
}

uint64_t Shard::SlowestClock() const {
  uint64_t slowest = UINT64_MAX;
  for (const Lane& lane : lanes_) {
    if (!lane.finished) slowest = std::min(slowest, lane.pushed);
  }
  return slowest;
}

bool Shard::MayAnswer(const Lane& lane) const {
  const WaitingPull& pull = lane.waiting;
  if (pull.clock > lane.limit) return false;
  if (synchronous()) return applied_ + 1 == pull.clock;
  if (options_.staleness == kUnboundedStaleness) return true;
  const uint64_t slowest = SlowestClock();
  return slowest >= pull.clock ||
         pull.clock - slowest <= 1 + options_.staleness;
}

void Shard::AnswerWaiting() {
  for (Lane& lane : lanes_) {
    if (lane.waiting.clock != 0 && MayAnswer(lane)) Answer(&lane);
  }
}

void Shard::Answer(Lane* lane) {
  WaitingPull pull = std::exchange(lane->waiting, WaitingPull());
  BeginAnswer(pull.clock, *pull.rows, lane);
  LaneRows& pulled = lane->pulled;
  const WeightsOut out = PrepareOut(pulled.rows.size(), pull.out);
  ForStripes(pulled.rows, [&](size_t stripe) {
    store_.Read(pulled.rows, stripe, pulled.refs.data(), out, pulled.noted);
  });
  pull.done(absl::OkStatus());
}

WeightsOut Shard::PrepareOut(size_t num_rows, WeightsOut out) const {
  if (out.groups == nullptr) return WeightsOut(out.values);
  *out.groups = store_.num_groups();
  // Synchronous lanes are answered in one process when the update before is
  // done, and the next begins when all have pushed.
  if (out.places != nullptr && synchronous()) {
    out.places->resize(num_rows);
    return out;
  }
  return WeightsOut(out.values, out.groups);
}

void Shard::BeginAnswer(uint64_t clock, const RowSet& rows, Lane* lane) {
  ++counters_.pulls;
  lane->answered = std::max(lane->answered, clock);
  lane->pulled_clock = clock;
  lane->pulled_update = store_.num_updates();
  LaneRows& pulled = lane->pulled;
  CHECK(pulled.noted == WeightStore::Noted::kUpToDate || pulled.rows == rows)
      << "a lane that is alone pulls other rows before it has pushed";
  pulled.rows = rows;
  pulled.refs.resize(rows.size());
  if (alone()) pulled.noted = WeightStore::Noted::kUpdated;
}

void Shard::FindRows(uint64_t clock, const RowSet& rows, Lane* lane) {
  LaneRows& pulled = lane->pulled;
  if (lane->pulled_clock == clock && pulled.rows == rows) return;
  // A replica's pull was of no rows, and yet of that update.
  if (lane->pulled_clock != clock) {
    lane->pulled_clock = clock;
    lane->pulled_update = store_.num_updates();
  }
  CHECK(pulled.noted == WeightStore::Noted::kUpToDate)
      << "a lane that is alone pushes other rows than it has pulled";
  pulled.rows = rows;
  pulled.refs.resize(rows.size());
  Find(&pulled);
}

void Shard::Find(LaneRows* rows) {
  ForStripes(rows->rows, [&](size_t stripe) {
    store_.Find(rows->rows, stripe, rows->refs.data());
  });
}

void Shard::Hold(const LaneGradient& gradient, Lane* lane) {
  // Lanes are added up: all have the columns of the groups that there are.
  lane->pending = true;
  lane->groups = store_.num_groups();
  const size_t width = store_.WidthOf(lane->groups);
  const ColumnMap& to_groups = store_.ToGroups(gradient.groups);
  lane->examples = gradient.examples;
  lane->loss_sums.assign(gradient.loss_sums.begin(), gradient.loss_sums.end());
  std::swap(lane->held, lane->pulled);
  lane->pulled_clock = 0;
  const RowSet& rows = lane->held.rows;
  lane->gradient.resize(rows.size() * width);
  ForStripes(rows, [&](size_t stripe) {
    const size_t first = rows.first(stripe);
    AlignedFloats row(store_.WidthOf(gradient.groups));
    for (size_t j = 0; j < rows.count(stripe); ++j) {
      const size_t i = first + j * rows.stride();
      if (to_groups.is_identity()) {
        gradient.rows(i, 1, 1, &lane->gradient[i * width]);
      } else {
        gradient.rows(i, 1, 1, row.data());
        to_groups.Copy(row.data(), &lane->gradient[i * width]);
      }
    }
  });
}

void Shard::ApplyCommitted() {
  if (!synchronous()) return;
  while (StepIsComplete(applied_ + 1)) ApplyStep();
}

bool Shard::StepIsComplete(uint64_t clock) const {
  bool any = false;
  for (const Lane& lane : lanes_) {
    // A finished lane has committed all it pushed.
    if (!lane.finished && lane.committed < clock) return false;
    any |= lane.pending;
  }
  return any;
}

void Shard::ApplyStep() {
  ++applied_;
  std::vector<Lane*> lanes;
  uint64_t examples = 0;
  for (Lane& lane : lanes_) {
    if (!lane.pending) continue;
    lane.pending = false;
    lanes.push_back(&lane);
    examples += lane.examples;
    Account(lane.examples, lane.loss_sums, lane.behind);
  }
  if (lanes.size() == 1) {
    const float* const gradient = lanes[0]->gradient.data();
    const size_t width = store_.WidthOf(lanes[0]->groups);
    ApplyOne(
        lanes[0]->held,
        [&](size_t first, size_t stride, size_t count, float* out) {
          for (size_t j = 0; j < count; ++j) {
            const float* row = gradient + (first + j * stride) * width;
            std::copy(row, row + width, out + j * width);
          }
        },
        lanes[0]->groups, examples, 1.0);
    return;
  }
  ApplySum(lanes, examples);
}

void Shard::BeginUpdate(double damping) {
  if (store_.must_tell_apart()) {
    store_.TellApart(&pool_);
    for (Lane& lane : lanes_) {
      Find(&lane.pulled);
      Find(&lane.held);
    }
  }
  store_.BeginUpdate(damping);
  ++counters_.updates;
}

void Shard::ApplyOne(const LaneRows& rows, GradientRows gradient,
                     uint32_t groups, uint64_t examples, double damping) {
  BeginUpdate(damping);
  const float inverse_count = 1.0f / static_cast<float>(examples);
  // The stripes that were read last are the likeliest to be in a cache still.
  ForStripes(rows.rows, [&](size_t i) {
    store_.Update(rows.rows, kNumStripes - 1 - i, rows.refs.data(), gradient,
                  inverse_count, groups, rows.noted);
  });
}

void Shard::ApplySum(absl::Span<Lane* const> lanes, uint64_t examples) {
  BeginUpdate();
  const float inverse_count = 1.0f / static_cast<float>(examples);
  // All were pulled after the same update.
  const uint32_t groups = lanes[0]->groups;
  std::vector<GradientPart> parts;
  for (const Lane* lane : lanes) {
    CHECK_EQ(lane->groups, groups);
    parts.push_back(
        {&lane->held.rows, lane->held.refs.data(), lane->gradient.data()});
  }
  ForStripes(lanes[0]->held.rows, [&](size_t stripe) {
    GradientSum& sum = sums_[stripe];
    sum.Gather(parts, stripe, store_.WidthOf(groups));
    store_.Update(sum.rows(), stripe, sum.refs(), sum, inverse_count, groups);
  });
}

void Shard::Account(uint64_t examples, absl::Span<const double> loss_sums,
                    uint32_t behind) {
  ++counters_.pushes_applied;
  epoch_loss_.examples += examples;
  ++epoch_loss_.minibatches;
  for (size_t c = 0; c < loss_sums.size(); ++c) {
    epoch_loss_.loss_sums[c] += loss_sums[c];
  }
  ++counters_.staleness_histogram[HistogramBin(
      behind, counters_.staleness_histogram.size())];
}

}  // namespace lineup

#include "server/served_job.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/failpoint.h"
#include "common/base/status_macros.h"
#include "common/rpc/errors.h"
#include "common/rpc/send_buffer.h"
#include "server/wire_values.h"

namespace lineup {

namespace {

v1::ServedJob::Epoch EpochMessage(int64_t epoch, const EpochLoss& loss) {
  v1::ServedJob::Epoch message;
  message.set_epoch(epoch);
  message.set_examples(loss.examples);
  message.set_minibatches(loss.minibatches);
  message.mutable_loss_sums()->Add(loss.loss_sums.begin(),
                                   loss.loss_sums.end());
  return message;
}

}  // namespace

ServedJob::ServedJob(ServedJobOptions options, ThreadPool* pool)
    : options_(std::move(options)),
      routing_epoch_(options_.routing_epoch),
      pool_(*pool),
      columns_(options_.columns),
      candidate_columns_(PackedColumns::Unpadded(options_.columns.outputs())),
      reader_(options_.owned, options_.max_rows, options_.max_call_bytes,
              &columns_.all()),
      parts_(options_.max_call_bytes, options_.max_held_bytes),
      shard_(options_.columns, options_.shard, pool),
      waiting_(options_.shard.num_lanes) {}

ServedJob::~ServedJob() {
  MutexLock lock(&mutex_);
  CountBytes(0);
}

void ServedJob::CountBytes(uint64_t bytes) {
  if (options_.weight_bytes == nullptr) return;
  // Unsigned: what has become less wraps around, and so does the sum.
  *options_.weight_bytes += bytes - counted_bytes_;
  counted_bytes_ = bytes;
}

absl::Status ServedJob::CheckRouting(uint64_t routing_epoch) const {
  const uint64_t current = routing_epoch_;
  if (routing_epoch == current) return absl::OkStatus();
  return StaleRoutingError(routing_epoch, current);
}

absl::Status ServedJob::CheckCall(LaneClock at, uint64_t routing_epoch) const {
  LINEUP_RETURN_IF_ERROR(CheckRouting(routing_epoch));
  if (at.lane >= options_.shard.num_lanes) {
    return MalformedError(absl::StrCat("lane ", at.lane,
                                       " does not exist: there are ",
                                       options_.shard.num_lanes));
  }
  return absl::OkStatus();
}

void ServedJob::Run(LaneCall call) {
  absl::Status status = CheckCall(call.at, call.routing_epoch);
  if (status.ok() && call.gradient.has_value() && call.pull.has_value() &&
      options_.shard.staleness == 0) {
    status = MalformedError(
        "with staleness 0 the next pull must wait until every server has "
        "taken the gradient, so it cannot be part of the push");
  }
  if (!status.ok()) {
    call.done(std::move(status));
    return;
  }
  std::vector<PartCollector::Ended> ended;
  std::vector<LaneCall> parts;
  {
    MutexLock lock(&parts_mutex_);
    parts = parts_.Add(std::move(call), &ended);
  }
  EndCalls(std::move(ended));
  if (parts.empty()) return;
  const std::shared_ptr<LaneStep> step = reader_.ReadLaneCall(std::move(parts));
  if (step->status.ok()) {
    RunStep(step);
  } else {
    step->Answer(columns_.of_all());
  }
}

void ServedJob::RunStep(const std::shared_ptr<LaneStep>& step) {
  {
    MutexLock lock(&mutex_);
    absl::Status status =
        closed_ ? UnknownJobError(options_.job) : absl::OkStatus();
    if (status.ok() && step->push_rows != nullptr) {
      status =
          Failpoint(options_.replica ? "replicate.before" : "apply.before");
      if (status.ok()) status = PushLocked(*step);
      if (status.ok()) {
        status =
            Failpoint(options_.replica ? "replicate.after" : "apply.after");
      }
    }
    if (status.ok() && step->pull_rows != nullptr) {
      PullLocked(step);
    } else {
      FinishLocked(step, std::move(status));
    }
    CountBytes(shard_.store().bytes_told_apart());
  }
  AnswerFinished();
}

absl::Status ServedJob::PushLocked(LaneStep& step) {
  LINEUP_RETURN_IF_ERROR(CheckRoom(step.push_rows->rows));
  const LaneCall& call = step.call();
  const uint32_t groups = call.gradient->groups;
  const PackedColumns& columns = columns_.InMemory(groups)->all();
  const WireValues values(call.format, &columns, &step.gradient);
  const auto read_rows = [&](size_t first, size_t stride, size_t count,
                             float* out) {
    for (size_t j = 0; j < count; ++j) {
      values.ReadRow(step.push_rows->position(first + j * stride),
                     out + j * columns.width());
    }
  };
  const uint64_t before = shard_.counters().duplicates_refused;
  const absl::Status status = shard_.Push(
      call.at, step.push_rows->rows,
      {read_rows, call.gradient->examples, call.gradient->loss_sums, groups});
  step.duplicate = shard_.counters().duplicates_refused != before;
  return status;
}

void ServedJob::PullLocked(const std::shared_ptr<LaneStep>& step) {
  absl::Status room = CheckRoom(step->pull_rows->rows);
  if (!room.ok()) return FinishLocked(step, std::move(room));
  step->AllocatePulled(columns_.of_all());
  const WeightsOut out(step->pulled.floats(), step->call().takes_groups
                                                  ? &step->pulled_groups
                                                  : nullptr);
  shard_.Pull(step->pull_at(), step->pull_rows->rows, out,
              [this, step](absl::Status status) {
                mutex_.AssertHeld();
                step->pulled_columns =
                    &columns_.InMemory(step->pulled_groups)->all();
                FinishLocked(step, std::move(status));
              });
  if (!step->finished) waiting_[step->lane()] = step;
}

absl::Status ServedJob::CheckRoom(const RowSet& rows) const {
  const uint64_t limit = options_.max_weight_bytes;
  if (limit == 0) return absl::OkStatus();
  const WeightStore& store = shard_.store();
  const uint64_t others = options_.weight_bytes == nullptr
                              ? 0
                              : *options_.weight_bytes - counted_bytes_;
  // Which rows are new is counted only where it may matter.
  if (others + store.bytes_told_apart() + rows.size() * store.max_row_bytes() <=
      limit) {
    return absl::OkStatus();
  }
  const uint64_t needed = others + store.BytesWith(rows);
  if (needed <= limit) return absl::OkStatus();
  return LimitExceededError(
      absl::StrCat("out of memory for weights: they need ", needed,
                   " bytes on this server, and may use ", limit,
                   " (--max-memory); add servers, allow more, or train fewer "
                   "candidates at once (--num-models)"),
      limit);
}

void ServedJob::FinishLocked(std::shared_ptr<LaneStep> step,
                             absl::Status status) {
  step->status = std::move(status);
  step->finished = true;
  std::shared_ptr<LaneStep>& waiting = waiting_[step->lane()];
  if (waiting == step) waiting.reset();
  finished_.push_back(std::move(step));
}

void ServedJob::AnswerFinished() {
  std::vector<std::shared_ptr<LaneStep>> finished;
  bool news = false;
  {
    MutexLock lock(&mutex_);
    finished.swap(finished_);
    if (!epoch_done_reported_ && shard_.epoch_done()) {
      news = epoch_done_reported_ = true;
    }
    if (!standing_reported_ && shard_.Standing()) {
      news = standing_reported_ = true;
    }
    if (!lanes_called_reported_ && LanesCalledLocked()) {
      news = lanes_called_reported_ = true;
    }
  }
  for (const std::shared_ptr<LaneStep>& step : finished) {
    if (step->status.ok()) step->status = Failpoint("acknowledge.before");
    step->Answer(columns_.of_all());
    // What was acknowledged cannot fail any more.
    Failpoint("acknowledge.after").IgnoreError();
  }
  if (news && options_.news) options_.news();
}

void ServedJob::EndCalls(std::vector<PartCollector::Ended> ended) {
  for (PartCollector::Ended& e : ended) e.call.done(std::move(e.status));
}

absl::Status ServedJob::FinishLane(LaneClock at, uint64_t routing_epoch) {
  LINEUP_RETURN_IF_ERROR(CheckCall(at, routing_epoch));
  absl::Status status;
  {
    MutexLock lock(&mutex_);
    if (closed_) return UnknownJobError(options_.job);
    status = shard_.FinishLane(at);
  }
  AnswerFinished();
  return status;
}

absl::StatusOr<EncodedWeights> ServedJob::Peek(const RowsCall& call) {
  LINEUP_RETURN_IF_ERROR(CheckRouting(call.routing_epoch));
  const size_t num_candidates = options_.columns.num_candidates();
  if (call.candidate.has_value() && *call.candidate >= num_candidates) {
    return MalformedError(absl::StrCat("candidate ", *call.candidate,
                                       " does not exist: there are ",
                                       num_candidates));
  }
  const PackedColumns& asked =
      call.candidate.has_value() ? candidate_columns_ : columns_.of_all();
  LINEUP_ASSIGN_OR_RETURN(const WireRows rows,
                          reader_.ReadRowsCall(call, asked.width()));
  SendBuffer values(rows.size() * asked.width() * sizeof(float));
  uint32_t groups = 0;
  {
    MutexLock lock(&mutex_);
    if (closed_) return UnknownJobError(options_.job);
    shard_.Peek(
        rows.rows, call.candidate,
        WeightsOut(values.floats(), call.takes_groups ? &groups : nullptr));
  }
  const PackedColumns* const columns =
      call.candidate.has_value() ? &asked : &columns_.InMemory(groups)->all();
  if (!SameOnTheWire(*columns, call.format, rows)) {
    values = EncodeRows(call.format, *columns, rows, values.floats());
  }
  const auto encoded = std::make_shared<SendBuffer>(std::move(values));
  const size_t bytes = rows.size() * WireRowBytes(*columns, call.format);
  return EncodedWeights{absl::MakeConstSpan(encoded->data(), bytes), encoded,
                        GroupsOnTheWire(*columns, asked)};
}

absl::Status ServedJob::SetWeights(const RowsCall& call,
                                   const PayloadView& weights) {
  LINEUP_RETURN_IF_ERROR(CheckRouting(call.routing_epoch));
  LINEUP_ASSIGN_OR_RETURN(
      const WireRows rows,
      reader_.ReadRowsCall(call, columns_.of_all().width()));
  const size_t bytes =
      rows.size() * WireRowBytes(columns_.of_all(), call.format);
  if (weights.size() != bytes) {
    return MalformedError(absl::StrCat("weights of ", rows.size(),
                                       " rows have ", bytes, " bytes, but ",
                                       weights.size(), " were sent"));
  }
  const WireValues values(call.format, &columns_.of_all(), &weights);
  std::vector<float> row(columns_.of_all().width());
  MutexLock lock(&mutex_);
  if (closed_) return UnknownJobError(options_.job);
  if (shard_.epoch() >= 0) {
    return WrongEpochError("weights can be set only before the first epoch");
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    values.ReadRow(rows.position(i), row.data());
    if (!shard_.SetWeights(rows.rows.row(i), row.data())) {
      return MalformedError(absl::StrCat(
          "the weights of row ", rows.rows.row(i),
          " differ between candidates that train the same model until their "
          "schedules differ; they must start from the same weights"));
    }
  }
  return absl::OkStatus();
}

absl::Status ServedJob::BeginEpoch(int64_t epoch, uint64_t base_clock) {
  MutexLock lock(&mutex_);
  if (closed_) return UnknownJobError(options_.job);
  const int64_t last = shard_.epoch();
  const EpochLoss last_loss = shard_.epoch_loss();
  LINEUP_RETURN_IF_ERROR(shard_.BeginEpoch(epoch, base_clock));
  if (shard_.epoch() == last) return absl::OkStatus();
  if (last >= 0) past_epochs_.push_back(EpochMessage(last, last_loss));
  epoch_done_reported_ = false;
  return absl::OkStatus();
}

v1::ServedJob ServedJob::Status() const {
  v1::ServedJob status;
  status.set_job(options_.job);
  status.set_routing_epoch(routing_epoch());
  status.set_slots(static_cast<uint32_t>(options_.owned.num_slots()));
  status.set_num_columns(
      static_cast<uint32_t>(columns_.of_all().packed_width()));
  MutexLock lock(&mutex_);
  status.set_rows(shard_.store().num_rows());
  status.set_weight_bytes(shard_.store().bytes());
  const ShardCounters& counters = shard_.counters();
  status.set_pulls(counters.pulls);
  status.set_pushes_applied(counters.pushes_applied);
  status.set_duplicates_refused(counters.duplicates_refused);
  status.set_updates(counters.updates);
  status.mutable_staleness_histogram()->Add(
      counters.staleness_histogram.begin(), counters.staleness_histogram.end());
  for (uint32_t l = 0; l < options_.shard.num_lanes; ++l) {
    v1::ServedJob::Lane* const lane = status.add_lanes();
    lane->set_clock(shard_.lane_clock(l));
    lane->set_finished(shard_.lane_finished(l));
    const std::vector<uint32_t> waits_for = shard_.WaitsFor(l);
    lane->mutable_waits_for()->Add(waits_for.begin(), waits_for.end());
  }
  for (const v1::ServedJob::Epoch& epoch : past_epochs_) {
    *status.add_epochs() = epoch;
  }
  if (shard_.epoch() >= 0) {
    *status.add_epochs() = EpochMessage(shard_.epoch(), shard_.epoch_loss());
  }
  status.set_epoch_done(shard_.epoch() >= 0 && shard_.epoch_done());
  return status;
}

void ServedJob::Close() {
  const absl::Status status = UnknownJobError(options_.job);
  std::vector<PartCollector::Ended> ended;
  {
    MutexLock lock(&parts_mutex_);
    parts_.Close(status, &ended);
  }
  EndCalls(std::move(ended));
  {
    MutexLock lock(&mutex_);
    closed_ = true;
    for (std::shared_ptr<LaneStep>& step : waiting_) {
      if (step != nullptr) FinishLocked(std::move(step), status);
    }
  }
  AnswerFinished();
}

}  // namespace lineup

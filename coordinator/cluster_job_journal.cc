// What ClusterJob leaves in the coordinator's journal, and how it goes on from
// there (proto/journal.proto).
//
// Everything that it told anybody, it has written down before, so a restart
// rewinds nothing: servers have kept their rows under the same placement, lanes
// change hands as if all their holders had vanished, and tasks are begun again.
// A checkpoint that was being made is made anew.

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/job/lane_plan.h"
#include "coordinator/cluster_job.h"
#include "coordinator/job_course.h"

namespace lineup {
namespace {

constexpr char kRun[] = "run";
constexpr char kCourse[] = "run/course";
constexpr char kBad[] = "run/bad";
constexpr char kSplit[] = "run/split";

absl::Status Unusable(absl::string_view key) {
  return absl::DataLossError(absl::StrCat(
      "the journal's entry \"", key,
      "\" is not what a coordinator of this version writes; lineup resume goes "
      "on with a job from its checkpoints"));
}

// An entry that may be missing: then `message` stays as it is.
template <typename Message>
absl::Status ParseEntry(const JournalContents& journal, absl::string_view key,
                        Message* message) {
  const auto entry = journal.find(std::string(key));
  if (entry == journal.end() || message->ParseFromString(entry->second)) {
    return absl::OkStatus();
  }
  return Unusable(key);
}

}  // namespace

v1::JournalRun::Stage ClusterJob::JournalStage() const {
  switch (stage_) {
    case Stage::kTasks:
    case Stage::kCheckpoint:
    case Stage::kMove:
    case Stage::kAction:
    case Stage::kEnded:
      return v1::JournalRun::STAGE_STEP;
    case Stage::kBeginEpoch:
      return splits_before_.has_value() ? v1::JournalRun::STAGE_LANES
                                        : v1::JournalRun::STAGE_BEGIN_EPOCH;
    case Stage::kLanes:
    case Stage::kEpochResults:
      return v1::JournalRun::STAGE_LANES;
    case Stage::kWithdraw:
      return v1::JournalRun::STAGE_WITHDRAW;
    case Stage::kRewind:
      return looking_for_checkpoint_ ? v1::JournalRun::STAGE_LOOK
                                     : v1::JournalRun::STAGE_PLACE;
    case Stage::kOpening:
      return v1::JournalRun::STAGE_OPENING;
    case Stage::kTakeover:
      if (stopping_) return v1::JournalRun::STAGE_OPENING;
      return lanes_ran_ ? v1::JournalRun::STAGE_LANES
                        : v1::JournalRun::STAGE_STEP;
    case Stage::kMoved:
      if (stopping_) return v1::JournalRun::STAGE_OPENING;
      return mover_.lanes_ran() ? v1::JournalRun::STAGE_LANES
                                : v1::JournalRun::STAGE_STEP;
  }
  return v1::JournalRun::STAGE_UNSPECIFIED;
}

v1::JournalRun ClusterJob::JournalRun() const {
  v1::JournalRun run;
  run.set_stage(JournalStage());
  run.set_data_fingerprint(data_fingerprint_);
  for (const Server& server : servers_) run.add_servers(server.node_id);
  *run.mutable_routing() = routing_;
  run.set_epoch(epoch_);
  run.set_base_clock(base_clock_);
  run.set_examples_before_epoch(examples_before_epoch_);
  run.set_num_features(num_features_);
  run.set_stopping(stopping_);
  run.set_last_checkpoint(last_checkpoint_);
  run.set_completed_checkpoint(completed_checkpoint_);
  run.set_completed_unix_us(UnixMicros(completed_at_));
  // One that is under way is made anew: in its place, or in the next epoch.
  const bool under_way = !checkpointer_.idle();
  run.set_checkpoint_requested(checkpoint_requested_ ||
                               (under_way && stage_ != Stage::kCheckpoint));
  run.set_trained_since_checkpoint(trained_since_checkpoint_ ||
                                   (under_way && stage_ == Stage::kCheckpoint));
  run.set_rewinds(rewinds_);
  run.set_last_routing_epoch(last_routing_epoch_);
  for (const Server& replica : replicas_) run.add_replicas(replica.node_id);
  run.set_same_since(same_since_);
  mover_.Fill(&run);
  return run;
}

v1::JournalCourse ClusterJob::JournalCourse() const {
  v1::JournalCourse course;
  *course.mutable_course() = EncodeCourse(machine_);
  if (restore_.has_value()) *course.mutable_restore() = *restore_;
  *course.mutable_restored_splits() = restored_splits_;
  return course;
}

void ClusterJob::AddRecords(JournalRecords* records) {
  if (state_ != State::kRunning) return;
  std::string run = JournalRun().SerializeAsString();
  if (run != journaled_run_) {
    journaled_run_ = run;
    records->push_back({kRun, std::move(run)});
  }
  if (std::exchange(course_changed_, false) &&
      machine_.step() != JobMachine::Step::kSample) {
    records->push_back({kCourse, JournalCourse().SerializeAsString()});
  }
  if (std::exchange(bad_records_changed_, false)) {
    v1::JournalBadRecords bad;
    FillBadSplits(bad.mutable_splits());
    records->push_back({kBad, bad.SerializeAsString()});
  }
  AddSplitRecords(records);
}

void ClusterJob::AddSplitRecords(JournalRecords* records) {
  const LaneTable::Changes changes = lanes_.TakeChanges();
  if (changes.begun) {
    journaled_splits_ = 0;
    records->push_back({kSplit, std::nullopt});
  }
  for (const LaneTable::Given& given : changes.given) {
    v1::JournalSplit split;
    split.set_lane(given.lane);
    split.set_split(given.split);
    records->push_back(
        {NumberedKey(kSplit, ++journaled_splits_), split.SerializeAsString()});
  }
}

absl::StatusOr<std::unique_ptr<ClusterJob>> ClusterJob::GoOn(
    Options options, const JournalContents& journal,
    std::set<std::string> unheard, Tell tell, Now now) {
  v1::JournalRun run;
  v1::JournalCourse course;
  v1::JournalBadRecords bad;
  LINEUP_RETURN_IF_ERROR(ParseEntry(journal, kRun, &run));
  LINEUP_RETURN_IF_ERROR(ParseEntry(journal, kCourse, &course));
  LINEUP_RETURN_IF_ERROR(ParseEntry(journal, kBad, &bad));
  auto job = std::unique_ptr<ClusterJob>(
      new ClusterJob(&options, std::move(tell), std::move(now)));
  job->unheard_ = std::move(unheard);
  LINEUP_RETURN_IF_ERROR(job->TakeRun(run));
  if (course.has_course()) LINEUP_RETURN_IF_ERROR(job->TakeCourse(course));
  job->TakeBadSplits(bad.splits());
  if (run.stage() == v1::JournalRun::STAGE_LANES) job->TakeSplits(journal);
  job->EnterStage(run.stage());
  return job;
}

absl::Status ClusterJob::TakeRun(const v1::JournalRun& run) {
  // A job that rewinds still has the routing of the placement before.
  const bool placed = run.servers_size() > 0;
  if (run.stage() == v1::JournalRun::STAGE_UNSPECIFIED ||
      (placed && (run.servers_size() != run.routing().addresses_size() ||
                  run.replicas_size() != run.routing().replicas_size()))) {
    return Unusable(kRun);
  }
  if (run.data_fingerprint() != data_fingerprint_) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the training data has changed since ", name_,
        " began: its files must stay as they are, complete and unchanged"));
  }
  for (int s = 0; s < run.servers_size(); ++s) {
    servers_.push_back({run.servers(s), run.routing().addresses(s)});
  }
  for (int s = 0; placed && s < run.replicas_size(); ++s) {
    replicas_.push_back({run.replicas(s), run.routing().replicas(s)});
  }
  same_since_ = run.same_since();
  routing_ = run.routing();
  epoch_ = run.epoch();
  base_clock_ = run.base_clock();
  examples_before_epoch_ = run.examples_before_epoch();
  num_features_ = run.num_features();
  stopping_ = run.stopping();
  last_checkpoint_ = run.last_checkpoint();
  completed_checkpoint_ = run.completed_checkpoint();
  completed_at_ = FromUnixMicros(run.completed_unix_us());
  checkpoint_requested_ = run.checkpoint_requested();
  trained_since_checkpoint_ = run.trained_since_checkpoint();
  rewinds_ = run.rewinds();
  last_routing_epoch_ = run.last_routing_epoch();
  mover_.Take(run);
  return absl::OkStatus();
}

absl::Status ClusterJob::TakeCourse(const v1::JournalCourse& course) {
  LINEUP_ASSIGN_OR_RETURN(machine_, DecodeCourse(plan_.get(), course.course()));
  num_examples_ = course.course().num_examples();
  opened_ = true;
  if (course.has_restore()) restore_ = course.restore();
  restored_splits_ = course.restored_splits();
  return absl::OkStatus();
}

// The splits that no lane has been given are the rest of the epoch's.
void ClusterJob::TakeSplits(const JournalContents& journal) {
  v1::LaneSplits& splits = splits_before_.emplace();
  for (uint32_t l = 0; l < plan_->spec.num_lanes; ++l) splits.add_lanes();
  if (synchronous()) return;
  std::set<uint32_t> given;
  for (const auto& [key, value] : EntriesBelow(journal, kSplit)) {
    v1::JournalSplit split;
    split.ParseFromString(value);
    if (split.lane() >= plan_->spec.num_lanes) continue;
    given.insert(split.split());
    splits.mutable_lanes(split.lane())->add_splits(split.split());
  }
  for (const size_t split : SplitOrder(plan_->train.splits().size(), epoch_,
                                       LanePlanOptionsOf(plan_->spec))) {
    if (given.count(split) == 0) {
      splits.add_unread(static_cast<uint32_t>(split));
    }
  }
  for (v1::LaneSplits::Lane& lane : *splits.mutable_lanes()) {
    lane.set_closed(splits.unread().empty());
  }
}

void ClusterJob::EnterStage(v1::JournalRun::Stage stage) {
  switch (stage) {
    case v1::JournalRun::STAGE_BEGIN_EPOCH:
    case v1::JournalRun::STAGE_LANES:
      stage_ = Stage::kBeginEpoch;
      return;
    case v1::JournalRun::STAGE_WITHDRAW:
      stage_ = Stage::kWithdraw;
      return Proceed();
    case v1::JournalRun::STAGE_LOOK:
      stage_ = Stage::kRewind;
      looking_for_checkpoint_ = true;
      return Act(Action::Kind::kLoadCheckpoint);
    case v1::JournalRun::STAGE_PLACE:
      stage_ = Stage::kRewind;
      return;
    case v1::JournalRun::STAGE_OPENING:
      stage_ = Stage::kOpening;
      return;
    default:
      return BeginStep();
  }
}

v1::TrainingClocks ClusterJob::ClocksOfServers() const {
  v1::TrainingClocks clocks;
  clocks.set_epoch(epoch_);
  for (uint32_t l = 0; l < plan_->spec.num_lanes; ++l) {
    uint64_t clock = UINT64_MAX;
    bool finished = true;
    for (const ShardState& shard : Shards()) {
      const v1::ServerReport& report = *shard.report;
      if (static_cast<int>(l) >= report.lanes_size()) continue;
      clock = std::min(clock, report.lanes(l).clock());
      finished &= report.lanes(l).finished();
    }
    v1::TrainingClocks::Lane* const lane = clocks.add_lanes();
    lane->set_clock(clock == UINT64_MAX ? base_clock_ : clock);
    lane->set_finished(finished && clock != UINT64_MAX);
  }
  return clocks;
}

void ClusterJob::FillBadSplits(
    google::protobuf::RepeatedPtrField<v1::BadSplit>* splits) const {
  for (const auto& [split, bad] : bad_records_) {
    v1::BadSplit* const added = splits->Add();
    added->set_part(static_cast<uint32_t>(split.first));
    added->set_split(split.second);
    added->set_count(bad.count);
    added->mutable_messages()->Add(bad.messages.begin(), bad.messages.end());
  }
}

void ClusterJob::TakeBadSplits(
    const google::protobuf::RepeatedPtrField<v1::BadSplit>& splits) {
  for (const v1::BadSplit& bad : splits) {
    bad_records_[{static_cast<int>(bad.part()), bad.split()}] = {
        bad.count(), {bad.messages().begin(), bad.messages().end()}};
  }
  bad_records_changed_ = !bad_records_.empty();
}

}  // namespace lineup

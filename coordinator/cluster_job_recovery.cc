// ClusterJob's checkpoints, and how it goes on from one.

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "coordinator/cluster_job.h"
#include "coordinator/job_course.h"
#include "glog/logging.h"

namespace lineup {
namespace {

// So often in a row a job loses servers, without a new checkpoint in between,
// before it gives up.
constexpr uint32_t kMaxRewinds = 5;

}  // namespace

absl::Status ClusterJob::RequestCheckpoint() {
  if (!makes_checkpoints()) {
    return absl::FailedPreconditionError(
        absl::StrCat(name_,
                     " makes no checkpoints: it was submitted without "
                     "--checkpoint-dir"));
  }
  if (state_ != State::kRunning) {
    return absl::FailedPreconditionError(absl::StrCat(name_, " has ended"));
  }
  checkpoint_requested_ = true;
  Proceed();
  return absl::OkStatus();
}

void ClusterJob::TickCheckpoint(absl::Time now) {
  const double seconds = spec_.checkpoint_seconds();
  if (!makes_checkpoints() || seconds <= 0 || stage_ != Stage::kLanes) return;
  if (next_checkpoint_ == absl::Time()) {
    next_checkpoint_ = now + absl::Seconds(seconds);
  }
  if (now < next_checkpoint_) return;
  next_checkpoint_ = now + absl::Seconds(seconds);
  checkpoint_requested_ = true;
  Proceed();
}

void ClusterJob::BeginCheckpoint(bool lanes_run) {
  ++last_checkpoint_;
  checkpoint_requested_ = false;
  trained_since_checkpoint_ = false;
  checkpointer_.Begin(last_checkpoint_,
                      CheckpointPath(spec_.checkpoint_dir(), last_checkpoint_),
                      lanes_run);
}

void ClusterJob::ProceedCheckpoint() {
  if (checkpoint_requested_ && stage_ == Stage::kLanes &&
      checkpointer_.idle() && mover_.idle() && !HasTakenOver() &&
      !lanes_.all_finished()) {
    BeginCheckpoint(/*lanes_run=*/true);
  }
  if (!EveryServer([](const v1::ServerReport&) { return true; })) return;
  const std::vector<const v1::ServerReport*> reports = ServerReports();
  for (;;) {
    switch (checkpointer_.Update(reports)) {
      case Checkpointer::Event::kNone:
        return;
      case Checkpointer::Event::kCopied:
        FillManifest(&checkpointer_.manifest());
        break;
      case Checkpointer::Event::kWritten:
        actions_.push_back({Action::Kind::kCompleteCheckpoint, ++last_action_,
                            checkpointer_.manifest()});
        return;
      case Checkpointer::Event::kFailed:
        CheckpointFailed(checkpointer_.number(), checkpointer_.error());
        return;
    }
  }
}

void ClusterJob::CheckpointFailed(uint64_t number, const absl::Status& error) {
  tell_("checkpoint_failed",
        absl::StrCat("checkpoint ", number, ": ", error.message(),
                     "; training goes on, earlier checkpoints stay"));
  RemoveCheckpoint(number);
}

void ClusterJob::RemoveCheckpoint(uint64_t number) {
  actions_.push_back({Action::Kind::kRemoveCheckpoint, ++last_action_, {}});
  actions_.back().manifest.set_number(number);
}

void ClusterJob::AbandonCheckpoint() {
  checkpoint_requested_ = false;
  if (checkpointer_.idle()) return;
  // One that is being completed has all it needs.
  if (checkpointer_.state() != Checkpointer::State::kCompleting) {
    RemoveCheckpoint(checkpointer_.number());
  }
  checkpointer_.Abandon();
}

void ClusterJob::FillManifest(v1::CheckpointManifest* manifest) const {
  manifest->set_job(name_);
  *manifest->mutable_spec() = spec_;
  manifest->set_data_fingerprint(data_fingerprint_);
  manifest->set_routing_epoch(last_routing_epoch_);
  *manifest->mutable_course() = EncodeCourse(machine_);
  manifest->mutable_course()->set_base_clock(base_clock_);
  *manifest->mutable_lanes() = lanes_.Splits();
  manifest->set_examples_before_epoch(examples_before_epoch_);
  manifest->set_num_features(num_features_);
  FillBadSplits(manifest->mutable_bad_splits());
}

void ClusterJob::CheckpointCompleted(uint64_t number,
                                     const absl::Status& status,
                                     absl::Time now) {
  if (number == checkpointer_.number()) checkpointer_.Completed();
  if (!status.ok()) {
    CheckpointFailed(number, status);
  } else {
    completed_checkpoint_ = number;
    completed_at_ = now;
    rewinds_ = 0;
    tell_("checkpoint_written",
          absl::StrCat("checkpoint ", number, " is complete: ",
                       CheckpointPath(spec_.checkpoint_dir(), number)));
  }
  Proceed();
}

absl::Status ClusterJob::Restore(const WholeCheckpoint& checkpoint) {
  const v1::CheckpointManifest& manifest = checkpoint.manifest;
  for (const std::string& damaged : checkpoint.damaged) {
    LOG(WARNING) << name_
                 << ": a damaged checkpoint is passed over: " << damaged;
    tell_("checkpoint_damaged",
          absl::StrCat("a damaged checkpoint is passed over: ", damaged));
  }
  LINEUP_ASSIGN_OR_RETURN(machine_,
                          DecodeCourse(plan_.get(), manifest.course()));
  tell_("restored",
        absl::StrCat(
            "going on from checkpoint ", manifest.number(), ", ",
            manifest.clocks().epoch() == machine_.epoch() ? "in" : "before",
            " epoch ", machine_.epoch()));
  restore_.emplace();
  restore_->set_directory(checkpoint.path);
  for (const v1::CheckpointFile& file : manifest.files()) {
    restore_->add_files(file.name());
  }
  *restore_->mutable_clocks() = manifest.clocks();
  restored_splits_ = manifest.lanes();
  base_clock_ = manifest.course().base_clock();
  num_examples_ = manifest.course().num_examples();
  num_features_ = std::max(num_features_, manifest.num_features());
  examples_before_epoch_ = manifest.examples_before_epoch();
  last_routing_epoch_ = std::max(last_routing_epoch_, manifest.routing_epoch());
  TakeBadSplits(manifest.bad_splits());
  opened_ = true;
  course_changed_ = true;
  trained_since_checkpoint_ = false;
  return absl::OkStatus();
}

absl::Status ClusterJob::RestoreBeginning() {
  JobMachine fresh(plan_.get());
  LINEUP_RETURN_IF_ERROR(fresh.Sampled(machine_.sample(), num_examples_));
  machine_ = std::move(fresh);
  course_changed_ = true;
  restore_.reset();
  base_clock_ = 0;
  examples_before_epoch_ = 0;
  trained_since_checkpoint_ = false;
  return absl::OkStatus();
}

void ClusterJob::OnServerGone(const std::string& node, absl::string_view why) {
  if (!NeedsServer(node)) return;
  const std::string text = absl::StrCat("server ", node, " ", why);
  if (!HasServer(node)) {
    AbandonMove(text);
    return Proceed();
  }
  if (CanTakeOver(node)) return TakeOver(node, text);
  Rewind(text);
}

void ClusterJob::Rewind(absl::string_view why) {
  if (state_ != State::kRunning) return;
  if (!opened_) {  // nothing is there yet
    servers_.clear();
    replicas_.clear();
    return;
  }
  if (++rewinds_ > kMaxRewinds) {
    return Fail(absl::UnavailableError(
        absl::StrCat(why, "; the job has lost servers ", rewinds_,
                     " times without getting to a new checkpoint in between")));
  }
  LOG(WARNING) << name_ << " rewinds: " << why;
  tell_("rewinding",
        absl::StrCat(why, "; ",
                     makes_checkpoints()
                         ? "the job goes back to its newest checkpoint"
                         : "without checkpoints (--checkpoint-dir) training "
                           "begins again"));
  AbandonCheckpoint();
  mover_.Abandon();
  servers_.clear();
  replicas_.clear();
  taking_over_since_.reset();
  server_reports_.clear();
  lanes_.Reset();
  splits_before_.reset();
  tasks_.Begin({});
  awaited_action_ = 0;
  copy_again_ = false;
  stage_ = Stage::kRewind;
  if (makes_checkpoints()) {
    looking_for_checkpoint_ = true;
    return Act(Action::Kind::kLoadCheckpoint);
  }
  const absl::Status status = RestoreBeginning();
  if (!status.ok()) return Fail(status);
  TryOpening();
}

void ClusterJob::Loaded(uint64_t action,
                        absl::StatusOr<WholeCheckpoint> checkpoint) {
  if (!Awaits(action)) return;
  awaited_action_ = 0;
  looking_for_checkpoint_ = false;
  absl::Status status;
  if (checkpoint.ok()) {
    status = Restore(*checkpoint);
  } else {
    LOG(WARNING) << name_ << ": " << checkpoint.status().message();
    tell_("restored", absl::StrCat(checkpoint.status().message(),
                                   "; training begins again"));
    status = RestoreBeginning();
  }
  if (!status.ok()) return Fail(status);
  TryOpening();
}

bool ClusterJob::EnoughServers() const {
  return present_.size() >= std::max<size_t>(1, spec_.min_servers());
}

void ClusterJob::TryOpening() {
  if (stage_ != Stage::kRewind || looking_for_checkpoint_ ||
      state_ != State::kRunning || !EnoughServers()) {
    return;
  }
  PlaceSlots(present_);
  stage_ = Stage::kOpening;
}

void ClusterJob::PlaceSlots(std::vector<Server> servers) {
  servers_ = std::move(servers);
  SetPlacement(PlaceAllSlots(servers_, ++last_routing_epoch_));
  epoch_ = restore_.has_value() ? restore_->clocks().epoch() : -1;
}

void ClusterJob::Opened() {
  TellOfReplicas();
  if (stopping_) {
    const absl::Status status = machine_.Stop();
    if (!status.ok()) return Fail(status);
  }
  BeginStep();
}

}  // namespace lineup

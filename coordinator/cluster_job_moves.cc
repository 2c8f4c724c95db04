// How a ClusterJob goes on with other servers, when some join or leave.

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/failpoint.h"
#include "coordinator/cluster_job.h"
#include "glog/logging.h"

namespace lineup {
namespace {

// Servers that join or leave within so long are moved to and from together.
constexpr absl::Duration kSettle = absl::Seconds(1);
// After a move that failed, before the next one.
constexpr absl::Duration kLongestPause = absl::Minutes(10);

}  // namespace

bool ClusterJob::MoveIsWanted() const {
  if (present_.empty() || servers_.empty()) return false;
  const auto is_here = [&](const Server& server) {
    return HasServer(server.node_id);
  };
  return HasTakenOver() || present_.size() != servers_.size() ||
         !std::all_of(present_.begin(), present_.end(), is_here);
}

bool ClusterJob::MayMove() const {
  return MoveIsWanted() && now_() >= next_move_ && mover_.idle() &&
         checkpointer_.idle() && !stopping_;
}

void ClusterJob::SetServers(std::vector<Server> servers) {
  if (servers != present_) {
    next_move_ = now_() + kSettle;
    move_pause_ = kFirstMovePause;
  }
  present_ = std::move(servers);
  TryOpening();
}

void ClusterJob::TickMove() {
  if (stage_ == Stage::kLanes && MayMove()) Proceed();
}

void ClusterJob::BeginMove(bool lanes_run) {
  SlotMove move = PlanMove(servers_, routing_, present_, ++last_routing_epoch_);
  if (spec_.replicas() > 0) AddReplicas(move.servers, &move.routing);
  mover_.Begin(servers_, routing_, std::move(move), lanes_run, now_());
}

void ClusterJob::ProceedMove() {
  if (stage_ == Stage::kLanes && MayMove() && !lanes_.all_finished()) {
    BeginMove(/*lanes_run=*/true);
  }
  if (mover_.idle() ||
      !EveryServer([](const v1::ServerReport&) { return true; })) {
    return;
  }
  if (mover_.state() == SlotMover::State::kResuming) {
    if (EveryServer([](const v1::ServerReport& report) {
          return report.lanes_called();
        })) {
      EndMove();
    }
    return;
  }
  switch (mover_.Update(ServerReports())) {
    case SlotMover::Event::kNone:
      return;
    case SlotMover::Event::kTaken:
      Failpoint("move.place.before").IgnoreError();
      mover_.Open();
      stage_ = Stage::kMoved;
      restore_.reset();
      course_changed_ = true;
      servers_ = mover_.move().servers;
      SetPlacement(mover_.move().routing);
      Failpoint("move.place.after").IgnoreError();
      return;
    case SlotMover::Event::kFailed:
      return MoveFailed(mover_.error());
  }
}

void ClusterJob::AbandonMove(absl::string_view why) {
  if (!mover_.preparing()) return;
  mover_.Abandon();
  MoveFailed(absl::CancelledError(why));
}

void ClusterJob::MoveFailed(const absl::Status& error) {
  next_move_ = now_() + move_pause_;
  LOG(WARNING) << name_ << ": slots could not be moved: " << error.message();
  tell_("move_failed",
        absl::StrCat("slots could not be moved: ", error.message(),
                     "; the job goes on with the servers that it has, and "
                     "tries again in ",
                     absl::FormatDuration(move_pause_)));
  move_pause_ = std::min(2 * move_pause_, kLongestPause);
}

void ClusterJob::Moved() {
  if (stopping_) {
    lanes_.Reset();
    mover_.End();
    return Opened();
  }
  if (!mover_.lanes_ran()) {
    EndMove();
    return BeginTraining();
  }
  lanes_.Reopen(mover_.lanes(), workers_);
  mover_.Resume();
  stage_ = Stage::kLanes;
  Assign();
  Proceed();
}

void ClusterJob::EndMove() {
  move_pause_ = kFirstMovePause;
  const SlotMove& move = mover_.move();
  tell_("slots_moved",
        absl::StrFormat(
            "moved %d slots (%.1f MB) in %.2f s, %s; the job has %d "
            "server(s)%s",
            move.num_moved, mover_.bytes_taken() / 1e6,
            absl::ToDoubleSeconds(now_() - mover_.began()),
            mover_.lanes_ran() ? "for which lanes stood" : "between epochs",
            move.servers.size(),
            replicas_.empty() ? "" : ", and each keeps another's slots, too"));
  TellOfReplicas();
  mover_.End();
}

}  // namespace lineup

// How a ClusterJob's replicas take over for servers that are lost.
//
// A replica is a shard like any other but that nobody asks it for weights: it
// gets each lane's pushes and is told of its pulls, and lanes go on only when
// it has answered, too. So when its server is lost it stands, for each lane,
// where a server of the job may stand whose lanes' holders have all vanished,
// and nothing has to be done but to say that it answers now.

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/failpoint.h"
#include "common/job/routing.h"
#include "coordinator/cluster_job.h"
#include "glog/logging.h"

namespace lineup {

const v1::ServerReport* ClusterJob::ReportOf(const std::string& node,
                                             bool replica) const {
  const auto report = server_reports_.find(node);
  if (report == server_reports_.end()) return nullptr;
  if (!replica) return &report->second;
  return report->second.has_replica() ? &report->second.replica() : nullptr;
}

const v1::ServerReport* ClusterJob::ReportOf(int position) const {
  return ReportOf(servers_[position].node_id, TakenOver(routing_, position));
}

std::vector<ClusterJob::ShardState> ClusterJob::Shards() const {
  std::vector<ShardState> shards;
  for (int s = 0; s < static_cast<int>(servers_.size()); ++s) {
    shards.push_back(
        {servers_[s], s, TakenOver(routing_, s), /*of=*/nullptr, ReportOf(s)});
  }
  for (int s = 0; s < static_cast<int>(replicas_.size()); ++s) {
    const Server& replica = replicas_[s];
    if (replica.node_id.empty()) continue;
    shards.push_back({replica, s, /*replica=*/true, &servers_[s],
                      ReportOf(replica.node_id, /*replica=*/true)});
  }
  return shards;
}

bool ClusterJob::HasTakenOver() const {
  return std::any_of(routing_.taken_over().begin(), routing_.taken_over().end(),
                     [](bool taken_over) { return taken_over; });
}

int ClusterJob::ReplicaPosition(const std::string& node) const {
  for (int s = 0; s < static_cast<int>(replicas_.size()); ++s) {
    if (replicas_[s].node_id == node ||
        (servers_[s].node_id == node && TakenOver(routing_, s))) {
      return s;
    }
  }
  return -1;
}

void ClusterJob::SetPlacement(v1::Routing routing) {
  routing_ = std::move(routing);
  routing_.clear_replicas();
  replicas_.clear();
  if (spec_.replicas() > 0) {
    replicas_ = ReplicaServers(servers_);
    AddReplicas(servers_, &routing_);
  }
  same_since_ = 0;
  server_reports_.clear();
}

void ClusterJob::TellOfReplicas() {
  if (spec_.replicas() == 0 || servers_.size() != 1) return;
  tell_("no_replica",
        absl::StrCat("the job has a single server, and so no replica, though "
                     "it was asked for (--replicas): if the server is lost the "
                     "job rewinds. Slots get replicas when servers join"));
}

bool ClusterJob::CanTakeOver(const std::string& node) const {
  if (!opened_ || replicas_.empty() || state_ != State::kRunning) return false;
  for (size_t s = 0; s < servers_.size(); ++s) {
    if (servers_[s].node_id == node && replicas_[s].node_id.empty()) {
      return false;
    }
  }
  return true;
}

void ClusterJob::TakeOver(const std::string& node, absl::string_view why) {
  Failpoint("takeover.before").IgnoreError();
  // A checkpoint that is under way is made later.
  if (checkpointer_.state() != Checkpointer::State::kCompleting) {
    const bool again = checkpoint_requested_ || !checkpointer_.idle();
    const bool within = stage_ != Stage::kCheckpoint;
    AbandonCheckpoint();
    checkpoint_requested_ = again && within;
    trained_since_checkpoint_ |= again && !within;
  }
  if (mover_.preparing()) mover_.Abandon();
  if (same_since_ == 0) same_since_ = routing_.epoch();
  routing_.set_epoch(++last_routing_epoch_);
  routing_.mutable_taken_over()->Resize(routing_.addresses_size(), false);
  for (int s = 0; s < routing_.addresses_size(); ++s) {
    if (replicas_[s].node_id == node) {
      tell_("replica_lost",
            absl::StrCat(why, "; the slots of server ", servers_[s].node_id,
                         " have no replica until they are moved"));
    } else if (servers_[s].node_id == node) {
      servers_[s] = replicas_[s];
      routing_.set_addresses(s, servers_[s].address);
      routing_.set_taken_over(s, true);
      LOG(WARNING) << name_ << ": " << servers_[s].node_id
                   << " takes over: " << why;
      tell_("replica_took_over",
            absl::StrCat(why, "; server ", servers_[s].node_id, " (",
                         servers_[s].address,
                         ") takes over with its replica, nothing is lost"));
    } else {
      continue;
    }
    replicas_[s] = Server();
    routing_.set_replicas(s, "");
  }
  server_reports_.erase(node);
  if (!taking_over_since_.has_value()) taking_over_since_ = now_();
  switch (stage_) {
    case Stage::kLanes:
    case Stage::kEpochResults:
      lanes_ran_ = true;
      stage_ = Stage::kTakeover;
      break;
    case Stage::kTasks:
    case Stage::kCheckpoint:
    case Stage::kAction:
    case Stage::kMove:
      lanes_ran_ = false;
      stage_ = Stage::kTakeover;
      tasks_.Begin({});
      awaited_action_ = 0;
      copy_again_ = false;
      break;
    default:
      break;  // wait for all servers anyway
  }
  Failpoint("takeover.after").IgnoreError();
  Proceed();
}

void ClusterJob::LookForLanesGoingOn() {
  if (stage_ == Stage::kLanes && taking_over_since_.has_value() &&
      EveryServer([](const v1::ServerReport& report) {
        return report.lanes_called();
      })) {
    LanesGoOn();
  }
}

void ClusterJob::LanesGoOn() {
  if (!taking_over_since_.has_value()) return;
  tell_("lanes_go_on",
        absl::StrFormat(
            "lanes go on, %.3f s after the loss of a server was noticed",
            absl::ToDoubleSeconds(now_() - *taking_over_since_)));
  taking_over_since_.reset();
}

void ClusterJob::TookOver() {
  if (stopping_) {
    lanes_.Reset();
    return Opened();
  }
  if (!lanes_ran_) {
    taking_over_since_.reset();
    return BeginStep();
  }
  const v1::TrainingClocks clocks = ClocksOfServers();
  std::vector<v1::ServerLane> lanes;
  for (const v1::TrainingClocks::Lane& lane : clocks.lanes()) {
    lanes.emplace_back();
    lanes.back().set_clock(lane.clock());
    lanes.back().set_finished(lane.finished());
  }
  lanes_.Reopen(lanes, workers_);
  stage_ = Stage::kLanes;
  Assign();
  Proceed();
}

}  // namespace lineup

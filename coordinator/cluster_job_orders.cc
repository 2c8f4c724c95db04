// ClusterJob's orders to servers and workers, and what people are told of it.

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/job/job_codec.h"
#include "coordinator/cluster_job.h"

namespace lineup {

bool ClusterJob::HasServer(const std::string& node) const {
  return std::any_of(servers_.begin(), servers_.end(),
                     [&](const Server& s) { return s.node_id == node; });
}

bool ClusterJob::NeedsServer(const std::string& node) const {
  // What is measured and exported was copied from the servers before.
  return GetsOrders(node) && state_ == State::kRunning &&
         machine_.step() != JobMachine::Step::kMeasure &&
         machine_.step() != JobMachine::Step::kDone;
}

bool ClusterJob::Holds(const std::string& worker) const {
  return std::any_of(
      lanes_.lanes().begin(), lanes_.lanes().end(),
      [&](const LaneTable::Lane& lane) { return lane.holder == worker; });
}

v1::ServerOrders ClusterJob::ServerOrdersOf(const std::string& node) const {
  v1::ServerOrders orders;
  for (const Candidate& candidate : machine_.setup().columns.candidates()) {
    *orders.add_candidates() = EncodeCandidate(candidate);
  }
  orders.set_outputs(static_cast<uint32_t>(plan_->outputs));
  orders.set_seed(plan_->hyperparameters().seed);
  orders.set_num_lanes(plan_->spec.num_lanes);
  orders.set_staleness(plan_->spec.staleness);
  mover_.AddOrders(node, &orders);
  if (!HasServer(node)) return orders;  // to take slots
  *orders.mutable_routing() = routing_;
  if (const int own = OwnPosition(node, servers_, routing_); own >= 0) {
    orders.set_server_index(static_cast<uint32_t>(own));
  }
  if (const int replica = ReplicaPosition(node); replica >= 0) {
    orders.set_replica_index(static_cast<uint32_t>(replica));
  }
  orders.set_same_since(same_since_);
  orders.set_epoch(epoch_);
  orders.set_base_clock(base_clock_);
  if (restore_.has_value()) *orders.mutable_restore() = *restore_;
  barrier_.AddOrder(&orders);
  checkpointer_.AddOrders(orders.server_index(), servers_.size(), &orders);
  return orders;
}

v1::WorkerOrders ClusterJob::WorkerOrdersOf(const std::string& node) const {
  v1::WorkerOrders orders;
  if (opened_) *orders.mutable_routing() = routing_;
  orders.set_epoch(epoch_);
  orders.set_base_clock(base_clock_);
  if (stage_ == Stage::kLanes) lanes_.AddOrders(node, &orders);
  if (stage_ == Stage::kTasks) tasks_.AddOrders(node, &orders);
  return orders;
}

std::string ClusterJob::Phase() const {
  if (stage_ == Stage::kWithdraw) return "stopping";
  if (stage_ == Stage::kRewind || stage_ == Stage::kOpening) return "rewinding";
  if (stage_ == Stage::kTakeover) return "taking over";
  if (mover_.preparing() || stage_ == Stage::kMoved) return "moving slots";
  switch (machine_.step()) {
    case JobMachine::Step::kSample:
      return "sampling";
    case JobMachine::Step::kTrain:
      return "training";
    case JobMachine::Step::kEvaluate:
      return "validating";
    case JobMachine::Step::kKeep:
      return "keeping";
    case JobMachine::Step::kMeasure:
      return "measuring";
    case JobMachine::Step::kDone:
      return "exporting";
  }
  return "";
}

uint64_t ClusterJob::examples_trained() const {
  uint64_t sum = examples_before_epoch_;
  if (machine_.step() != JobMachine::Step::kTrain || servers_.empty()) {
    return sum;
  }
  const v1::ServerReport* const report = ReportOf(0);
  if (report != nullptr && report->epoch() == epoch_) sum += report->examples();
  return sum;
}

double ClusterJob::PhaseProgress() const {
  if (stage_ == Stage::kTasks) {
    return tasks_.size() == 0
               ? 1.0
               : static_cast<double>(tasks_.num_done()) / tasks_.size();
  }
  if (machine_.step() != JobMachine::Step::kTrain) return 0;
  const uint64_t total = machine_.examples_per_epoch();
  if (total == 0) return 0;
  return std::min(
      1.0,
      static_cast<double>(examples_trained() - examples_before_epoch_) / total);
}

std::string ClusterJob::WhyWaiting() const {
  if (state_ != State::kRunning) return "";
  if (worker_ids_.empty() &&
      (stage_ == Stage::kTasks || stage_ == Stage::kLanes)) {
    return excluded_.empty()
               ? "a worker: none is there"
               : absl::StrCat("a worker: none is there but ", excluded_.size(),
                              " that cannot work on this job");
  }
  if (stage_ == Stage::kBeginEpoch || stage_ == Stage::kEpochResults) {
    for (const ShardState& shard : Shards()) {
      const bool begun =
          shard.report != nullptr && shard.report->epoch() == epoch_;
      if (!begun ||
          (stage_ == Stage::kEpochResults && !shard.report->epoch_done())) {
        return absl::StrCat("server ", shard.server.address, " to ",
                            stage_ == Stage::kBeginEpoch ? "begin" : "end",
                            " epoch ", epoch_);
      }
    }
  }
  if (stage_ == Stage::kRewind) {
    return looking_for_checkpoint_ ? "its newest whole checkpoint to be found"
                                   : "a parameter server: too few are there";
  }
  if (stage_ == Stage::kOpening) return "servers to read the checkpoint";
  if (stage_ == Stage::kMoved) return "servers to go on with their slots";
  if (stage_ == Stage::kTakeover) return "servers to hear who has taken over";
  if (mover_.state() == SlotMover::State::kTaking) {
    return absl::StrCat("slots to be taken over by ",
                        absl::StrJoin(mover_.WaitsFor(), ", "));
  }
  if (stage_ == Stage::kWithdraw) return "workers to hand back their lanes";
  return "";
}

uint64_t ClusterJob::bad_records() const {
  uint64_t sum = 0;
  for (const auto& [split, bad] : bad_records_) sum += bad.count;
  return sum;
}

std::vector<std::string> ClusterJob::bad_record_messages() const {
  std::vector<std::string> messages;
  for (const auto& [split, bad] : bad_records_) {
    messages.insert(messages.end(), bad.messages.begin(), bad.messages.end());
  }
  return messages;
}

}  // namespace lineup

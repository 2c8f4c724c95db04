#include "server/server_node.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/job/job_codec.h"
#include "glog/logging.h"

namespace lineup {

ServerNode::ServerNode(ServerProcess* process, std::function<void()> news)
    : process_(*process), news_(std::move(news)) {}

absl::Status ServerNode::Open(const std::string& job,
                              const v1::ServerOrders& orders) {
  ServedJobOptions options;
  options.job = job;
  std::vector<Candidate> candidates;
  for (const v1::Candidate& message : orders.candidates()) {
    LINEUP_ASSIGN_OR_RETURN(Candidate candidate, DecodeCandidate(message));
    candidates.push_back(std::move(candidate));
  }
  if (candidates.empty() || orders.outputs() == 0 || orders.num_lanes() == 0 ||
      orders.routing().slot_owners().size() != kNumSlots) {
    return absl::InvalidArgumentError(
        "the coordinator's orders contradict themselves; all processes need "
        "the same version");
  }
  options.columns = LineupColumns(std::move(candidates), orders.outputs());
  options.shard.seed = orders.seed();
  options.shard.num_lanes = orders.num_lanes();
  options.shard.staleness = orders.staleness();
  OwnedRows::Slots slots;
  for (uint32_t slot = 0; slot < kNumSlots; ++slot) {
    slots[slot] = static_cast<uint8_t>(orders.routing().slot_owners()[slot]) ==
                  orders.server_index();
  }
  options.owned = OwnedRows(slots);
  options.routing_epoch = orders.routing().epoch();
  options.epoch_done = news_;
  return process_.OpenJob(std::move(options));
}

void ServerNode::OnOrders(const v1::NodeOrders& orders) {
  bool news = false;
  {
    MutexLock lock(&mutex_);
    const bool same = orders.coordinator_id() == coordinator_;
    if (same && orders.version() < version_) return;
    coordinator_ = orders.coordinator_id();
    version_ = orders.version();
    if (wanted_ != orders.job() || !same) {
      process_.CloseJob(wanted_);
      wanted_ = orders.job();
      error_ = absl::OkStatus();
      begun_ = -1;
      if (!wanted_.empty()) error_ = Open(wanted_, orders.server());
      news = true;
    }
    const std::shared_ptr<ServedJob> job = process_.job();
    if (job != nullptr && error_.ok() && orders.server().epoch() > begun_) {
      error_ = job->BeginEpoch(orders.server().epoch(),
                               orders.server().base_clock());
      news = true;
      begun_ = orders.server().epoch();
    }
    if (!error_.ok()) LOG(ERROR) << wanted_ << ": " << error_.message();
  }
  if (news) news_();
}

v1::ServerReport ServerNode::Report() const {
  v1::ServerReport report;
  MutexLock lock(&mutex_);
  report.set_job(wanted_);
  report.set_epoch(-1);
  report.set_error(std::string(error_.message()));
  const std::shared_ptr<ServedJob> job = process_.job();
  if (job == nullptr || job->job() != wanted_) return report;
  const v1::ServedJob status = job->Status();
  report.set_routing_epoch(status.routing_epoch());
  report.set_rows(status.rows());
  report.set_weight_bytes(status.weight_bytes());
  report.set_pulls(status.pulls());
  report.set_pushes_applied(status.pushes_applied());
  report.set_duplicates_refused(status.duplicates_refused());
  report.set_updates(status.updates());
  *report.mutable_staleness_histogram() = status.staleness_histogram();
  for (const v1::ServedJob::Lane& lane : status.lanes()) {
    v1::ServerLane* reported = report.add_lanes();
    reported->set_clock(lane.clock());
    reported->set_finished(lane.finished());
    *reported->mutable_waits_for() = lane.waits_for();
    report.set_max_clock(std::max(report.max_clock(), lane.clock()));
  }
  for (const v1::ServedJob::Epoch& epoch : status.epochs()) {
    v1::ServerEpoch* reported = report.add_epochs();
    reported->set_epoch(epoch.epoch());
    reported->set_examples(epoch.examples());
    reported->set_minibatches(epoch.minibatches());
  }
  if (status.epochs_size() > 0) {
    const v1::ServedJob::Epoch& epoch = status.epochs(status.epochs_size() - 1);
    report.set_epoch(epoch.epoch());
    report.set_epoch_done(status.epoch_done());
    report.set_examples(epoch.examples());
    report.set_minibatches(epoch.minibatches());
    *report.mutable_loss_sums() = epoch.loss_sums();
  }
  return report;
}

}  // namespace lineup

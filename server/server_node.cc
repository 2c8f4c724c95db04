#include "server/server_node.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/failpoint.h"
#include "common/base/status_macros.h"
#include "common/job/job_codec.h"
#include "common/job/routing.h"
#include "glog/logging.h"

namespace lineup {
namespace {

// What one thread gets through in the time that it takes to wake another.
constexpr size_t kMinParallelValues = 16384;

// Whether what was opened under this number goes on under that of the orders.
bool GoesOn(const v1::NodeOrders& orders, const std::string& job,
            uint64_t routing_epoch) {
  const uint64_t newest = orders.server().routing().epoch();
  const uint64_t since =
      orders.server().same_since() == 0 ? newest : orders.server().same_since();
  return orders.job() == job && since <= routing_epoch &&
         routing_epoch <= newest;
}

// Of the server's own shard, or of its replica: what a report says of either.
void FillReport(const ServedJob& shard, v1::ServerReport* report) {
  *report->mutable_barrier() = shard.Barrier();
  report->set_lanes_called(shard.LanesCalled());
  const v1::ServedJob status = shard.Status();
  report->set_epoch(-1);
  report->set_routing_epoch(status.routing_epoch());
  report->set_rows(status.rows());
  report->set_weight_bytes(status.weight_bytes());
  report->set_pulls(status.pulls());
  report->set_pushes_applied(status.pushes_applied());
  report->set_duplicates_refused(status.duplicates_refused());
  report->set_updates(status.updates());
  *report->mutable_staleness_histogram() = status.staleness_histogram();
  for (const v1::ServedJob::Lane& lane : status.lanes()) {
    v1::ServerLane* reported = report->add_lanes();
    reported->set_clock(lane.clock());
    reported->set_finished(lane.finished());
    *reported->mutable_waits_for() = lane.waits_for();
    report->set_max_clock(std::max(report->max_clock(), lane.clock()));
  }
  for (const v1::ServedJob::Epoch& epoch : status.epochs()) {
    v1::ServerEpoch* reported = report->add_epochs();
    reported->set_epoch(epoch.epoch());
    reported->set_examples(epoch.examples());
    reported->set_minibatches(epoch.minibatches());
  }
  if (status.epochs().empty()) return;
  const v1::ServedJob::Epoch& epoch = status.epochs(status.epochs_size() - 1);
  report->set_epoch(epoch.epoch());
  report->set_epoch_done(status.epoch_done());
  report->set_examples(epoch.examples());
  report->set_minibatches(epoch.minibatches());
  *report->mutable_loss_sums() = epoch.loss_sums();
}

}  // namespace

ServerNode::ServerNode(JobSlot* jobs, const Clock* clock, Background background,
                       Dial dial, std::function<void()> news)
    : jobs_(*jobs),
      clock_(*clock),
      background_(std::move(background)),
      dial_(std::move(dial)),
      news_(std::move(news)) {}

absl::StatusOr<JobSlot::Shards> ServerNode::MakeShards(
    const std::string& job, const v1::ServerOrders& orders) {
  ServedJobOptions options;
  options.job = job;
  LINEUP_ASSIGN_OR_RETURN(std::vector<Candidate> candidates,
                          DecodeCandidates(orders.candidates()));
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
  options.shard.min_parallel_values = kMinParallelValues;
  options.routing_epoch = orders.routing().epoch();
  options.news = news_;
  const auto make = [&](uint32_t index, bool replica) {
    OwnedRows::Slots slots;
    for (uint32_t slot = 0; slot < kNumSlots; ++slot) {
      slots[slot] =
          static_cast<uint8_t>(orders.routing().slot_owners()[slot]) == index;
    }
    options.owned = OwnedRows(slots);
    options.replica = replica;
    return jobs_.NewJob(options);
  };
  JobSlot::Shards shards;
  shards.own = make(orders.server_index(), /*replica=*/false);
  if (orders.has_replica_index()) {
    shards.replica = make(orders.replica_index(), /*replica=*/true);
  }
  return shards;
}

void ServerNode::OnOrders(const v1::NodeOrders& orders) {
  {
    MutexLock lock(&mutex_);
    const bool same = orders.coordinator_id() == orders_.coordinator_id();
    if (same && orders.version() <= orders_.version()) return;
    const bool goes_on = same && GoesOn(orders, orders_.job(),
                                        orders_.server().routing().epoch());
    const std::shared_ptr<ServedJob> before =
        goes_on ? nullptr : WantedShards().own;
    if (!goes_on) jobs_.CloseJob(orders_.job());
    orders_ = orders;
    if (goes_on) {
      jobs_.Renumber(orders.server().routing().epoch(),
                     orders.server().has_replica_index());
    } else {
      error_ = restore_error_ = absl::OkStatus();
      checkpoint_.Clear();
      if (orders.server().routing().epoch() > 0) {
        background_([this, job = orders.job(), server = orders.server(),
                     before] { Open(job, server, before); });
      }
    }
    FollowMove();
    Follow();
  }
  news_();
}

bool ServerNode::Wants(const std::string& job, uint64_t routing_epoch) const {
  return orders_.job() == job &&
         orders_.server().routing().epoch() == routing_epoch;
}

JobSlot::Shards ServerNode::WantedShards() const {
  JobSlot::Shards open = jobs_.shards();
  if (open.own != nullptr &&
      Wants(open.own->job(), open.own->routing_epoch())) {
    return open;
  }
  return JobSlot::Shards();
}

absl::Status ServerNode::Fill(const JobSlot::Shards& shards,
                              const v1::ServerOrders& orders,
                              ServedJob* before) {
  if (orders.has_restore()) {
    if (shards.replica != nullptr) {
      LINEUP_RETURN_IF_ERROR(shards.replica->Restore(orders.restore()));
    }
    return shards.own->Restore(orders.restore());
  }
  const uint64_t moved_to = orders.move().to().epoch();
  if (moved_to != 0 && (moved_to == orders.routing().epoch() ||
                        moved_to == orders.same_since())) {
    return FillAfterMove(shards, orders.move(), before);
  }
  return absl::OkStatus();  // initial weights
}

void ServerNode::Open(const std::string& name, const v1::ServerOrders& orders,
                      std::shared_ptr<ServedJob> before) {
  {
    MutexLock lock(&mutex_);
    if (!GoesOn(orders_, name, orders.routing().epoch())) return;
  }
  absl::StatusOr<JobSlot::Shards> shards = MakeShards(name, orders);
  absl::Status restored;
  if (shards.ok()) restored = Fill(*shards, orders, before.get());
  {
    MutexLock lock(&mutex_);
    if (!GoesOn(orders_, name, orders.routing().epoch())) return;
    restore_error_ = restored;
    if (!shards.ok()) {
      error_ = shards.status();
    } else if (restored.ok()) {
      error_ = jobs_.OpenJob(*std::move(shards));
      // Replicas may have taken over meanwhile.
      if (error_.ok()) {
        jobs_.Renumber(orders_.server().routing().epoch(),
                       orders_.server().has_replica_index());
      }
    } else {
      LOG(ERROR) << orders_.job() << ": " << restored.message();
    }
    Follow();
  }
  news_();
}

absl::Status ServerNode::FollowEpoch(ServedJob* shard,
                                     bool stands_at_barriers) {
  const v1::ServerOrders& orders = orders_.server();
  if (orders.epoch() > shard->epoch()) {
    LINEUP_RETURN_IF_ERROR(
        shard->BeginEpoch(orders.epoch(), orders.base_clock()));
  }
  return shard->FollowBarrier(
      stands_at_barriers && orders.has_barrier() ? &orders.barrier() : nullptr);
}

void ServerNode::Follow() {
  const auto [job, replica] = WantedShards();
  if (job == nullptr) return;
  const v1::ServerOrders& orders = orders_.server();
  if (error_.ok()) error_ = FollowEpoch(job.get(), true);
  if (error_.ok() && replica != nullptr) {
    // What is made at a barrier is made of the shards that answer for slots.
    error_ = FollowEpoch(
        replica.get(),
        TakenOver(orders.routing(), static_cast<int>(orders.replica_index())));
  }
  if (!error_.ok()) {
    LOG(ERROR) << orders_.job() << ": " << error_.message();
    return;
  }
  if (!orders.has_checkpoint() ||
      orders.checkpoint().number() <= checkpoint_.number()) {
    return;
  }
  checkpoint_.Clear();
  checkpoint_.set_number(orders.checkpoint().number());
  checkpoint_.set_state(v1::CheckpointReport::STATE_COPYING);
  // (Clang captures no structured binding of C++17.)
  background_([this, job = job, orders] { CopyForCheckpoint(job, orders); });
}

void ServerNode::CopyForCheckpoint(const std::shared_ptr<ServedJob>& job,
                                   const v1::ServerOrders& orders) {
  absl::StatusOr<std::shared_ptr<const ShardSnapshot>> snapshot =
      job->Snapshot();
  if (!snapshot.ok()) {
    return CheckpointFailed(job.get(), orders.checkpoint().number(),
                            snapshot.status());
  }
  v1::CheckpointReport report;
  report.set_number(orders.checkpoint().number());
  report.set_state(v1::CheckpointReport::STATE_COPIED);
  *report.mutable_clocks() = EncodeClocks((*snapshot)->clocks());
  TellOfCheckpoint(job.get(), report);
  background_([this, job, orders, snapshot = *std::move(snapshot)] {
    WriteCheckpoint(job, orders, *snapshot);
  });
}

void ServerNode::WriteCheckpoint(const std::shared_ptr<ServedJob>& job,
                                 const v1::ServerOrders& orders,
                                 const ShardSnapshot& snapshot) {
  const v1::CheckpointOrder& order = orders.checkpoint();
  v1::CheckpointShardHeader header;
  header.set_job(job->job());
  header.set_checkpoint(order.number());
  header.set_server(orders.server_index());
  header.set_num_servers(
      static_cast<uint32_t>(orders.routing().addresses_size()));
  const auto write = [&]() -> absl::StatusOr<v1::CheckpointFile> {
    LINEUP_RETURN_IF_ERROR(Failpoint("checkpoint.write.before"));
    LINEUP_RETURN_IF_ERROR(jobs_.files()->CreateDirectories(order.directory()));
    return snapshot.Write(absl::StrCat(order.directory(), "/", order.file()),
                          std::move(header), jobs_.files());
  };
  absl::StatusOr<v1::CheckpointFile> file = write();
  absl::Status status = file.status();
  if (status.ok()) status = Failpoint("checkpoint.write.after");
  if (!status.ok()) {
    return CheckpointFailed(job.get(), order.number(), status);
  }
  v1::CheckpointReport report;
  report.set_number(order.number());
  report.set_state(v1::CheckpointReport::STATE_WRITTEN);
  *report.mutable_clocks() = EncodeClocks(snapshot.clocks());
  *report.mutable_file() = *std::move(file);
  report.mutable_file()->set_name(order.file());
  TellOfCheckpoint(job.get(), report);
}

void ServerNode::CheckpointFailed(const ServedJob* job, uint64_t number,
                                  const absl::Status& error) {
  LOG(ERROR) << job->job() << ": checkpoint " << number << ": "
             << error.message();
  v1::CheckpointReport report;
  report.set_number(number);
  report.set_state(v1::CheckpointReport::STATE_FAILED);
  report.set_error(std::string(error.message()));
  TellOfCheckpoint(job, report);
}

void ServerNode::TellOfCheckpoint(const ServedJob* job,
                                  const v1::CheckpointReport& report) {
  {
    MutexLock lock(&mutex_);
    if (job != jobs_.job().get() || checkpoint_.number() != report.number()) {
      return;
    }
    checkpoint_ = report;
  }
  news_();
}

v1::ServerReport ServerNode::Report() const {
  v1::ServerReport report;
  MutexLock lock(&mutex_);
  report.set_job(orders_.job());
  report.set_epoch(-1);
  report.set_error(std::string(error_.message()));
  report.set_wanted_routing_epoch(orders_.server().routing().epoch());
  report.set_restore_error(std::string(restore_error_.message()));
  if (move_.number() > 0) *report.mutable_move() = move_;
  const JobSlot::Shards shards = WantedShards();
  if (shards.own == nullptr) return report;
  FillReport(*shards.own, &report);
  if (shards.replica != nullptr) {
    FillReport(*shards.replica, report.mutable_replica());
  }
  if (checkpoint_.number() > 0) *report.mutable_checkpoint() = checkpoint_;
  return report;
}

}  // namespace lineup

// A parameter server's side of its conversation with the coordinator: opens
// and closes the job that orders name, begins its epochs, follows its barriers,
// writes its checkpoints, and tells how it stands. The calls of workers go to
// ParameterCalls.
//
// A job that moves to another placement of the slots (routing epoch) is opened
// anew, so nothing that was meant for the old one reaches it. What takes long,
// reading and writing checkpoints, is handed out to be done in the background:
// the node has no threads of its own.
//
// Slots move in two steps (proto/node.proto, MoveOrder). First this server
// takes what it will lack, beside the job that is open, which others may read
// meanwhile. When the orders' placement has become the new one, the open job is
// closed and its rows go on in a new one, together with those that were taken.
// Orders without the move drop what was taken.
//
// With replicas a server has two shards of the job, its own and that of another
// server's slots, opened and closed together. When a replica takes over for a
// server that is lost, nothing happens to it here, nor to any shard, but that
// the placement has another number and other orders are followed.
//
// Thread safety: all of it.

#ifndef LINEUP_SERVER_SERVER_NODE_H_
#define LINEUP_SERVER_SERVER_NODE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/rpc/call_transport.h"
#include "proto/node.pb.h"
#include "server/job_slot.h"
#include "server/shard_snapshot.h"
#include "server/slot_taker.h"

namespace lineup {

class ServerNode {
 public:
  // Does a piece of work soon, on another thread, or at least not before the
  // call that hands it out has returned.
  using Background = std::function<void(std::function<void()> work)>;

  // `jobs` and `clock` must outlive the node, and the node all work in the
  // background. `dial` finds other servers. `news` is called, from any thread,
  // when there is something to report at once.
  ServerNode(JobSlot* jobs, const Clock* clock, Background background,
             Dial dial, std::function<void()> news);

  void OnOrders(const v1::NodeOrders& orders);
  v1::ServerReport Report() const;

 private:
  // The shards that the orders want, empty.
  absl::StatusOr<JobSlot::Shards> MakeShards(const std::string& job,
                                             const v1::ServerOrders& orders);
  // In the background. `before`, if there was one, is what was open.
  void Open(const std::string& job, const v1::ServerOrders& orders,
            std::shared_ptr<ServedJob> before);
  // Fills new shards.
  absl::Status Fill(const JobSlot::Shards& shards,
                    const v1::ServerOrders& orders, ServedJob* before);
  void CopyForCheckpoint(const std::shared_ptr<ServedJob>& job,
                         const v1::ServerOrders& orders);
  void WriteCheckpoint(const std::shared_ptr<ServedJob>& job,
                       const v1::ServerOrders& orders,
                       const ShardSnapshot& snapshot);

  // server_node_moves.cc: in the background, begins to take the slots that the
  // orders' move brings here; fills a new job with those and what was here.
  void Take(const std::string& job, const v1::ServerOrders& orders);
  absl::StatusOr<std::shared_ptr<SlotTaker>> MakeTaker(
      const std::string& job, const v1::ServerOrders& orders);
  // Null: there was nothing to take.
  void OnTaken(uint64_t move,
               absl::StatusOr<std::unique_ptr<TakenSlots>> taken);
  absl::Status FillAfterMove(const JobSlot::Shards& shards,
                             const v1::MoveOrder& move, ServedJob* before);
  void FollowMove() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Brings the open job in line with the newest orders.
  void Follow() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status FollowEpoch(ServedJob* shard, bool stands_at_barriers)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TellOfCheckpoint(const ServedJob* job,
                        const v1::CheckpointReport& report);
  void CheckpointFailed(const ServedJob* job, uint64_t number,
                        const absl::Status& error);

  JobSlot& jobs_;
  const Clock& clock_;
  const Background background_;
  const Dial dial_;
  const std::function<void()> news_;

  // Whether the orders want this job at this placement.
  bool Wants(const std::string& job, uint64_t routing_epoch) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The shards that they want, if they are open.
  JobSlot::Shards WantedShards() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable Mutex mutex_;
  // Their job is open, being opened, or has failed.
  v1::NodeOrders orders_ ABSL_GUARDED_BY(mutex_);
  absl::Status error_ ABSL_GUARDED_BY(mutex_);
  absl::Status restore_error_ ABSL_GUARDED_BY(mutex_);
  v1::CheckpointReport checkpoint_ ABSL_GUARDED_BY(mutex_);  // the newest
  v1::MoveReport move_ ABSL_GUARDED_BY(mutex_);  // that of the orders
  // For that move; null: nothing.
  std::unique_ptr<TakenSlots> taken_ ABSL_GUARDED_BY(mutex_);
  // The last one is used; the others are being given up.
  std::vector<std::shared_ptr<SlotTaker>> takers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lineup

#endif  // LINEUP_SERVER_SERVER_NODE_H_

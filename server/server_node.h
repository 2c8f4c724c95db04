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
// Thread safety: all of it.

#ifndef LINEUP_SERVER_SERVER_NODE_H_
#define LINEUP_SERVER_SERVER_NODE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/mutex.h"
#include "proto/node.pb.h"
#include "server/job_slot.h"
#include "server/shard_snapshot.h"

namespace lineup {

class ServerNode {
 public:
  // Does a piece of work soon, on another thread, or at least not before the
  // call that hands it out has returned.
  using Background = std::function<void(std::function<void()> work)>;

  // `jobs` must outlive the node, and the node all work in the background.
  // `news` is called, from any thread, when there is something to report at
  // once.
  ServerNode(JobSlot* jobs, Background background, std::function<void()> news);

  void OnOrders(const v1::NodeOrders& orders);
  v1::ServerReport Report() const;

 private:
  absl::StatusOr<std::shared_ptr<ServedJob>> MakeJob(
      const std::string& job, const v1::ServerOrders& orders);
  // In the background.
  void Open(const std::string& job, const v1::ServerOrders& orders);
  void CopyForCheckpoint(const std::shared_ptr<ServedJob>& job,
                         const v1::ServerOrders& orders);
  void WriteCheckpoint(const std::shared_ptr<ServedJob>& job,
                       const v1::ServerOrders& orders,
                       const ShardSnapshot& snapshot);

  // Brings the open job in line with the newest orders.
  void Follow() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status FollowEpoch(ServedJob* job)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TellOfCheckpoint(const ServedJob* job,
                        const v1::CheckpointReport& report);
  void CheckpointFailed(const ServedJob* job, uint64_t number,
                        const absl::Status& error);

  JobSlot& jobs_;
  const Background background_;
  const std::function<void()> news_;

  // Whether the orders want this job at this placement.
  bool Wants(const std::string& job, uint64_t routing_epoch) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // The job that they want, if it is open.
  std::shared_ptr<ServedJob> WantedJob() const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable Mutex mutex_;
  // Their job is open, being opened, or has failed.
  v1::NodeOrders orders_ ABSL_GUARDED_BY(mutex_);
  absl::Status error_ ABSL_GUARDED_BY(mutex_);
  absl::Status restore_error_ ABSL_GUARDED_BY(mutex_);
  v1::CheckpointReport checkpoint_ ABSL_GUARDED_BY(mutex_);  // the newest
};

}  // namespace lineup

#endif  // LINEUP_SERVER_SERVER_NODE_H_

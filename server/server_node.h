// A parameter server's side of its conversation with the coordinator: opens
// and closes the job that orders name, begins its epochs, follows its barriers,
// writes its checkpoints, and tells how it stands. The calls of workers go to
// ParameterService.
//
// A job that moves to another placement of the slots (routing epoch) is opened
// anew, so nothing that was meant for the old one reaches it. What takes long,
// reading and writing checkpoints, is done in the background.
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
#include "common/base/thread_pool.h"
#include "proto/node.pb.h"
#include "server/server_process.h"

namespace lineup {

class ServerNode {
 public:
  // `process` must outlive the node. `news` is called, from any thread, when
  // there is something to report at once.
  ServerNode(ServerProcess* process, std::function<void()> news);
  // Waits for what is being read or written.
  ~ServerNode();

  void OnOrders(const v1::NodeOrders& orders);
  v1::ServerReport Report() const;

 private:
  absl::StatusOr<std::shared_ptr<ServedJob>> MakeJob(
      const std::string& job, const v1::ServerOrders& orders);
  // In the background.
  void Open(const std::string& job, const v1::ServerOrders& orders);
  void WriteCheckpoint(const std::shared_ptr<ServedJob>& job,
                       const v1::ServerOrders& orders);

  // Brings the open job in line with the newest orders.
  void Follow() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status FollowEpoch(ServedJob* job)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TellOfCheckpoint(const ServedJob* job,
                        const v1::CheckpointReport& report);

  ServerProcess& process_;
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

  ThreadPool background_{3};  // destroyed first: its tasks use all else
};

}  // namespace lineup

#endif  // LINEUP_SERVER_SERVER_NODE_H_

// A parameter server's side of its conversation with the coordinator: opens
// and closes the job that orders name, begins its epochs, and tells how it
// stands. The calls of workers go to ParameterService.
//
// Thread safety: all of it.

#ifndef LINEUP_SERVER_SERVER_NODE_H_
#define LINEUP_SERVER_SERVER_NODE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "common/base/mutex.h"
#include "proto/node.pb.h"
#include "server/server_process.h"

namespace lineup {

class ServerNode {
 public:
  // `process` must outlive the node. `news` is called, from any thread, when
  // there is something to report at once.
  ServerNode(ServerProcess* process, std::function<void()> news);

  void OnOrders(const v1::NodeOrders& orders);
  v1::ServerReport Report() const;

 private:
  absl::Status Open(const std::string& job, const v1::ServerOrders& orders)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  ServerProcess& process_;
  const std::function<void()> news_;

  mutable Mutex mutex_;
  // Whose orders are followed, and the newest of them.
  uint64_t coordinator_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t version_ ABSL_GUARDED_BY(mutex_) = 0;
  std::string wanted_ ABSL_GUARDED_BY(mutex_);  // the job of the orders
  int64_t begun_ ABSL_GUARDED_BY(mutex_) = -1;  // its newest epoch
  absl::Status error_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lineup

#endif  // LINEUP_SERVER_SERVER_NODE_H_

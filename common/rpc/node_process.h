// What the processes of servers and workers have in common: a link to the
// coordinator that news wakes, the wish to leave, and the end.
//
// Thread safety: all of it.

#ifndef LINEUP_COMMON_RPC_NODE_PROCESS_H_
#define LINEUP_COMMON_RPC_NODE_PROCESS_H_

#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/base/mutex.h"
#include "common/rpc/node_link.h"
#include "common/rpc/security.h"

namespace lineup {

class NodeProcess {
 public:
  ~NodeProcess();

  // Begins to report over `channel`. `make_report` need not set what the link
  // and this class do: versions and draining.
  void Connect(std::shared_ptr<grpc::Channel> channel,
               const NodeLink::Options& options,
               NodeLink::MakeReport make_report, NodeLink::OnOrders on_orders);
  // Ends the link: neither function is called any more.
  void Disconnect();

  // There is something to report at once.
  void Wake();
  // Asks to hand back everything and leave. If there is no coordinator to ask,
  // the node is over soon.
  void Drain();
  // Waits for at most `timeout` until the coordinator has let the node go (OK),
  // refused it or not answered for too long (why). Nothing: it is still there.
  std::optional<absl::Status> WaitUntilOver(absl::Duration timeout);

 private:
  void End(absl::Status status);

  Mutex mutex_;
  CondVar over_;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_over_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status status_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<NodeLink> link_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_NODE_PROCESS_H_

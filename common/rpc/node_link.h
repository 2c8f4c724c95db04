#ifndef LINEUP_COMMON_RPC_NODE_LINK_H_
#define LINEUP_COMMON_RPC_NODE_LINK_H_

// A node's standing connection to the coordinator: reports again and again how
// the node stands, and passes on the orders that come back. When these let the
// node go, it reports once more, so that the coordinator knows that this has
// been heard, and ends.
//
// A report waits at the coordinator until there are new orders, or for at most
// a second. Wake() ends that wait, so that news is reported at once. While the
// coordinator cannot be reached, at first or later, the link goes on trying and
// says from time to time what is wrong, until its patience is at an end.
//
// Thread-safe.

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/base/mutex.h"
#include "common/rpc/address.h"
#include "common/rpc/security.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "proto/node.grpc.pb.h"

namespace lineup {

class NodeLink {
 public:
  struct Options {
    // The coordinator's, and that of the channel: to say why nobody answers.
    Address coordinator;
    Security security;
    // For how long to go on without an answer.
    absl::Duration patience = absl::Minutes(10);
    absl::Duration wait = absl::Seconds(1);
    // A report is given up after so long, its wait included.
    absl::Duration timeout = absl::Seconds(5);
  };
  // What the node says; orders_version and wait are filled in by the link.
  using MakeReport = std::function<v1::NodeReport()>;
  using OnOrders = std::function<void(const v1::NodeOrders&)>;
  // The link has ended: the coordinator has let the node go (OK), refuses it
  // for good (another version, ...), or did not answer for too long.
  using OnEnd = std::function<void(absl::Status)>;

  NodeLink(std::shared_ptr<grpc::Channel> channel, const Options& options,
           MakeReport make_report, OnOrders on_orders, OnEnd on_end);
  ~NodeLink();

  void Wake();
  // From now on the link is given up after so long without an answer, counted
  // from the last one.
  void LimitPatience(absl::Duration patience);

 private:
  void Run();
  // One report; OK if it was answered.
  absl::Status Report();
  // The call of a report. gRPC's own blocking calls would lend this thread to
  // all connections of the process while it waits, which then take turns among
  // more threads, and their callbacks one switch of threads more.
  grpc::Status Call(grpc::ClientContext* context, const v1::NodeReport& report,
                    v1::NodeOrders* orders);
  // After orders that let the node go.
  void Leave();
  absl::Status Explain(const absl::Status& status) const;
  // After a report that failed: whether to go on. Tells why it failed, if it
  // is time to.
  bool GoOn(const absl::Status& status);
  // Waits before the next attempt; false if the link is being closed.
  bool Pause(absl::Duration pause);

  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::Nodes::Stub> stub_;
  const Options options_;
  const MakeReport make_report_;
  const OnOrders on_orders_;
  const OnEnd on_end_;

  Mutex mutex_;
  CondVar changed_;
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Duration patience_ ABSL_GUARDED_BY(mutex_);
  grpc::ClientContext* call_ ABSL_GUARDED_BY(mutex_) = nullptr;
  // Of the thread.
  uint64_t coordinator_id_ = 0;
  uint64_t orders_version_ = 0;
  bool may_leave_ = false;
  absl::Time answered_;                       // the last time, or the beginning
  absl::Time remind_ = absl::InfinitePast();  // when to tell again
  std::thread thread_;
};

}  // namespace lineup

#endif  // LINEUP_COMMON_RPC_NODE_LINK_H_

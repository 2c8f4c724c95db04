#ifndef LINEUP_WORKER_REMOTE_PARAMETER_CLIENT_H_
#define LINEUP_WORKER_REMOTE_PARAMETER_CLIENT_H_

// The parameter client of a cluster: one job's weights on one or more servers,
// over gRPC (proto/parameter_server.proto) or what stands for it in tests.
//
// Every call goes to all servers, since all of them follow a lane's clock, and
// is done when all have answered. So do the replicas that there are of their
// slots: a push brings them the same gradient, a pull tells them how far the
// lane is, and so each could take the place of its server at any moment. Rows
// are written once into the message that is sent, and read once from the
// message that was received. Calls that fail for a passing reason are tried
// again (common/rpc/retried_call.h); the clocks make that harmless.
//
// Thread safety: as the interface asks. `done` is called from gRPC's threads:
// it must not wait for another call nor destroy the client.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "common/base/atomic_maximum.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/base/thread_pool.h"
#include "common/linear/lineup_columns.h"
#include "common/rpc/address.h"
#include "common/rpc/call_faults.h"
#include "common/rpc/call_transport.h"
#include "common/rpc/float_codec.h"
#include "common/rpc/retried_call.h"
#include "common/rpc/security.h"
#include "worker/parameter_client.h"
#include "worker/parameter_messages.h"
#include "worker/row_router.h"

namespace lineup {

// Where the rows of a job are.
struct ParameterRouting {
  std::string job;
  // Of this placement; servers refuse calls of another.
  uint64_t epoch = 0;
  std::vector<Address> servers;
  SlotOwners slot_owners{};  // positions in `servers`
  // By server: where its slots are kept a second time, if they are, and whether
  // it answers with such a replica itself (Routing in proto/node.proto). Either
  // may be empty.
  std::vector<absl::optional<Address>> replicas;
  std::vector<bool> taken_over;
};

struct RemoteParameterClientOptions {
  Security security;
  RetriedCallOptions retry;
  // How numbers travel, weights and gradients. bfloat16 halves the traffic
  // and loses precision.
  FloatFormat format = FloatFormat::kFloat32;
  // To each server: calls that overlap do not share a connection's thread.
  int channels_per_server = 2;
  // Larger calls are cut in parts of this size, which share out the channels.
  size_t part_bytes = size_t{8} << 20;
  // Of the pauses between attempts.
  uint64_t seed = 0;
  // For tests, or null; they outlive the client.
  CallFaults* faults = nullptr;
  // How servers are reached; null: by gRPC, as told above.
  Dial dial;
};

class RemoteParameterClient final : public ParameterClient {
 public:
  // Does not connect yet. `pool` computes gradient rows; it and `clock` must
  // outlive the client.
  static absl::StatusOr<std::unique_ptr<RemoteParameterClient>> Create(
      const ParameterRouting& routing, const LineupColumns& columns,
      const RemoteParameterClientOptions& options, const Clock* clock,
      ThreadPool* pool);

  // Cancels what is under way and waits for its end.
  ~RemoteParameterClient() override;

  // Ends all calls under way, and every further one, with CANCELLED. Does not
  // wait.
  void Cancel() override;

  void Pull(LaneClock at, const RowSet& rows, WeightsOut out,
            Done done) override;
  void Push(LaneClock at, const RowSet& rows, const LaneGradient& gradient,
            Done done) override;
  void PushAndPull(LaneClock at, const RowSet& rows,
                   const LaneGradient& gradient, const RowSet& next_rows,
                   WeightsOut next_out, Done done) override;
  void FinishLane(LaneClock at, Done done) override;
  void NextClock(uint32_t lane, uint64_t* out, Done done) override;
  void Peek(const RowSet& rows, std::optional<size_t> candidate, WeightsOut out,
            Done done) override;

 private:
  // One call of the interface, under way on all servers.
  class Operation;
  // One of the shards that all calls go to.
  struct Target {
    Address address;
    size_t server;  // whose slots it has
    bool answers;   // and is asked for their weights
    // Of the server's own shard, or of the replica that it keeps.
    const MessageContext* messages;
    std::unique_ptr<CallTransport> transport;
  };
  using MakeParts =
      absl::FunctionRef<std::vector<RetriedCall::Part>(const Target& target)>;

  RemoteParameterClient(const ParameterRouting& routing,
                        const LineupColumns& columns,
                        const RemoteParameterClientOptions& options,
                        const Clock* clock, ThreadPool* pool);

  absl::Status AddTarget(Target target);
  // Weights that all servers are asked for.
  struct Reading;
  std::shared_ptr<Reading> Begin(const RowSet& rows, WeightsOut out,
                                 uint32_t groups, Done done);
  // What a target is asked for.
  static PulledRows AskedOf(const Target& target, Reading* reading);
  // What is done when all have answered a lane's pull: it pulls again if they
  // had groups that were not expected.
  Done EndOfPull(LaneClock at, std::shared_ptr<Reading> pull);
  // By server.
  std::vector<PushedRows> EncodePush(const RowSet& rows,
                                     const RowRouter::Shares& shares,
                                     const LaneGradient& gradient) const;
  // Calls `method` of every target, or of the first `num_targets`. `kept` lives
  // until all have answered.
  void Start(const std::string& method, size_t num_targets,
             MakeParts make_parts, std::shared_ptr<const void> kept, Done done);
  void Start(const std::string& method, MakeParts make_parts,
             std::shared_ptr<const void> kept, Done done) {
    Start(method, targets_.size(), make_parts, std::move(kept),
          std::move(done));
  }
  void Remove(const Operation* operation);

  const size_t num_servers_;
  const RemoteParameterClientOptions options_;
  const MessageContext messages_;
  const MessageContext replica_messages_;
  ThreadPool& pool_;
  RowRouter router_;
  RetriedCall::Context calls_;
  // The greatest number of groups of candidates that any answer to a pull had:
  // what weights are pulled with. Servers tell candidates apart one after the
  // other, and those that have not yet answer with fewer.
  AtomicMaximum most_groups_;
  // How many those had that were peeked at last.
  std::atomic<uint32_t> peeked_groups_;
  std::vector<Target> targets_;  // one a server, then the replicas

  Mutex mutex_;
  CondVar removed_;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::shared_ptr<Operation>> operations_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace lineup

#endif  // LINEUP_WORKER_REMOTE_PARAMETER_CLIENT_H_

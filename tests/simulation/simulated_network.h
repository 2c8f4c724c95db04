// A network that loses, doubles, delays and reorders messages, and whose links
// can be cut, one way or both. It carries the encoded messages of the real
// protocol between processes of one thread.
//
// A message that is lost fails its call after a while (the connection breaks),
// or leaves it to its deadline; whether the call was carried out is not known
// then, as ever.

#ifndef LINEUP_TESTS_SIMULATION_SIMULATED_NETWORK_H_
#define LINEUP_TESTS_SIMULATION_SIMULATED_NETWORK_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/random.h"
#include "common/rpc/call_transport.h"
#include "grpcpp/support/byte_buffer.h"
#include "tests/simulation/event_queue.h"

namespace lineup::simulation {

// Each a share of messages, 0 to 1.
struct NetworkFaults {
  double lost = 0;
  double doubled = 0;
  double slow = 0;  // by up to max_delay
  absl::Duration max_delay = absl::Seconds(1);
  double replayed = 0;  // requests that come once more, up to so much later
  absl::Duration replayed_within = absl::Seconds(10);
  double kept = 0;  // calls of servers that ReplayKept() sends once more
};

class SimulatedNetwork {
 public:
  using Reply = std::function<void(absl::StatusOr<grpc::ByteBuffer>)>;
  using Handler = std::function<void(
      const std::string& method, const grpc::ByteBuffer& request, Reply reply)>;

  // `events` must outlive it.
  SimulatedNetwork(EventQueue* events, uint64_t seed)
      : events_(*events), random_(seed) {}

  void SetFaults(const NetworkFaults& faults) { faults_ = faults; }

  // `node` answers calls to `address` from now on.
  void Listen(const std::string& address, NodeId node, Handler handler);
  // The way from a node, on a machine, to an address. The network must outlive
  // it.
  std::unique_ptr<CallTransport> Dial(NodeId node, const std::string& machine,
                                      const std::string& address);
  // Machines and addresses are places; nothing gets from one to the other.
  void Cut(const std::string& from, const std::string& to);
  void Mend(const std::string& a, const std::string& b) {
    cuts_.erase({a, b});
    cuts_.erase({b, a});
  }
  void MendAll() { cuts_.clear(); }

  // Requests of the past come once more, at any moment within this time.
  void ReplayKept(absl::Duration within);

  // Told of each call whose caller learns that it went well.
  using Observer =
      std::function<void(const std::string& address, const std::string& method,
                         const grpc::ByteBuffer& request)>;
  void Observe(Observer observer) { observer_ = std::move(observer); }

  // The node has ended: nobody listens there, and its own calls end now, with
  // CANCELLED. Not to be called by a handler.
  void End(NodeId node);

  uint64_t messages() const { return messages_; }

 private:
  class Transport;
  struct Pending;
  struct Listener {
    NodeId node;
    Handler handler;
  };

  void Call(const std::shared_ptr<Pending>& call);
  std::shared_ptr<Pending> CopyOf(const Pending& call);
  void Deliver(const std::shared_ptr<Pending>& call);
  void Answer(const std::shared_ptr<Pending>& call,
              absl::StatusOr<grpc::ByteBuffer> answer);
  // A message was lost: the call fails, sooner or later.
  void Lose(const std::shared_ptr<Pending>& call);
  bool Draw(double share) { return share > 0 && random_.Uniform() < share; }
  bool IsLost(const std::string& from, const std::string& to);
  absl::Duration Latency();

  EventQueue& events_;
  SplitMix64 random_;
  NetworkFaults faults_;
  Observer observer_;
  std::map<std::string, Listener> listeners_;
  std::set<std::pair<std::string, std::string>> cuts_;
  // Calls and pauses of each node that are under way.
  std::map<NodeId, std::set<std::shared_ptr<Pending>>> pending_;
  std::deque<std::shared_ptr<Pending>> kept_;
  uint64_t messages_ = 0;
};

}  // namespace lineup::simulation

#endif  // LINEUP_TESTS_SIMULATION_SIMULATED_NETWORK_H_

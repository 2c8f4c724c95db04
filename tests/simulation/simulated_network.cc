#include "tests/simulation/simulated_network.h"

#include "absl/strings/match.h"
#include "common/rpc/status.h"

namespace lineup::simulation {
namespace {

constexpr absl::Duration kMinLatency = absl::Microseconds(200);
constexpr absl::Duration kMaxLatency = absl::Milliseconds(3);
constexpr size_t kMaxKept = 500;  // requests
// Until a broken connection is noticed.
constexpr absl::Duration kMaxBreak = absl::Seconds(2);

// What an error looks like after its journey.
absl::Status OverTheWire(const absl::Status& status) {
  return FromGrpcStatus(ToGrpcStatus(status));
}

}  // namespace

// A call or a pause under way; `done` is called once.
struct SimulatedNetwork::Pending final
    : public PendingCall,
      public std::enable_shared_from_this<SimulatedNetwork::Pending> {
  void Cancel() override {
    // Asked for with locks held: it is told of the end by an event.
    network->events_.After(absl::ZeroDuration(), from,
                           [call = shared_from_this()] {
                             call->Finish(absl::CancelledError("cancelled"));
                           });
  }

  void Finish(absl::StatusOr<grpc::ByteBuffer> answer) {
    const CallTransport::Done told = std::exchange(done, nullptr);
    if (told == nullptr) return;
    const std::shared_ptr<Pending> self = shared_from_this();
    network->pending_[from].erase(self);
    if (answer.ok() && !method.empty() && network->observer_) {
      network->observer_(address, method, request);
    }
    told(std::move(answer));
  }

  SimulatedNetwork* network;
  NodeId from;
  std::string machine;
  std::string address;
  std::string method;  // empty: a pause
  grpc::ByteBuffer request;
  CallTransport::Done done;
};

class SimulatedNetwork::Transport final : public CallTransport {
 public:
  Transport(SimulatedNetwork* network, NodeId node, std::string machine,
            std::string address)
      : network_(*network),
        node_(node),
        machine_(std::move(machine)),
        address_(std::move(address)) {}

  std::shared_ptr<PendingCall> Call(const std::string& method,
                                    grpc::ByteBuffer request,
                                    absl::Duration timeout,
                                    Done done) override {
    const std::shared_ptr<Pending> call = Begin(std::move(done));
    call->machine = machine_;
    call->address = address_;
    call->method = method;
    call->request = std::move(request);
    network_.events_.After(timeout, node_, [call] {
      call->Finish(absl::DeadlineExceededError("no answer in time"));
    });
    network_.Call(call);
    return call;
  }

  std::shared_ptr<PendingCall> Pause(absl::Duration pause,
                                     std::function<void()> done) override {
    const std::shared_ptr<Pending> call = Begin(
        [done = std::move(done)](absl::StatusOr<grpc::ByteBuffer>) { done(); });
    network_.events_.After(pause, node_,
                           [call] { call->Finish(grpc::ByteBuffer()); });
    return call;
  }

 private:
  std::shared_ptr<Pending> Begin(Done done) {
    auto call = std::make_shared<Pending>();
    call->network = &network_;
    call->from = node_;
    call->done = std::move(done);
    network_.pending_[node_].insert(call);
    return call;
  }

  SimulatedNetwork& network_;
  const NodeId node_;
  const std::string machine_;
  const std::string address_;
};

std::unique_ptr<CallTransport> SimulatedNetwork::Dial(
    NodeId node, const std::string& machine, const std::string& address) {
  return std::make_unique<Transport>(this, node, machine, address);
}

void SimulatedNetwork::Listen(const std::string& address, NodeId node,
                              Handler handler) {
  listeners_[address] = {node, std::move(handler)};
}

void SimulatedNetwork::Cut(const std::string& from, const std::string& to) {
  cuts_.insert({from, to});
}

void SimulatedNetwork::End(NodeId node) {
  for (auto it = listeners_.begin(); it != listeners_.end();) {
    it = it->second.node == node ? listeners_.erase(it) : std::next(it);
  }
  // Whoever is told may begin others.
  while (!pending_[node].empty()) {
    (*pending_[node].begin())->Finish(absl::CancelledError("the node ended"));
  }
}

absl::Duration SimulatedNetwork::Latency() {
  absl::Duration latency =
      kMinLatency + (kMaxLatency - kMinLatency) * random_.Uniform();
  if (Draw(faults_.slow)) latency += faults_.max_delay * random_.Uniform();
  return latency;
}

bool SimulatedNetwork::IsLost(const std::string& from, const std::string& to) {
  return cuts_.count({from, to}) > 0 || Draw(faults_.lost);
}

void SimulatedNetwork::Lose(const std::shared_ptr<Pending>& call) {
  if (Draw(0.2)) return;  // nobody notices before the deadline
  events_.After(kMaxBreak * random_.Uniform(), call->from, [call] {
    call->Finish(absl::UnavailableError("the connection broke"));
  });
}

void SimulatedNetwork::Call(const std::shared_ptr<Pending>& call) {
  ++messages_;
  if (Draw(faults_.replayed)) {
    events_.After(faults_.replayed_within * random_.Uniform(), kNobody,
                  [this, copy = CopyOf(*call)] { Deliver(copy); });
  }
  if (Draw(faults_.kept) &&
      absl::StrContains(call->method, "ParameterServer")) {
    kept_.push_back(CopyOf(*call));
    if (kept_.size() > kMaxKept) kept_.pop_front();
  }
  const int copies = 1 + Draw(faults_.doubled);
  for (int i = 0; i < copies; ++i) {
    if (IsLost(call->machine, call->address)) {
      if (copies == 1) Lose(call);
      continue;
    }
    // A copy comes late.
    events_.After(Latency() * (1 + 50 * i), kNobody,
                  [this, call] { Deliver(call); });
  }
}

std::shared_ptr<SimulatedNetwork::Pending> SimulatedNetwork::CopyOf(
    const Pending& call) {
  // Nobody waits for the answer.
  auto copy = std::make_shared<Pending>();
  copy->network = this;
  copy->from = kNobody;
  copy->machine = call.machine;
  copy->address = call.address;
  copy->method = call.method;
  copy->request = call.request;
  return copy;
}

void SimulatedNetwork::ReplayKept(absl::Duration within) {
  for (const std::shared_ptr<Pending>& kept : kept_) {
    events_.After(within * random_.Uniform(), kNobody,
                  [this, copy = CopyOf(*kept)] { Deliver(copy); });
  }
}

void SimulatedNetwork::Deliver(const std::shared_ptr<Pending>& call) {
  const auto listener = listeners_.find(call->address);
  if (listener == listeners_.end()) {
    return Answer(call, absl::UnavailableError("nobody listens there"));
  }
  const NodeId node = listener->second.node;
  if (events_.IsPaused(node)) {  // the message waits for it
    events_.After(absl::ZeroDuration(), node, [this, call] { Deliver(call); });
    return;
  }
  listener->second.handler(
      call->method, call->request,
      [this, call, node](absl::StatusOr<grpc::ByteBuffer> answer) {
        if (events_.HasEnded(node)) return Lose(call);
        Answer(call, std::move(answer));
      });
}

void SimulatedNetwork::Answer(const std::shared_ptr<Pending>& call,
                              absl::StatusOr<grpc::ByteBuffer> answer) {
  ++messages_;
  if (IsLost(call->address, call->machine)) return Lose(call);
  if (!answer.ok()) answer = OverTheWire(answer.status());
  events_.After(Latency(), call->from,
                [call, answer = std::move(answer)]() mutable {
                  call->Finish(std::move(answer));
                });
}

}  // namespace lineup::simulation

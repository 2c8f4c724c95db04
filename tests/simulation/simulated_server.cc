#include "tests/simulation/simulated_server.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/rpc/message_codec.h"
#include "proto/parameter_server.pb.h"

namespace lineup::simulation {
namespace {

// Reading or writing a checkpoint, in a piece.
constexpr absl::Duration kBackgroundTime = absl::Milliseconds(30);

}  // namespace

SimulatedServer::SimulatedServer(World* world, std::string name,
                                 std::string machine,
                                 std::function<void(NodeId)> left)
    : world_(*world),
      name_(std::move(name)),
      machine_(std::move(machine)),
      node_(world->NewNode()),
      disk_(world->disk.Mount(node_)),
      jobs_(&world->pool, 0, disk_.get()),
      calls_(&jobs_) {
  core_ = std::make_unique<ServerNode>(
      &jobs_, &world->events.clock(),
      [this](std::function<void()> work) {
        world_.events.After(world_.About(kBackgroundTime), node_,
                            std::move(work));
      },
      [this](const Address& address) {
        return world_.network.Dial(node_, machine_, address.ToString());
      },
      [this] {
        if (!world_.events.HasEnded(node_)) link_->Wake();
      });
  world->network.Listen(
      machine_, node_,
      [this](const std::string& method, const grpc::ByteBuffer& request,
             SimulatedNetwork::Reply reply) {
        OnCall(method, request, std::move(reply));
      });
  link_ = std::make_unique<SimulatedLink>(
      world, node_, machine_, [this] { return MakeReport(); },
      [this](const v1::NodeOrders& orders) { core_->OnOrders(orders); },
      std::move(left));
}

SimulatedServer::~SimulatedServer() {
  world_.events.End(node_);
  // Whoever waits in the job is let go.
  if (const auto open = jobs_.job()) jobs_.CloseJob(open->job());
  world_.network.End(node_);
}

v1::NodeReport SimulatedServer::MakeReport() const {
  v1::NodeReport report;
  report.set_node_id(name_);
  report.set_role(v1::NODE_ROLE_SERVER);
  report.set_address(machine_);
  *report.mutable_server() = core_->Report();
  return report;
}

void SimulatedServer::OnCall(const std::string& method,
                             const grpc::ByteBuffer& request,
                             SimulatedNetwork::Reply reply) {
  const std::string name = method.substr(method.rfind('/') + 1);
  if (name == "Pull") return calls_.Pull(request, std::move(reply));
  if (name == "Push") return calls_.Push(request, std::move(reply));
  if (name == "Peek") return reply(calls_.Peek(request));
  if (name == "ReadSlots") return reply(calls_.ReadSlots(request));
  if (name == "GetStatus") {
    return reply(EncodeMessage(calls_.GetStatus(), {}));
  }
  if (name == "FinishLane") return reply(calls_.FinishLane(request));
  reply(absl::UnimplementedError(absl::StrCat("no such method: ", method)));
}

std::string SimulatedServer::Describe() const {
  const v1::ServerReport report = core_->Report();
  std::string text = absl::StrCat(
      name_, ": ", report.job(), " placement ", report.routing_epoch(),
      " epoch ", report.epoch(), report.epoch_done() ? " done" : "", " ",
      report.error(), report.restore_error());
  for (int l = 0; l < report.lanes_size(); ++l) {
    absl::StrAppend(&text, "; lane ", l, " at ", report.lanes(l).clock(),
                    report.lanes(l).finished() ? " finished" : "");
    for (const uint32_t other : report.lanes(l).waits_for()) {
      absl::StrAppend(&text, " waits for ", other);
    }
  }
  return text;
}

}  // namespace lineup::simulation

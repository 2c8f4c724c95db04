// A parameter server of the simulation: the real ServerNode, its jobs and their
// calls, a background that takes time, and a link to the coordinator.

#ifndef LINEUP_TESTS_SIMULATION_SIMULATED_SERVER_H_
#define LINEUP_TESTS_SIMULATION_SIMULATED_SERVER_H_

#include <functional>
#include <memory>
#include <string>

#include "proto/node.pb.h"
#include "server/job_slot.h"
#include "server/parameter_calls.h"
#include "server/server_node.h"
#include "tests/simulation/simulated_disk.h"
#include "tests/simulation/simulated_link.h"
#include "tests/simulation/world.h"

namespace lineup::simulation {

class SimulatedServer {
 public:
  // `left` is told once the coordinator has let it go.
  SimulatedServer(World* world, std::string name, std::string machine,
                  std::function<void(NodeId)> left);
  // It dies at once.
  ~SimulatedServer();

  const std::string& name() const { return name_; }
  // Also its address.
  const std::string& machine() const { return machine_; }
  NodeId node() const { return node_; }
  SimulatedDisk::View& disk() { return *disk_; }

  void Drain() { link_->Drain(); }
  // The shards that are open.
  JobSlot::Shards shards() const { return jobs_.shards(); }
  std::string Describe() const;

 private:
  v1::NodeReport MakeReport() const;
  void OnCall(const std::string& method, const grpc::ByteBuffer& request,
              SimulatedNetwork::Reply reply);

  World& world_;
  const std::string name_;
  const std::string machine_;
  const NodeId node_;
  const std::unique_ptr<SimulatedDisk::View> disk_;
  JobSlot jobs_;
  const ParameterCalls calls_;
  std::unique_ptr<ServerNode> core_;
  std::unique_ptr<SimulatedLink> link_;
};

}  // namespace lineup::simulation

#endif  // LINEUP_TESTS_SIMULATION_SIMULATED_SERVER_H_

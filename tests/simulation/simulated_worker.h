// A worker of the simulation: the real WorkerCore and its services, one thread
// that computes, and a link to the coordinator.

#ifndef LINEUP_TESTS_SIMULATION_SIMULATED_WORKER_H_
#define LINEUP_TESTS_SIMULATION_SIMULATED_WORKER_H_

#include <functional>
#include <memory>
#include <string>

#include "tests/simulation/simulated_link.h"
#include "tests/simulation/world.h"
#include "worker/remote_worker_services.h"
#include "worker/worker_core.h"

namespace lineup::simulation {

class SimulatedWorker {
 public:
  // `left` is told once the coordinator has let it go.
  SimulatedWorker(World* world, std::string name, std::string machine,
                  std::function<void(NodeId)> left);
  // It dies at once.
  ~SimulatedWorker();

  const std::string& name() const { return name_; }
  const std::string& machine() const { return machine_; }
  NodeId node() const { return node_; }
  // Asks to leave.
  void Drain() { link_->Drain(); }
  // How it stands, in words.
  std::string Describe() const;

 private:
  v1::NodeReport MakeReport() const;
  void OnOrders(const v1::NodeOrders& orders);
  // Lets the thread work, if it has none.
  void Work();

  World& world_;
  const std::string name_;
  const std::string machine_;
  const NodeId node_;
  std::unique_ptr<RemoteWorkerServices> services_;
  std::unique_ptr<WorkerCore> core_;
  std::unique_ptr<SimulatedLink> link_;
  bool working_ = false;
};

}  // namespace lineup::simulation

#endif  // LINEUP_TESTS_SIMULATION_SIMULATED_WORKER_H_

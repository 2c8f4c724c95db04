// The coordinator of the simulation: the real CoordinatorCore; and, as events,
// what CoordinatorHost and NodesService do with threads: its work, ticks, the
// journal, and reports that wait for orders.

#ifndef LINEUP_TESTS_SIMULATION_SIMULATED_COORDINATOR_H_
#define LINEUP_TESTS_SIMULATION_SIMULATED_COORDINATOR_H_

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "common/linear/aligned.h"
#include "common/linear/row_set.h"
#include "common/model/linear_model.h"
#include "coordinator/coordinator_core.h"
#include "coordinator/journal_record.h"
#include "tests/simulation/simulated_disk.h"
#include "tests/simulation/world.h"
#include "worker/remote_parameter_client.h"

namespace lineup::simulation {

// Who is told of what a coordinator hears and tells.
struct CoordinatorObserver {
  std::function<void(const v1::NodeReport&)> on_report;
  std::function<void(const v1::Event&)> on_event;
};

// What outlives a coordinator.
struct CoordinatorRemains {
  JournalContents journal;
  std::optional<LinearModel> model;  // that was exported
  // How often something was told, by kind.
  std::map<std::string, uint64_t> events;
  // What must not happen, and has.
  std::vector<std::string> problems;
};

class SimulatedCoordinator {
 public:
  // Goes on from the remains' journal, if there is one.
  SimulatedCoordinator(World* world, absl::Duration lease,
                       CoordinatorRemains* remains,
                       CoordinatorObserver observer);
  ~SimulatedCoordinator();

  NodeId node() const { return node_; }
  SimulatedDisk::View& disk() { return *disk_; }
  const CoordinatorCore& core() const { return *core_; }

  // Changes the core, and does what follows from it.
  void Use(absl::FunctionRef<void(CoordinatorCore&, absl::Time now)> use);

  // Dies in the next call of Use(), after the core has changed and before the
  // journal is written: nobody hears of it. `died` is called then.
  void DieBeforeWriting(std::function<void()> died) { died_ = std::move(died); }

 private:
  struct Waiting {
    std::string node;
    uint64_t orders_version;
    absl::Time until;
    SimulatedNetwork::Reply reply;
  };
  // Weights that are being copied from the servers.
  struct Copy {
    std::string job;
    uint64_t action;
    LineupColumns columns;
    size_t candidate;
    uint32_t num_features;
    RowSet rows;
    AlignedFloats weights;
    std::unique_ptr<RemoteParameterClient> client;
  };

  void Tick();
  void TellEvents();
  void StartWork();
  void Plan(const std::string& job);
  void Act(const std::string& job, const ClusterJob::Action& action);
  void StartCopy(const std::string& job, uint64_t action);
  void EndCopy(const std::shared_ptr<Copy>& copy, const absl::Status& status);
  void Export(const std::string& job, uint64_t action);
  void OnCall(const std::string& method, const grpc::ByteBuffer& request,
              SimulatedNetwork::Reply reply);
  void OnReport(const v1::NodeReport& report, SimulatedNetwork::Reply reply);
  void AnswerWaiting();
  // The job, if it is running.
  const ClusterJob* Running(const std::string& job) const;

  World& world_;
  CoordinatorRemains& remains_;
  const CoordinatorObserver observer_;
  std::function<void()> died_;
  const NodeId node_;
  const std::unique_ptr<SimulatedDisk::View> disk_;
  std::unique_ptr<CoordinatorCore> core_;
  std::list<Waiting> waiting_;
  std::list<std::shared_ptr<Copy>> copies_;
  uint64_t told_events_ = 0;
};

}  // namespace lineup::simulation

#endif  // LINEUP_TESTS_SIMULATION_SIMULATED_COORDINATOR_H_

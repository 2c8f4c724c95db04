#include "tests/simulation/simulation.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/checkpoint/checkpoint_directory.h"
#include "common/job/job_state.h"
#include "common/rpc/message_codec.h"
#include "common/rpc/parameter_methods.h"
#include "proto/parameter_server.pb.h"
#include "tests/simulation/scenario.h"
#include "tests/simulation/simulated_coordinator.h"
#include "tests/simulation/simulated_server.h"
#include "tests/simulation/simulated_worker.h"
#include "tests/simulation/world.h"

namespace lineup::simulation {
namespace {

// How often what must always hold is looked at.
constexpr absl::Duration kCheckEvery = absl::Milliseconds(500);

class Simulation {
 public:
  Simulation(uint64_t seed, SimulatedJobs* jobs, ThreadPool* pool,
             const RunOptions& options)
      : scenario_(DrawScenario(seed)), jobs_(*jobs), world_(seed, pool) {
    if (options.trace) {
      world_.trace = [this, &options](absl::string_view who,
                                      absl::string_view what) {
        options.trace(world_.events.elapsed(), who, what);
      };
    }
    world_.step_time = scenario_.step_time;
  }

  RunResult Run();

 private:
  void Problem(std::string text) {
    world_.Trace("PROBLEM", text);
    result_.problems.push_back(std::move(text));
  }
  void At(absl::Duration at, std::function<void()> event) {
    world_.events.After(at - world_.events.elapsed(), kNobody,
                        std::move(event));
  }
  void In(absl::Duration delay, std::function<void()> event) {
    world_.events.After(delay, kNobody, std::move(event));
  }

  void StartCoordinator();
  void EndCoordinator(absl::Duration restart_after);
  void StartWorker(const std::string& machine);
  void StartServer(const std::string& machine);
  void EndWorker(NodeId node, absl::Duration restart_after);
  void EndServer(NodeId node, bool power, absl::Duration restart_after);
  void Strike(const Fault& fault);
  void Cut(const std::string& node, const std::string& other,
           const Fault& fault);
  void Calm();
  // What must always hold does.
  void Look();
  void OnPushed(const std::string& address, const v1::PushRequest& push);
  void CheckAcknowledged();
  // The job, if it is running.
  const ClusterJob* Running() const;
  void CheckReport(const v1::NodeReport& report);
  void CheckEpochs(const std::string& shard, const v1::ServerReport& report);
  void CheckEnd();
  void Hung();
  bool ended() const {
    if (coordinator_ == nullptr) return false;
    const CoordinatorCore::Job* job = coordinator_->core().FindJob("");
    return job != nullptr && HasEnded(job->state);
  }

  const Scenario scenario_;
  SimulatedJobs& jobs_;
  World world_;
  RunResult result_;
  CoordinatorRemains remains_;
  std::unique_ptr<SimulatedCoordinator> coordinator_;  // null: it is dead
  std::vector<std::unique_ptr<SimulatedWorker>> workers_;
  std::vector<std::unique_ptr<SimulatedServer>> servers_;
  int started_ = 0;
  bool calm_ = false;
  std::map<std::string, std::set<int64_t>> epochs_counted_;  // by server
  // By address, whether it is the replica there, placement and lane: the
  // highest clock that a worker knows to be taken.
  std::map<std::tuple<std::string, bool, uint64_t, uint32_t>, uint64_t>
      acknowledged_;
  // By placement, lane and clock, who has taken it, if not yet all have; by
  // lane, the highest clock that all have taken since the job last rewound.
  std::map<std::tuple<uint64_t, uint32_t, uint64_t>,
           std::set<std::pair<std::string, bool>>>
      taken_by_;
  std::map<uint32_t, uint64_t> taken_by_all_;
};

void Simulation::StartCoordinator() {
  world_.Trace("coordinator", "starts");
  coordinator_ = std::make_unique<SimulatedCoordinator>(
      &world_, scenario_.lease, &remains_,
      CoordinatorObserver{
          [this](const v1::NodeReport& report) { CheckReport(report); },
          [this](const v1::Event& event) {
            // What was meant for the placement before comes late.
            if (event.kind() == "replica_took_over") {
              In(world_.About(absl::Milliseconds(300)),
                 [this] { world_.network.ReplayKept(absl::Seconds(3)); });
            }
            if (event.kind() != "rewinding") return;
            taken_by_.clear();
            taken_by_all_.clear();
            In(world_.About(absl::Milliseconds(300)),
               [this] { world_.network.ReplayKept(absl::Seconds(3)); });
          }});
}

void Simulation::EndCoordinator(absl::Duration restart_after) {
  if (coordinator_ == nullptr) return;
  world_.Trace("coordinator", "has ended");
  coordinator_ = nullptr;
  ++result_.restarts;
  In(restart_after, [this] { StartCoordinator(); });
}

void Simulation::StartWorker(const std::string& machine) {
  const std::string name = absl::StrCat("w", ++started_);
  world_.Trace(name, absl::StrCat("starts on ", machine));
  workers_.push_back(std::make_unique<SimulatedWorker>(
      &world_, name, machine, [this](NodeId node) {
        In(absl::Milliseconds(20), [=] { EndWorker(node, absl::Seconds(1)); });
      }));
}

void Simulation::StartServer(const std::string& machine) {
  const std::string name = absl::StrCat("s", ++started_);
  world_.Trace(name, absl::StrCat("starts on ", machine));
  servers_.push_back(std::make_unique<SimulatedServer>(
      &world_, name, machine, [this](NodeId node) {
        In(absl::Milliseconds(20),
           [=] { EndServer(node, /*power=*/false, absl::Seconds(1)); });
      }));
}

void Simulation::EndWorker(NodeId node, absl::Duration restart_after) {
  for (auto it = workers_.begin(); it != workers_.end(); ++it) {
    if ((*it)->node() != node) continue;
    world_.Trace((*it)->name(), "has ended");
    const std::string machine = (*it)->machine();
    workers_.erase(it);
    In(restart_after, [this, machine] { StartWorker(machine); });
    return;
  }
}

void Simulation::EndServer(NodeId node, bool power,
                           absl::Duration restart_after) {
  for (auto it = servers_.begin(); it != servers_.end(); ++it) {
    if ((*it)->node() != node) continue;
    world_.Trace((*it)->name(), power ? "has lost its power" : "has ended");
    const std::string machine = (*it)->machine();
    servers_.erase(it);
    if (power) world_.disk.LosePower(node);
    In(restart_after, [this, machine] { StartServer(machine); });
    return;
  }
}

void Simulation::Cut(const std::string& node, const std::string& other,
                     const Fault& fault) {
  if ((fault.directions & 1) != 0) world_.network.Cut(other, node);
  if ((fault.directions & 2) != 0) world_.network.Cut(node, other);
  world_.Trace("network",
               absl::StrCat("the link of ", node, " to ", other, " is cut"));
  In(fault.lasts, [this, node, other] { world_.network.Mend(node, other); });
}

void Simulation::Strike(const Fault& fault) {
  if (calm_) return;
  using Kind = Fault::Kind;
  world_.Trace("fault", fault.Describe());
  SimulatedWorker* const worker =
      workers_.empty() ? nullptr
                       : workers_[fault.target % workers_.size()].get();
  SimulatedServer* const server =
      servers_.empty() ? nullptr
                       : servers_[fault.target % servers_.size()].get();
  const absl::Time until = world_.events.now() + fault.lasts;
  switch (fault.kind) {
    case Kind::kKillWorker:
      if (worker != nullptr) EndWorker(worker->node(), fault.lasts);
      return;
    case Kind::kDrainWorker:
      if (worker != nullptr) worker->Drain();
      return;
    case Kind::kPauseWorker:
      if (worker != nullptr) world_.events.Pause(worker->node(), until);
      return;
    case Kind::kAddWorker:
      return StartWorker(absl::StrCat("more-", started_));
    case Kind::kAddServer:
      return StartServer(absl::StrCat("server-more-", started_, ":7000"));
    case Kind::kDrainServer:
      if (server != nullptr) server->Drain();
      return;
    case Kind::kKillServer:
    case Kind::kPowerServer:
      if (server != nullptr) {
        EndServer(server->node(), fault.kind == Kind::kPowerServer,
                  fault.lasts);
      }
      return;
    case Kind::kKillInWrite:
      if (server != nullptr) {
        server->disk().DieAfter(
            static_cast<int>(fault.other),
            [this, node = server->node(), lasts = fault.lasts] {
              In(absl::ZeroDuration(),
                 [=] { EndServer(node, /*power=*/true, lasts); });
            });
      }
      return;
    case Kind::kPauseServer:
      if (server != nullptr) world_.events.Pause(server->node(), until);
      return;
    case Kind::kKillCoordinator:
      if (coordinator_ == nullptr) return;
      if (fault.other % 2 == 0) return EndCoordinator(fault.lasts);
      return coordinator_->DieBeforeWriting([this, lasts = fault.lasts] {
        In(absl::ZeroDuration(), [=] { EndCoordinator(lasts); });
      });
    case Kind::kPauseCoordinator:
      if (coordinator_ == nullptr) return;
      return world_.events.Pause(coordinator_->node(), until);
    case Kind::kCutWorker:
      if (worker == nullptr || server == nullptr) return;
      return Cut(worker->machine(),
                 fault.other % 2 == 0 ? kCoordinatorAddress : server->machine(),
                 fault);
    case Kind::kCutServer:
      if (server != nullptr) {
        Cut(server->machine(), kCoordinatorAddress, fault);
      }
      return;
    case Kind::kFillDisk:
      world_.disk.SetFull(true);
      return In(fault.lasts, [this] { world_.disk.SetFull(false); });
    case Kind::kTakeCheckpoint:
      if (coordinator_ == nullptr) return;
      return coordinator_->Use([](CoordinatorCore& core, absl::Time now) {
        core.TakeCheckpoint("", now).IgnoreError();
      });
  }
}

void Simulation::Calm() {
  calm_ = true;
  world_.Trace("fault", "from now on nothing goes wrong");
  world_.network.SetFaults({});
  world_.network.MendAll();
  world_.disk.SetFull(false);
  for (const auto& server : servers_) server->disk().DieAfter(-1, nullptr);
}

void Simulation::CheckReport(const v1::NodeReport& report) {
  CheckEpochs(report.node_id(), report.server());
  if (report.server().has_replica()) {
    CheckEpochs(report.node_id() + "'s replica", report.server().replica());
  }
}

void Simulation::CheckEpochs(const std::string& shard,
                             const v1::ServerReport& report) {
  for (int e = 0; e < report.epochs_size(); ++e) {
    const v1::ServerEpoch& epoch = report.epochs(e);
    if (e + 1 == report.epochs_size() && !report.epoch_done()) continue;
    if (!epochs_counted_[shard].insert(epoch.epoch()).second) continue;
    const uint64_t expected = jobs_.ExamplesOfEpoch(scenario_.job);
    if (epoch.examples() != expected) {
      Problem(absl::StrCat("server ", shard, " has counted ", epoch.examples(),
                           " examples in epoch ", epoch.epoch(), ", expected ",
                           expected));
    }
  }
}

const ClusterJob* Simulation::Running() const {
  if (coordinator_ == nullptr) return nullptr;
  const CoordinatorCore::Job* const job = coordinator_->core().running();
  return job == nullptr ? nullptr : job->run.get();
}

void Simulation::OnPushed(const std::string& address,
                          const v1::PushRequest& push) {
  uint64_t& clock = acknowledged_[{address, push.replica(),
                                   push.routing_epoch(), push.lane()}];
  clock = std::max(clock, push.clock());
  const ClusterJob* const run = Running();
  if (run == nullptr || run->routing().epoch() != push.routing_epoch()) return;
  const size_t shards = run->Shards().size();
  if (shards == 0) return;  // it rewinds, and this was before
  const std::tuple<uint64_t, uint32_t, uint64_t> key = {
      push.routing_epoch(), push.lane(), push.clock()};
  auto& taken_by = taken_by_[key];
  taken_by.insert({address, push.replica()});
  if (taken_by.size() < shards) return;
  taken_by_.erase(key);
  uint64_t& by_all = taken_by_all_[push.lane()];
  by_all = std::max(by_all, push.clock());
}

void Simulation::CheckAcknowledged() {
  const ClusterJob* const run = Running();
  for (const auto& server : servers_) {
    const JobSlot::Shards shards = server->shards();
    for (const auto& shard : {shards.own, shards.replica}) {
      if (shard == nullptr) continue;
      const bool replica = shard == shards.replica;
      const v1::ServedJob status = shard->Status();
      const bool current =
          run != nullptr && status.routing_epoch() == run->routing().epoch();
      for (int l = 0; l < status.lanes_size(); ++l) {
        const uint64_t clock =
            std::max(acknowledged_[{server->machine(), replica,
                                    status.routing_epoch(), l}],
                     current ? taken_by_all_[l] : 0);
        if (status.lanes(l).clock() < clock) {
          Problem(absl::StrCat("server ", server->name(),
                               replica ? "'s replica" : "", " has lane ", l,
                               " at clock ", status.lanes(l).clock(),
                               ", but clock ", clock, " was acknowledged"));
        }
      }
    }
  }
}

void Simulation::Look() {
  CheckAcknowledged();
  In(kCheckEvery, [this] { Look(); });
}

void Simulation::Hung() {
  std::string text = "the job does not end; ";
  if (coordinator_ == nullptr) return Problem(text + "there is no coordinator");
  const CoordinatorCore::Job* job = coordinator_->core().FindJob("");
  if (job == nullptr) return Problem(text + "it was never submitted");
  absl::StrAppend(&text, v1::JobState_Name(job->state),
                  job->run == nullptr ? "" : " " + job->run->Phase(),
                  ", it waits for ", coordinator_->core().WhyWaiting(*job));
  if (job->run != nullptr) {
    for (const LaneTable::Lane& lane : job->run->lanes().lanes()) {
      absl::StrAppend(&text, "\n    a lane of ", lane.holder, ", term ",
                      lane.term, ", clock ", lane.clock,
                      lane.finished ? ", finished" : "",
                      lane.withdrawn ? ", withdrawn" : "");
    }
  }
  for (const auto& server : servers_) {
    absl::StrAppend(&text, "\n    ", server->Describe());
  }
  for (const auto& worker : workers_) {
    absl::StrAppend(&text, "\n    ", worker->Describe());
  }
  Problem(std::move(text));
}

void Simulation::CheckEnd() {
  const CoordinatorCore::Job* job = coordinator_->core().FindJob("");
  if (job->state != v1::JOB_STATE_SUCCEEDED) {
    return Problem(absl::StrCat("the job ended as ",
                                v1::JobState_Name(job->state), ": ",
                                job->error.ToString()));
  }
  if (!remains_.model.has_value()) return Problem("there is no model");
  const std::string wrong = jobs_.Check(scenario_.job, *remains_.model);
  if (!wrong.empty()) Problem(wrong);
  if (job->run == nullptr) return;  // it had ended before a restart
  const uint64_t last = job->run->last_checkpoint();
  result_.checkpoints = last;
  if (last == 0) return;
  // Even if now the power fails everywhere.
  for (NodeId node = 1; node <= world_.last_node; ++node) {
    world_.disk.LosePower(node);
  }
  const absl::StatusOr<WholeCheckpoint> whole =
      FindNewestCheckpoint("/checkpoints", &coordinator_->disk());
  if (!whole.ok()) {
    Problem(std::string(whole.status().message()));
  } else if (whole->manifest.number() != last) {
    Problem(absl::StrCat("checkpoint ", last, " was complete, but only ",
                         whole->manifest.number(), " is whole"));
  }
}

RunResult Simulation::Run() {
  result_.scenario = scenario_.Describe();
  world_.Trace("scenario", result_.scenario);
  world_.network.SetFaults(scenario_.network);
  world_.network.Observe([this](const std::string& address,
                                const std::string& method,
                                const grpc::ByteBuffer& request) {
    if (method != kPushMethod) return;
    v1::PushRequest push;
    if (!ReceivedMessage::Decode(request, {}, &push).ok()) return;
    OnPushed(address, push);
  });
  StartCoordinator();
  const auto soon = [this] { return world_.About(absl::Milliseconds(50)); };
  for (int i = 0; i < scenario_.servers; ++i) {
    In(soon(), [this, i] { StartServer(absl::StrCat("server-", i, ":7000")); });
  }
  for (int i = 0; i < scenario_.workers; ++i) {
    In(soon(), [this, i] { StartWorker(absl::StrCat("worker-", i)); });
  }
  In(absl::ZeroDuration(), [this] {
    coordinator_->Use([&](CoordinatorCore& core, absl::Time now) {
      const auto job = core.Submit(jobs_.Spec(scenario_.job), now);
      if (!job.ok()) Problem(job.status().ToString());
    });
  });
  for (const Fault& fault : scenario_.faults) {
    At(fault.at, [this, fault] { Strike(fault); });
  }
  At(scenario_.calm_at, [this] { Calm(); });
  Look();
  const absl::Duration end = scenario_.calm_at + scenario_.patience;
  while (!ended() && result_.problems.empty() &&
         world_.events.elapsed() < end && world_.events.RunNext()) {
  }
  for (const std::string& problem : remains_.problems) Problem(problem);
  if (ended()) {
    CheckEnd();
  } else if (result_.problems.empty()) {
    Hung();
  }
  result_.simulated = world_.events.elapsed();
  result_.messages = world_.network.messages();
  result_.rewinds = remains_.events["rewinding"];
  result_.moves = remains_.events["slots_moved"];
  result_.takeovers = remains_.events["replica_took_over"];
  workers_.clear();
  servers_.clear();
  coordinator_ = nullptr;
  return std::move(result_);
}

}  // namespace

RunResult Simulate(uint64_t seed, SimulatedJobs* jobs, ThreadPool* pool,
                   const RunOptions& options) {
  return Simulation(seed, jobs, pool, options).Run();
}

}  // namespace lineup::simulation

#include "tests/simulation/simulated_worker.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "glog/logging.h"

namespace lineup::simulation {

SimulatedWorker::SimulatedWorker(World* world, std::string name,
                                 std::string machine,
                                 std::function<void(NodeId)> left)
    : world_(*world),
      name_(std::move(name)),
      machine_(std::move(machine)),
      node_(world->NewNode()) {
  RemoteWorkerServices::Options services;
  services.seed = world->random() | 1;
  services.dial = [this](const Address& address) {
    return world_.network.Dial(node_, machine_, address.ToString());
  };
  services_ = std::make_unique<RemoteWorkerServices>(
      world->network.Dial(node_, machine_, kCoordinatorAddress), services,
      &world->events.clock(), &world->pool);
  WorkerCore::Options options;
  options.job.cache_dir.clear();
  WorkerCore::Environment environment;
  environment.services = services_.get();
  environment.io_pool = &world->pool;
  environment.compute_pool = &world->pool;
  environment.wake = [this](const auto& activity) {
    if (world_.events.HasEnded(node_)) return;
    core_->Woken(activity);
    Work();
  };
  environment.news = [this] {
    if (!world_.events.HasEnded(node_)) link_->Wake();
  };
  core_ = std::make_unique<WorkerCore>(options, std::move(environment));
  link_ = std::make_unique<SimulatedLink>(
      world, node_, machine_, [this] { return MakeReport(); },
      [this](const v1::NodeOrders& orders) { OnOrders(orders); },
      std::move(left));
}

SimulatedWorker::~SimulatedWorker() {
  world_.events.End(node_);
  const auto activities = core_->Stop();
  world_.network.End(node_);
  for (const auto& activity : activities) CHECK(activity->idle());
}

v1::NodeReport SimulatedWorker::MakeReport() const {
  v1::NodeReport report;
  report.set_node_id(name_);
  report.set_role(v1::NODE_ROLE_WORKER);
  report.set_address(machine_);
  *report.mutable_worker() = core_->Report(world_.events.now());
  return report;
}

void SimulatedWorker::OnOrders(const v1::NodeOrders& orders) {
  core_->OnOrders(orders, world_.events.now());
  Work();
}

void SimulatedWorker::Work() {
  if (working_ || !core_->has_work()) return;
  working_ = true;
  world_.events.After(absl::ZeroDuration(), node_, [this] {
    const std::shared_ptr<WorkerCore::Activity> activity = core_->TakeWork();
    if (activity == nullptr) {
      working_ = false;
      return;
    }
    activity->Advance();
    // What happens meanwhile happens while the thread computes.
    const absl::Duration busy = world_.About(world_.step_time);
    world_.events.After(busy, node_, [this, activity, busy] {
      core_->Advanced(activity, busy);
      working_ = false;
      Work();
    });
  });
}

std::string SimulatedWorker::Describe() const {
  std::string text = absl::StrCat(name_, ": ");
  const v1::WorkerReport report = core_->Report(world_.events.now());
  absl::StrAppend(&text, report.job());
  if (report.has_error()) {
    absl::StrAppend(&text, ", error: ", report.error().message());
  }
  if (!link_->refused().empty()) {
    absl::StrAppend(&text, ", refused: ", link_->refused());
  }
  for (const v1::WorkerLane& lane : report.lanes()) {
    absl::StrAppend(&text, "; lane ", lane.lane(), " at ", lane.clock(), " ",
                    v1::WorkerLane::State_Name(lane.state()), " waits for ",
                    lane.why_waiting(), " ", lane.error().message());
  }
  return text;
}

}  // namespace lineup::simulation

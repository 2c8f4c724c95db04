#include "tests/simulation/simulated_coordinator.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/checkpoint/checkpoint_directory.h"
#include "common/job/job_codec.h"
#include "common/rpc/message_codec.h"
#include "coordinator/job_result.h"
#include "coordinator/node_messages.h"
#include "glog/logging.h"
#include "worker/remote_worker_services.h"

namespace lineup::simulation {
namespace {

constexpr absl::Duration kTick = absl::Milliseconds(100);
// A plan, an export, or reading or writing a manifest.
constexpr absl::Duration kWorkTime = absl::Milliseconds(20);
constexpr uint32_t kKeepCheckpoints = 2;

}  // namespace

SimulatedCoordinator::SimulatedCoordinator(World* world, absl::Duration lease,
                                           CoordinatorRemains* remains,
                                           CoordinatorObserver observer)
    : world_(*world),
      remains_(*remains),
      observer_(std::move(observer)),
      node_(world->NewNode()),
      disk_(world->disk.Mount(node_)) {
  CoordinatorCore::Options options;
  options.id = world->random() | 1;
  options.lease = lease;
  core_ = std::make_unique<CoordinatorCore>(options);
  CHECK_EQ(core_->GoOn(remains_.journal, world->events.now()),
           absl::OkStatus());
  // The numbers of this process are taken before any is used.
  ApplyRecords(core_->TakeRecords(), &remains_.journal);
  told_events_ = core_->events().last();
  world->network.Listen(
      kCoordinatorAddress, node_,
      [this](const std::string& method, const grpc::ByteBuffer& request,
             SimulatedNetwork::Reply reply) {
        OnCall(method, request, std::move(reply));
      });
  Tick();
}

SimulatedCoordinator::~SimulatedCoordinator() {
  world_.events.End(node_);
  world_.network.End(node_);
}

void SimulatedCoordinator::Tick() {
  Use([](CoordinatorCore& core, absl::Time now) { core.Tick(now); });
  world_.events.After(kTick, node_, [this] { Tick(); });
}

void SimulatedCoordinator::Use(
    absl::FunctionRef<void(CoordinatorCore&, absl::Time now)> use) {
  if (world_.events.HasEnded(node_)) return;
  use(*core_, world_.events.now());
  if (died_) {
    world_.events.End(node_);
    return std::exchange(died_, nullptr)();
  }
  ApplyRecords(core_->TakeRecords(), &remains_.journal);
  StartWork();
  TellEvents();
  AnswerWaiting();
}

void SimulatedCoordinator::TellEvents() {
  while (const v1::Event* event = core_->events().Next(told_events_)) {
    told_events_ = event->number();
    ++remains_.events[event->kind()];
    observer_.on_event(*event);
    world_.Trace("coordinator", event->text());
    // What was complete once must not be lost.
    if (event->kind() == "checkpoint_damaged") {
      remains_.problems.push_back(event->text());
    }
  }
}

void SimulatedCoordinator::StartWork() {
  for (const CoordinatorCore::Work& work : core_->TakeWork()) {
    world_.events.After(world_.About(kWorkTime), node_, [this, work] {
      if (work.action.has_value()) {
        Act(work.job, *work.action);
      } else {
        Plan(work.job);
      }
    });
  }
}

void SimulatedCoordinator::Plan(const std::string& job) {
  CoordinatorCore::Plan plan;
  plan.spec = core_->FindJob(job)->spec;
  const bool again = core_->FindJob(job)->restarting();
  const auto make = [&]() -> absl::Status {
    absl::StatusOr<JobSpec> spec = DecodeJobSpec(plan.spec);
    if (!spec.ok()) return spec.status();
    absl::StatusOr<JobPlan> made = PlanJob(*spec);
    if (!made.ok()) return made.status();
    plan.plan = std::make_unique<const JobPlan>(*std::move(made));
    if (plan.spec.checkpoint_dir().empty() || again) return absl::OkStatus();
    return PrepareCheckpointDirectory(plan.spec.checkpoint_dir(), disk_.get());
  };
  const absl::Status status = make();
  Use([&](CoordinatorCore& core, absl::Time now) {
    if (status.ok()) {
      core.Planned(job, std::move(plan), now);
    } else {
      core.Planned(job, status, now);
    }
  });
}

void SimulatedCoordinator::Act(const std::string& job,
                               const ClusterJob::Action& action) {
  const v1::JobSpec spec = core_->FindJob(job)->spec;
  const auto tell = [&](absl::FunctionRef<void(ClusterJob&, absl::Time)> what) {
    Use([&](CoordinatorCore& core, absl::Time now) {
      core.Acted(
          job, [&](ClusterJob& run) { what(run, now); }, now);
    });
  };
  switch (action.kind) {
    case ClusterJob::Action::Kind::kCopyWeights:
      return StartCopy(job, action.id);
    case ClusterJob::Action::Kind::kExport:
      return Export(job, action.id);
    case ClusterJob::Action::Kind::kLoadCheckpoint: {
      absl::StatusOr<WholeCheckpoint> checkpoint =
          FindNewestCheckpoint(spec.checkpoint_dir(), disk_.get());
      return tell([&](ClusterJob& run, absl::Time) {
        run.Loaded(action.id, std::move(checkpoint));
      });
    }
    case ClusterJob::Action::Kind::kCompleteCheckpoint: {
      const absl::Status status =
          CompleteCheckpoint(spec.checkpoint_dir(), action.manifest,
                             kKeepCheckpoints, disk_.get());
      return tell([&](ClusterJob& run, absl::Time now) {
        run.CheckpointCompleted(action.manifest.number(), status, now);
      });
    }
    case ClusterJob::Action::Kind::kRemoveCheckpoint:
      RemoveCheckpoint(spec.checkpoint_dir(), action.manifest.number(),
                       disk_.get())
          .IgnoreError();
      return;
  }
}

void SimulatedCoordinator::StartCopy(const std::string& job, uint64_t action) {
  if (Running(job) == nullptr) return;
  const ClusterJob& run = *Running(job);
  const auto copy = std::make_shared<Copy>();
  copy->job = job;
  copy->action = action;
  copy->columns = run.machine().setup().columns;
  copy->candidate = run.machine().best_candidate();
  copy->num_features = run.num_features();
  copy->rows = RowSet::Range(0, copy->num_features + 1);
  copy->weights.resize(copy->rows.size() * copy->columns.outputs());
  RemoteParameterClientOptions options;
  options.seed = world_.random();
  options.dial = [this](const Address& address) {
    return world_.network.Dial(node_, kCoordinatorAddress, address.ToString());
  };
  absl::StatusOr<ParameterRouting> routing =
      MakeParameterRouting(job, run.routing());
  auto client = routing.ok() ? RemoteParameterClient::Create(
                                   *routing, copy->columns, options,
                                   &world_.events.clock(), &world_.pool)
                             : routing.status();
  if (!client.ok()) return EndCopy(copy, client.status());
  copy->client = *std::move(client);
  copies_.push_back(copy);
  copy->client->Peek(copy->rows, copy->candidate, copy->weights.data(),
                     [this, copy](absl::Status status) {
                       if (world_.events.HasEnded(node_)) return;
                       // The client must not go within its own callback.
                       world_.events.After(
                           absl::ZeroDuration(), node_,
                           [this, copy, status] { EndCopy(copy, status); });
                     });
}

void SimulatedCoordinator::EndCopy(const std::shared_ptr<Copy>& copy,
                                   const absl::Status& status) {
  copies_.remove(copy);
  absl::StatusOr<CandidateWeights> weights = CandidateWeights();
  if (!status.ok()) {
    weights = status;
  } else {
    weights = CopyCandidate(
        copy->columns, copy->candidate, copy->num_features,
        [&](const RowSet&, std::optional<size_t>, float* out) {
          std::copy(copy->weights.begin(), copy->weights.end(), out);
          return absl::OkStatus();
        });
  }
  Use([&](CoordinatorCore& core, absl::Time now) {
    core.Acted(
        copy->job,
        [&](ClusterJob& run) { run.Kept(copy->action, std::move(weights)); },
        now);
  });
}

void SimulatedCoordinator::Export(const std::string& job, uint64_t action) {
  const ClusterJob* const run = Running(job);
  if (run == nullptr) return;
  absl::StatusOr<LinearModel> model = MakeModel(run->plan(), run->machine());
  if (model.ok()) remains_.model = *model;
  Use([&](CoordinatorCore& core, absl::Time now) {
    core.Acted(
        job, [&](ClusterJob& run) { run.Exported(action, model.status()); },
        now);
  });
}

const ClusterJob* SimulatedCoordinator::Running(const std::string& job) const {
  const CoordinatorCore::Job* running = core_->running();
  return running == nullptr || running->id != job ? nullptr
                                                  : running->run.get();
}

void SimulatedCoordinator::OnCall(const std::string& method,
                                  const grpc::ByteBuffer& request,
                                  SimulatedNetwork::Reply reply) {
  const std::string name = method.substr(method.rfind('/') + 1);
  if (name == "Report") {
    v1::NodeReport report;
    const absl::Status status =
        ReceivedMessage::Decode(request, {}, &report).status();
    if (!status.ok()) return reply(status);
    return OnReport(report, std::move(reply));
  }
  if (name == "GetJobSetup") {
    v1::GetJobSetupRequest decoded;
    const absl::Status status =
        ReceivedMessage::Decode(request, {}, &decoded).status();
    if (!status.ok()) return reply(status);
    const auto job = FindRun(*core_, decoded.job());
    if (!job.ok()) return reply(job.status());
    return reply(EncodeMessage(MakeJobSetup(**job), {}));
  }
  if (name == "GetKeptModel") {
    v1::GetKeptModelRequest decoded;
    const absl::Status status =
        ReceivedMessage::Decode(request, {}, &decoded).status();
    if (!status.ok()) return reply(status);
    const auto job = FindRun(*core_, decoded.job());
    if (!job.ok()) return reply(job.status());
    return reply(EncodeMessage(MakeKeptModel(**job), {}));
  }
  reply(absl::UnimplementedError(absl::StrCat("no such method: ", method)));
}

void SimulatedCoordinator::OnReport(const v1::NodeReport& report,
                                    SimulatedNetwork::Reply reply) {
  observer_.on_report(report);
  absl::Status status;
  Use([&](CoordinatorCore& core, absl::Time now) {
    status = core.OnReport(report, now);
  });
  if (world_.events.HasEnded(node_)) return;
  if (!status.ok()) return reply(status);
  const v1::NodeOrders& orders = core_->Orders(report.node_id());
  const uint64_t version = core_->OrdersVersionOf(report);
  if (orders.version() > version || report.wait_ms() == 0) {
    return reply(EncodeMessage(orders, {}));
  }
  const absl::Time now = world_.events.now();
  for (Waiting& waiting : waiting_) {
    if (waiting.node == report.node_id()) waiting.until = now;
  }
  waiting_.push_back(
      {report.node_id(), version,
       now + std::min(core_->lease() / 4, absl::Milliseconds(report.wait_ms())),
       std::move(reply)});
}

void SimulatedCoordinator::AnswerWaiting() {
  const absl::Time now = world_.events.now();
  for (auto it = waiting_.begin(); it != waiting_.end();) {
    const v1::NodeOrders& orders = core_->Orders(it->node);
    if (orders.version() > it->orders_version || now >= it->until) {
      it->reply(EncodeMessage(orders, {}));
      it = waiting_.erase(it);
    } else {
      ++it;
    }
  }
}

}  // namespace lineup::simulation

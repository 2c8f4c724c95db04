#include "coordinator/coordinator_host.h"

#include <utility>

#include "common/base/status_macros.h"
#include "common/job/job_codec.h"
#include "common/model/model_directory.h"
#include "common/rpc/retry.h"
#include "coordinator/job_result.h"
#include "glog/logging.h"

namespace lineup {
namespace {

// How often leases and waiting calls are looked at.
constexpr absl::Duration kTick = absl::Milliseconds(100);
// For plans, copies and exports.
constexpr int kWorkThreads = 3;

absl::StatusOr<std::unique_ptr<const JobPlan>> MakePlan(
    const v1::JobSpec& message) {
  LINEUP_ASSIGN_OR_RETURN(const JobSpec spec, DecodeJobSpec(message));
  // Paths mean the coordinator's files, not those of whoever submits.
  LINEUP_RETURN_IF_ERROR(
      WithContext("--output, where the coordinator runs",
                  CheckModelDirectoryWritable(message.output())));
  absl::StatusOr<JobPlan> plan = PlanJob(spec);
  if (absl::IsNotFound(plan.status()) ||
      absl::IsPermissionDenied(plan.status())) {
    return WithContext("where the coordinator runs", plan.status());
  }
  LINEUP_RETURN_IF_ERROR(plan.status());
  return std::make_unique<const JobPlan>(*std::move(plan));
}

}  // namespace

CoordinatorHost::CoordinatorHost(const CoordinatorCore::Options& options,
                                 const Clock* clock, CopyWeights copy_weights)
    : clock_(*clock),
      copy_weights_(std::move(copy_weights)),
      core_(options),
      workers_(kWorkThreads + 1) {
  ticker_ = std::thread([this] { Tick(); });
}

CoordinatorHost::~CoordinatorHost() {
  {
    MutexLock lock(&tick_mutex_);
    stopping_ = true;
    tick_.SignalAll();
  }
  ticker_.join();
}

void CoordinatorHost::Tick() {
  for (;;) {
    {
      MutexLock lock(&tick_mutex_);
      if (!stopping_) tick_.WaitWithTimeout(&tick_mutex_, kTick);
      if (stopping_) return;
    }
    Use([](CoordinatorCore& core, absl::Time now) { core.Tick(now); });
  }
}

void CoordinatorHost::Use(
    absl::FunctionRef<void(CoordinatorCore&, absl::Time now)> use) {
  {
    MutexLock lock(&mutex_);
    use(core_, clock_.Now());
    StartWork();
  }
  TellSubscribers();
}

void CoordinatorHost::Read(
    absl::FunctionRef<void(const CoordinatorCore&)> read) {
  MutexLock lock(&mutex_);
  read(core_);
}

void CoordinatorHost::StartWork() {
  for (const CoordinatorCore::Work& work : core_.TakeWork()) {
    switch (work.kind) {
      case CoordinatorCore::Work::Kind::kPlan:
        workers_.Schedule([this, job = work.job] { Plan(job); });
        break;
      case CoordinatorCore::Work::Kind::kCopyWeights:
        workers_.Schedule([this, job = work.job] { Copy(job); });
        break;
      case CoordinatorCore::Work::Kind::kExport:
        workers_.Schedule([this, job = work.job] { Export(job); });
        break;
    }
  }
}

void CoordinatorHost::Plan(const std::string& job) {
  v1::JobSpec spec;
  Use([&](CoordinatorCore& core, absl::Time) {
    spec = core.FindJob(job)->spec;
  });
  absl::StatusOr<std::unique_ptr<const JobPlan>> plan = MakePlan(spec);
  Use([&](CoordinatorCore& core, absl::Time now) {
    core.Planned(job, std::move(plan), now);
  });
}

void CoordinatorHost::Copy(const std::string& job) {
  CopyRequest request;
  bool wanted = false;
  Use([&](CoordinatorCore& core, absl::Time) {
    const CoordinatorCore::Job* found = core.FindJob(job);
    if (found == nullptr || found != core.running()) return;
    const ClusterJob& run = *found->run;
    wanted = true;
    request.job = job;
    request.routing = run.routing();
    request.columns = run.machine().setup().columns;
    request.candidate = run.machine().best_candidate();
    request.num_features = run.num_features();
  });
  if (!wanted) return;
  absl::StatusOr<CandidateWeights> weights = copy_weights_(request);
  Use([&](CoordinatorCore& core, absl::Time now) {
    core.Copied(job, std::move(weights), now);
  });
}

void CoordinatorHost::Export(const std::string& job) {
  absl::Status status = absl::OkStatus();
  LinearModel model;
  ModelDocument document;
  std::string output;
  bool wanted = false;
  Use([&](CoordinatorCore& core, absl::Time) {
    const CoordinatorCore::Job* found = core.FindJob(job);
    if (found == nullptr || found != core.running()) return;
    const ClusterJob& run = *found->run;
    wanted = true;
    output = found->spec.output();
    absl::StatusOr<LinearModel> made = MakeModel(run.plan(), run.machine());
    status = made.status();
    if (!made.ok()) return;
    model = *std::move(made);
    document = MakeDocument(run.plan(), run.machine(), run.bad_records());
  });
  if (!wanted) return;
  if (status.ok()) status = WriteModelDirectory(output, document, model);
  Use([&](CoordinatorCore& core, absl::Time now) {
    core.Exported(job, status, now);
  });
}

CoordinatorHost::Subscription CoordinatorHost::Subscribe(
    std::function<void()> changed) {
  MutexLock lock(&subscribers_mutex_);
  return subscribers_.insert(subscribers_.end(), std::move(changed));
}

void CoordinatorHost::Unsubscribe(Subscription subscription) {
  MutexLock lock(&subscribers_mutex_);
  subscribers_.erase(subscription);
}

void CoordinatorHost::TellSubscribers() {
  MutexLock lock(&subscribers_mutex_);
  for (const std::function<void()>& subscriber : subscribers_) subscriber();
}

}  // namespace lineup

#include "coordinator/coordinator_host.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/failpoint.h"
#include "common/base/status_macros.h"
#include "common/checkpoint/checkpoint_directory.h"
#include "common/job/job_codec.h"
#include "common/model/model_directory.h"
#include "common/rpc/retry.h"
#include "coordinator/job_result.h"
#include "glog/logging.h"

namespace lineup {
namespace {

// How often leases and waiting calls are looked at.
constexpr absl::Duration kTick = absl::Milliseconds(100);
// For plans, copies, exports and checkpoints.
constexpr int kWorkThreads = 3;
// If the job does not say how many.
constexpr uint32_t kKeepCheckpoints = 2;

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

absl::StatusOr<CoordinatorCore::Plan> PlanNew(const v1::JobSpec& spec) {
  CoordinatorCore::Plan plan;
  plan.spec = spec;
  LINEUP_ASSIGN_OR_RETURN(plan.plan, MakePlan(spec));
  if (!spec.checkpoint_dir().empty()) {
    LINEUP_RETURN_IF_ERROR(PrepareCheckpointDirectory(spec.checkpoint_dir()));
  }
  return plan;
}

// Of a job that goes on from its checkpoints; `asked` may change some things.
absl::StatusOr<CoordinatorCore::Plan> PlanResumed(const std::string& directory,
                                                  const v1::JobSpec& asked) {
  CoordinatorCore::Plan plan;
  LINEUP_ASSIGN_OR_RETURN(plan.checkpoint, FindNewestCheckpoint(directory));
  LINEUP_ASSIGN_OR_RETURN(const std::vector<uint64_t> numbers,
                          ListCheckpoints(directory));
  plan.last_checkpoint = numbers.back();
  plan.spec = plan.checkpoint->manifest.spec();
  plan.spec.set_checkpoint_dir(directory);
  plan.spec.set_min_servers(asked.min_servers());
  plan.spec.set_min_workers(asked.min_workers());
  if (!asked.output().empty()) plan.spec.set_output(asked.output());
  LINEUP_ASSIGN_OR_RETURN(plan.plan, MakePlan(plan.spec));
  if (DataFingerprint(*plan.plan) !=
      plan.checkpoint->manifest.data_fingerprint()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the training data has changed since the checkpoint ",
        plan.checkpoint->path,
        ": its files must be those that the job began with, complete and "
        "unchanged"));
  }
  return plan;
}

// Of a job that goes on after a restart.
absl::StatusOr<CoordinatorCore::Plan> PlanAgain(const v1::JobSpec& spec) {
  CoordinatorCore::Plan plan;
  plan.spec = spec;
  LINEUP_ASSIGN_OR_RETURN(plan.plan, MakePlan(spec));
  return plan;
}

// Null if it does not run (any more).
const CoordinatorCore::Job* RunningJob(const CoordinatorCore& core,
                                       const std::string& job) {
  const CoordinatorCore::Job* const found = core.FindJob(job);
  return found == core.running() ? found : nullptr;
}

}  // namespace

absl::StatusOr<std::unique_ptr<CoordinatorHost>> CoordinatorHost::Create(
    const CoordinatorCore::Options& options, const Clock* clock,
    CopyWeights copy_weights, std::unique_ptr<Journal> journal) {
  auto core = std::make_unique<CoordinatorCore>(options);
  if (journal != nullptr) {
    LINEUP_ASSIGN_OR_RETURN(const JournalContents contents, journal->Read());
    LINEUP_RETURN_IF_ERROR(core->GoOn(contents, clock->Now()));
    // The numbers of this process are taken before any is used.
    LINEUP_RETURN_IF_ERROR(journal->Write(core->TakeRecords()));
  }
  auto host = std::unique_ptr<CoordinatorHost>(new CoordinatorHost(
      std::move(core), std::move(journal), clock, std::move(copy_weights)));
  return host;
}

CoordinatorHost::CoordinatorHost(std::unique_ptr<CoordinatorCore> core,
                                 std::unique_ptr<Journal> journal,
                                 const Clock* clock, CopyWeights copy_weights)
    : clock_(*clock),
      copy_weights_(std::move(copy_weights)),
      core_(std::move(core)),
      journal_(std::move(journal)),
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
    (void)Use([](CoordinatorCore& core, absl::Time now) { core.Tick(now); });
  }
}

absl::Status CoordinatorHost::WriteJournal() {
  if (journal_ == nullptr) return absl::OkStatus();
  const absl::Status status = journal_->Write(core_->TakeRecords());
  if (status.ok()) return status;
  LOG(ERROR) << status.message();
  failure_ = absl::UnavailableError(status.message());
  return failure_;
}

absl::Status CoordinatorHost::Use(
    absl::FunctionRef<void(CoordinatorCore&, absl::Time now)> use) {
  absl::Status status;
  {
    MutexLock lock(&mutex_);
    LINEUP_RETURN_IF_ERROR(failure_);
    use(*core_, clock_.Now());
    status = WriteJournal();
    if (status.ok()) StartWork();
  }
  TellSubscribers();
  return status;
}

absl::Status CoordinatorHost::Change(
    absl::FunctionRef<absl::Status(CoordinatorCore&, absl::Time now)> change) {
  absl::Status changed;
  const absl::Status used = Use([&](CoordinatorCore& core, absl::Time now) {
    changed = change(core, now);
  });
  return used.ok() ? changed : used;
}

absl::Status CoordinatorHost::Read(
    absl::FunctionRef<void(const CoordinatorCore&)> read) {
  MutexLock lock(&mutex_);
  LINEUP_RETURN_IF_ERROR(failure_);
  read(*core_);
  return absl::OkStatus();
}

absl::Status CoordinatorHost::failure() {
  MutexLock lock(&mutex_);
  return failure_;
}

void CoordinatorHost::StartWork() {
  for (const CoordinatorCore::Work& work : core_->TakeWork()) {
    workers_.Schedule([this, work] {
      if (work.action.has_value()) {
        Act(work.job, *work.action);
      } else {
        Plan(work.job);
      }
    });
  }
}

void CoordinatorHost::Plan(const std::string& job) {
  v1::JobSpec spec;
  std::string resume_from;
  bool restarting = false;
  (void)Read([&](const CoordinatorCore& core) {
    const CoordinatorCore::Job* found = core.FindJob(job);
    if (found == nullptr) return;  // was stopped and is forgotten
    spec = found->spec;
    resume_from = found->resume_from;
    restarting = found->restarting();
  });
  absl::StatusOr<CoordinatorCore::Plan> plan =
      restarting            ? PlanAgain(spec)
      : resume_from.empty() ? PlanNew(spec)
                            : PlanResumed(resume_from, spec);
  (void)Use([&](CoordinatorCore& core, absl::Time now) {
    core.Planned(job, std::move(plan), now);
  });
}

void CoordinatorHost::Act(const std::string& job,
                          const ClusterJob::Action& action) {
  switch (action.kind) {
    case ClusterJob::Action::Kind::kCopyWeights:
      return Copy(job, action.id);
    case ClusterJob::Action::Kind::kExport:
      return Export(job, action.id);
    case ClusterJob::Action::Kind::kLoadCheckpoint:
      return LoadCheckpoint(job, action.id);
    case ClusterJob::Action::Kind::kCompleteCheckpoint:
      return CompleteCheckpoint(job, action.manifest);
    case ClusterJob::Action::Kind::kRemoveCheckpoint: {
      const absl::Status status = RemoveCheckpoint(SpecOf(job).checkpoint_dir(),
                                                   action.manifest.number());
      if (!status.ok()) LOG(WARNING) << job << ": " << status.message();
      return;
    }
  }
}

v1::JobSpec CoordinatorHost::SpecOf(const std::string& job) {
  v1::JobSpec spec;
  (void)Read([&](const CoordinatorCore& core) {
    const CoordinatorCore::Job* found = core.FindJob(job);
    if (found != nullptr) spec = found->spec;
  });
  return spec;
}

void CoordinatorHost::LoadCheckpoint(const std::string& job, uint64_t action) {
  absl::StatusOr<WholeCheckpoint> checkpoint =
      FindNewestCheckpoint(SpecOf(job).checkpoint_dir());
  (void)Use([&](CoordinatorCore& core, absl::Time now) {
    core.Acted(
        job,
        [&](ClusterJob& run) { run.Loaded(action, std::move(checkpoint)); },
        now);
  });
}

void CoordinatorHost::CompleteCheckpoint(const std::string& job,
                                         const v1::CheckpointManifest& noted) {
  const v1::JobSpec spec = SpecOf(job);
  v1::CheckpointManifest manifest = noted;
  manifest.set_written_unix_ms(absl::ToUnixMillis(clock_.Now()));
  const absl::Status status = lineup::CompleteCheckpoint(
      spec.checkpoint_dir(), manifest,
      spec.keep_checkpoints() == 0 ? kKeepCheckpoints
                                   : spec.keep_checkpoints());
  (void)Use([&](CoordinatorCore& core, absl::Time now) {
    core.Acted(
        job,
        [&](ClusterJob& run) {
          run.CheckpointCompleted(manifest.number(), status, now);
        },
        now);
  });
}

bool CoordinatorHost::Awaits(const std::string& job, uint64_t action) {
  {
    MutexLock lock(&tick_mutex_);
    if (stopping_) return false;
  }
  bool awaits = false;
  (void)Read([&](const CoordinatorCore& core) {
    const CoordinatorCore::Job* const running = RunningJob(core, job);
    awaits = running != nullptr && running->run->Awaits(action);
  });
  return awaits;
}

void CoordinatorHost::Copy(const std::string& job, uint64_t action) {
  CopyRequest request;
  bool wanted = false;
  (void)Read([&](const CoordinatorCore& core) {
    const CoordinatorCore::Job* const running = RunningJob(core, job);
    if (running == nullptr) return;
    const ClusterJob& run = *running->run;
    wanted = true;
    request.job = job;
    request.routing = run.routing();
    request.columns = run.machine().setup().columns;
    request.candidate = run.machine().best_candidate();
    request.num_features = run.num_features();
  });
  if (!wanted) return;
  request.is_wanted = [this, job, action] { return Awaits(job, action); };
  absl::StatusOr<CandidateWeights> weights = copy_weights_(request);
  (void)Use([&](CoordinatorCore& core, absl::Time now) {
    core.Acted(
        job, [&](ClusterJob& run) { run.Kept(action, std::move(weights)); },
        now);
  });
}

void CoordinatorHost::Export(const std::string& job, uint64_t action) {
  absl::Status status = absl::OkStatus();
  LinearModel model;
  ModelDocument document;
  std::string output;
  bool wanted = false;
  (void)Read([&](const CoordinatorCore& core) {
    const CoordinatorCore::Job* const running = RunningJob(core, job);
    if (running == nullptr) return;
    const ClusterJob& run = *running->run;
    wanted = true;
    output = running->spec.output();
    absl::StatusOr<LinearModel> made = MakeModel(run.plan(), run.machine());
    status = made.status();
    if (!made.ok()) return;
    model = *std::move(made);
    document = MakeDocument(run.plan(), run.machine(), run.bad_records());
  });
  if (!wanted) return;
  if (status.ok()) status = Failpoint("export.before");
  if (status.ok()) status = WriteModelDirectory(output, document, model);
  if (status.ok()) status = Failpoint("export.after");
  (void)Use([&](CoordinatorCore& core, absl::Time now) {
    core.Acted(
        job, [&](ClusterJob& run) { run.Exported(action, status); }, now);
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

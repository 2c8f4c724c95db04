#include "coordinator/jobs_service.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status_macros.h"
#include "common/job/job_codec.h"
#include "common/rpc/errors.h"
#include "common/rpc/finish_now.h"
#include "common/rpc/handover.h"
#include "common/rpc/protocol.h"
#include "common/rpc/status.h"
#include "coordinator/status_messages.h"

namespace lineup {
namespace {

// Callers of WatchEvents at a time: each costs an event in memory, and one look
// at the log with every change.
constexpr size_t kMaxWatches = 100;

// What can be said of a job before it is queued.
absl::Status CheckRequest(const v1::SubmitJobRequest& request) {
  const v1::JobSpec& spec = request.spec();
  if (!request.resume_from().empty()) return absl::OkStatus();
  const absl::Status status = DecodeJobSpec(spec).status();
  if (!status.ok()) return status;
  if (spec.train().empty()) {
    return absl::InvalidArgumentError("train: the job names no training data");
  }
  if (spec.output().empty()) {
    return absl::InvalidArgumentError(
        "output: the job does not say where its model goes");
  }
  if (!spec.warm_start().empty()) {
    return absl::InvalidArgumentError(
        "warm_start: jobs on a cluster begin from scratch; continue from a "
        "model with lineup train");
  }
  if (spec.replicas() > 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("replicas: ", spec.replicas(),
                     " were asked for, but a server's slots are kept by one "
                     "other server (1) or by none (0)"));
  }
  return absl::OkStatus();
}

// Whether events can be told from where the caller's end.
absl::Status CheckPlace(const CoordinatorCore& core,
                        const v1::WatchEventsRequest& request) {
  const uint64_t id = request.coordinator_id();
  if (request.after() <= core.events().last() && (id == 0 || id == core.id())) {
    return absl::OkStatus();
  }
  return absl::OutOfRangeError(
      "the events so far were those of another coordinator, or this one was "
      "started anew without its journal (--journal)");
}

absl::Status NoSuchJob(const std::string& job) {
  return absl::NotFoundError(
      job.empty() ? "there is no job yet; lineup submit makes one"
                  : absl::StrCat("there is no job \"", job,
                                 "\"; lineup jobs lists those there are"));
}

}  // namespace

// One caller of WatchEvents. Lives until the call is over and nobody refers to
// it. gRPC may call back from within StartWrite() and Finish(), so both are
// called without the lock; and Finish() only while nothing is being written.
class JobsService::Watch final : public grpc::ServerWriteReactor<v1::Event> {
 public:
  static std::shared_ptr<Watch> Start(JobsService* service, uint64_t after) {
    auto watch = std::shared_ptr<Watch>(new Watch(service, after));
    watch->self_ = watch;
    return watch;
  }

  // Writes the next event, if there is one and none is being written.
  void Pump() {
    {
      MutexLock lock(&mutex_);
      if (writing_ || closing_) return;
      (void)service_.host_.Read([&](const CoordinatorCore& core) {
        mutex_.AssertHeld();
        const v1::Event* const next = core.events().Next(last_);
        if (next == nullptr) return;
        event_ = *next;
        event_.set_coordinator_id(core.id());
        writing_ = true;
      });
      if (!writing_) return;
      last_ = event_.number();
    }
    HandToRpc();
    StartWrite(&event_);
  }

  void Close(const grpc::Status& status) {
    {
      MutexLock lock(&mutex_);
      if (closing_) return;
      closing_ = true;
      status_ = status;
      if (writing_) return;  // then at its end
    }
    HandToRpc();
    Finish(status);
  }

 private:
  Watch(JobsService* service, uint64_t after)
      : service_(*service), last_(after) {}

  void OnWriteDone(bool ok) override {
    TakeFromRpc();
    bool closing;
    {
      MutexLock lock(&mutex_);
      writing_ = false;
      closing = closing_;
    }
    if (closing) {
      HandToRpc();
      Finish(status_);
    } else if (ok) {
      Pump();
    } else {
      Close(grpc::Status::CANCELLED);
    }
  }
  void OnCancel() override { Close(grpc::Status::CANCELLED); }
  void OnDone() override {
    TakeFromRpc();
    service_.Forget(self_);
    self_.reset();  // perhaps the last reference
  }

  JobsService& service_;
  std::shared_ptr<Watch> self_;  // while gRPC refers to it
  Mutex mutex_;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t last_ ABSL_GUARDED_BY(mutex_);
  grpc::Status status_;  // written before closing_ becomes true
  v1::Event event_;
};

JobsService::JobsService(CoordinatorHost* host)
    : host_(*host), subscription_(host->Subscribe([this] { PumpWatches(); })) {}

JobsService::~JobsService() { host_.Unsubscribe(subscription_); }

std::vector<std::shared_ptr<JobsService::Watch>> JobsService::Watches() {
  MutexLock lock(&mutex_);
  return {watches_.begin(), watches_.end()};
}

void JobsService::PumpWatches() {
  for (const std::shared_ptr<Watch>& watch : Watches()) watch->Pump();
}

void JobsService::CloseWatches() {
  for (const std::shared_ptr<Watch>& watch : Watches()) {
    watch->Close(grpc::Status(grpc::StatusCode::UNAVAILABLE,
                              "the coordinator is shutting down"));
  }
}

void JobsService::Forget(const std::shared_ptr<Watch>& watch) {
  MutexLock lock(&mutex_);
  watches_.erase(watch);
}

grpc::ServerWriteReactor<v1::Event>* JobsService::WatchEvents(
    grpc::CallbackServerContext*, const v1::WatchEventsRequest* request) {
  TakeFromRpc();
  const std::shared_ptr<Watch> watch = Watch::Start(this, request->after());
  absl::Status status;
  const absl::Status could_read = host_.Read([&](const CoordinatorCore& core) {
    status = CheckPlace(core, *request);
  });
  bool too_many;
  {
    MutexLock lock(&mutex_);
    too_many = watches_.size() >= kMaxWatches;
    if (!too_many) watches_.insert(watch);
  }
  if (too_many) {
    watch->Close(ToGrpcStatus(LimitExceededError(
        absl::StrCat("events are watched by ", kMaxWatches,
                     " callers already; end one of those calls"),
        kMaxWatches)));
  } else if (!could_read.ok() || !status.ok()) {
    watch->Close(ToGrpcStatus(could_read.ok() ? status : could_read));
  } else {
    watch->Pump();
  }
  return watch.get();
}

grpc::ServerUnaryReactor* JobsService::SubmitJob(
    grpc::CallbackServerContext* context, const v1::SubmitJobRequest* request,
    v1::SubmitJobResponse* response) {
  TakeFromRpc();
  const uint32_t version = request->protocol_version();
  if (version != 0 && version != kProtocolVersion) {
    return FinishNow(context, VersionMismatchError(version, kProtocolVersion));
  }
  const absl::Status status = CheckRequest(*request);
  if (!status.ok()) return FinishNow(context, status);
  const auto submit = [&](CoordinatorCore& core,
                          absl::Time now) -> absl::Status {
    LINEUP_ASSIGN_OR_RETURN(
        const std::string job,
        core.Resume(request->resume_from(), request->spec(), now));
    response->set_job(job);
    response->set_jobs_ahead(core.JobsAhead(job));
    return absl::OkStatus();
  };
  return FinishNow(context, host_.Change(submit));
}

grpc::ServerUnaryReactor* JobsService::StopJob(
    grpc::CallbackServerContext* context, const v1::StopJobRequest* request,
    v1::StopJobResponse*) {
  TakeFromRpc();
  const auto change = [&](CoordinatorCore& core, absl::Time now) {
    return core.Stop(request->job(), request->discard(), now);
  };
  return FinishNow(context, host_.Change(change));
}

grpc::ServerUnaryReactor* JobsService::TakeCheckpoint(
    grpc::CallbackServerContext* context,
    const v1::TakeCheckpointRequest* request, v1::TakeCheckpointResponse*) {
  TakeFromRpc();
  const auto change = [&](CoordinatorCore& core, absl::Time now) {
    return core.TakeCheckpoint(request->job(), now);
  };
  return FinishNow(context, host_.Change(change));
}

grpc::ServerUnaryReactor* JobsService::ListJobs(
    grpc::CallbackServerContext* context, const v1::ListJobsRequest*,
    v1::ListJobsResponse* response) {
  TakeFromRpc();
  const absl::Status status = host_.Read([&](const CoordinatorCore& core) {
    for (const auto& job : core.jobs()) {
      *response->add_jobs() = JobStatusOf(core, *job, host_.Now());
    }
  });
  return FinishNow(context, status);
}

absl::Status JobsService::ReadJob(
    const std::string& id,
    absl::FunctionRef<void(const CoordinatorCore&, const CoordinatorCore::Job&)>
        read) {
  absl::Status status;
  const absl::Status could_read = host_.Read([&](const CoordinatorCore& core) {
    const CoordinatorCore::Job* job = core.FindJob(id);
    if (job == nullptr) {
      status = NoSuchJob(id);
    } else {
      read(core, *job);
    }
  });
  return could_read.ok() ? status : could_read;
}

grpc::ServerUnaryReactor* JobsService::GetJob(
    grpc::CallbackServerContext* context, const v1::GetJobRequest* request,
    v1::JobStatus* response) {
  TakeFromRpc();
  return FinishNow(
      context, ReadJob(request->job(), [&](const CoordinatorCore& core,
                                           const CoordinatorCore::Job& job) {
        *response = JobStatusOf(core, job, host_.Now());
      }));
}

grpc::ServerUnaryReactor* JobsService::ListNodes(
    grpc::CallbackServerContext* context, const v1::ListNodesRequest*,
    v1::ListNodesResponse* response) {
  TakeFromRpc();
  const absl::Status status = host_.Read([&](const CoordinatorCore& core) {
    *response = NodesOf(core, host_.Now());
  });
  return FinishNow(context, status);
}

grpc::ServerUnaryReactor* JobsService::ListLanes(
    grpc::CallbackServerContext* context, const v1::ListLanesRequest*,
    v1::ListLanesResponse* response) {
  TakeFromRpc();
  const absl::Status status = host_.Read(
      [&](const CoordinatorCore& core) { *response = LanesOf(core); });
  return FinishNow(context, status);
}

grpc::ServerUnaryReactor* JobsService::ListCandidates(
    grpc::CallbackServerContext* context,
    const v1::ListCandidatesRequest* request,
    v1::ListCandidatesResponse* response) {
  TakeFromRpc();
  return FinishNow(
      context, ReadJob(request->job(), [&](const CoordinatorCore&,
                                           const CoordinatorCore::Job& job) {
        *response = CandidatesOf(job);
      }));
}

grpc::ServerUnaryReactor* JobsService::ListShards(
    grpc::CallbackServerContext* context, const v1::ListShardsRequest* request,
    v1::ListShardsResponse* response) {
  TakeFromRpc();
  return FinishNow(
      context, ReadJob(request->job(), [&](const CoordinatorCore&,
                                           const CoordinatorCore::Job& job) {
        *response = ShardsOf(job);
      }));
}

grpc::ServerUnaryReactor* JobsService::DrainNode(
    grpc::CallbackServerContext* context, const v1::DrainNodeRequest* request,
    v1::DrainNodeResponse*) {
  TakeFromRpc();
  const auto change = [&](CoordinatorCore& core, absl::Time now) {
    return core.Drain(request->node_id(), now);
  };
  return FinishNow(context, host_.Change(change));
}

}  // namespace lineup

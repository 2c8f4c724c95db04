#include "tests/local_cluster.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/job/job_codec.h"
#include "common/job/job_state.h"
#include "common/rpc/test_certificates.h"
#include "glog/logging.h"

namespace lineup {
namespace {

Address AnyPort() { return Address::ParseListening("127.0.0.1:0").value(); }

}  // namespace

LocalCluster::LocalCluster(int servers, absl::Duration lease,
                           const std::string& certificates)
    : certificates_(certificates) {
  CoordinatorProcessOptions options;
  options.core.lease = lease;
  options.security = SecurityOfRole(Role::kCoordinator);
  coordinator_ = CoordinatorProcess::Start(AnyPort(), options, &clock_).value();
  for (int i = 0; i < servers; ++i) AddServer();
  jobs_.emplace(JobsClient::Create(coordinator_->address(),
                                   SecurityOfRole(Role::kOperator))
                    .value());
}

Security LocalCluster::SecurityOfRole(Role role) const {
  return certificates_.empty() ? Security() : SecurityOf(certificates_, role);
}

LocalCluster::~LocalCluster() {
  workers_.clear();
  servers_.clear();
}

int LocalCluster::AddServer() {
  const int number = num_servers_++;
  ClusterServerOptions options{absl::StrCat("server-", number), "",
                               ServerProcessOptions{AnyPort()}};
  options.serving.security = SecurityOfRole(Role::kServer);
  servers_[number] =
      ClusterServer::Start(coordinator_->address(), options, &clock_).value();
  return number;
}

absl::Status LocalCluster::DrainServer(int server) {
  return jobs_->DrainNode(absl::StrCat("server-", server));
}

bool LocalCluster::WaitUntilLeft(int server, absl::Duration timeout) {
  const auto over = servers_[server]->WaitUntilOver(timeout);
  servers_.erase(server);
  return over.has_value() && over->ok();
}

void LocalCluster::GiveUpServer(int server) {
  (void)coordinator_->host().Use([&](CoordinatorCore& core, absl::Time now) {
    core.GiveUp(absl::StrCat("server-", server), now);
  });
}

int LocalCluster::AddWorker(int threads,
                            std::function<void(LaneClock)> before_minibatch) {
  WorkerProcessOptions options;
  options.node_id = absl::StrCat("worker-", ++last_worker_);
  options.host = "localhost";
  options.services.security = SecurityOfRole(Role::kWorker);
  options.node.threads = threads;
  options.node.before_minibatch = std::move(before_minibatch);
  workers_[last_worker_] =
      WorkerProcess::Start(coordinator_->address(), options, &clock_).value();
  return last_worker_;
}

bool LocalCluster::DrainWorker(int worker, absl::Duration timeout) {
  workers_[worker]->Drain();
  const auto over = workers_[worker]->WaitUntilOver(timeout);
  const bool left = over.has_value() && over->ok();
  workers_.erase(worker);
  return left;
}

std::string LocalCluster::Submit(
    const JobSpec& spec, const std::string& output, uint32_t min_workers,
    absl::FunctionRef<void(v1::SubmitJobRequest*)> adjust) {
  v1::SubmitJobRequest request;
  *request.mutable_spec() = EncodeJobSpec(spec);
  request.mutable_spec()->set_output(output);
  request.mutable_spec()->set_min_servers(
      static_cast<uint32_t>(servers_.size()));
  request.mutable_spec()->set_min_workers(min_workers);
  adjust(&request);
  return jobs_->SubmitJob(request).value().job();
}

void LocalCluster::Stop(const std::string& job) {
  v1::StopJobRequest request;
  request.set_job(job);
  const absl::Status status = jobs_->StopJob(request);
  CHECK(status.ok()) << status;
}

std::string LocalCluster::Resume(const std::string& directory,
                                 uint32_t min_workers) {
  v1::SubmitJobRequest request;
  request.set_resume_from(directory);
  request.mutable_spec()->set_min_servers(
      static_cast<uint32_t>(servers_.size()));
  request.mutable_spec()->set_min_workers(min_workers);
  return jobs_->SubmitJob(request).value().job();
}

std::vector<std::string> LocalCluster::EventsOf(const std::string& kind) {
  std::vector<std::string> texts;
  (void)coordinator_->host().Read([&](const CoordinatorCore& core) {
    const EventLog& log = core.events();
    for (const v1::Event* event = log.Next(0); event != nullptr;
         event = log.Next(event->number())) {
      if (event->kind() == kind) texts.push_back(event->text());
    }
  });
  return texts;
}

bool LocalCluster::WaitForEvents(const std::string& job,
                                 const std::string& kind, size_t count,
                                 absl::Duration timeout) {
  const auto are_there = [&](const v1::JobStatus&) {
    return EventsOf(kind).size() >= count;
  };
  WaitFor(job, timeout, are_there);
  return EventsOf(kind).size() >= count;
}

v1::JobStatus LocalCluster::Job(const std::string& job) {
  return jobs_->GetJob(job).value();
}

v1::JobStatus LocalCluster::WaitFor(
    const std::string& job, absl::Duration timeout,
    absl::FunctionRef<bool(const v1::JobStatus&)> is) {
  const absl::Time until = absl::Now() + timeout;
  v1::JobStatus status = Job(job);
  while (!is(status) && !HasEnded(status.state()) && absl::Now() < until) {
    absl::SleepFor(absl::Milliseconds(2));
    status = Job(job);
  }
  return status;
}

v1::JobStatus LocalCluster::WaitForEnd(const std::string& job,
                                       absl::Duration timeout) {
  return WaitFor(job, timeout, [](const v1::JobStatus& status) {
    return HasEnded(status.state());
  });
}

}  // namespace lineup

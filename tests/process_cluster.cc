#include "tests/process_cluster.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "common/job/job_state.h"
#include "common/rpc/channel.h"
#include "common/rpc/role.h"
#include "common/rpc/test_certificates.h"
#include "glog/logging.h"
#include "gtest/gtest.h"

namespace lineup {
namespace {

// How often a condition is looked at.
constexpr absl::Duration kLook = absl::Milliseconds(5);

std::vector<std::string> WithLease(std::vector<std::string> flags,
                                   absl::Duration lease) {
  flags.push_back(
      absl::StrCat("--lease-seconds=", absl::ToDoubleSeconds(lease)));
  return flags;
}

// Certificates, if the environment asks for TLS. Commands find those of an
// operator in the environment.
std::string CertificatesIfAsked() {
  const char* const asked = std::getenv("LINEUP_TEST_TLS");
  if (asked == nullptr || absl::string_view(asked) != "1") return "";
  const std::string directory =
      MakeCertificates(testing::TempDir() + "/certificates");
  const SecurityOptions files = CertificateOptions(directory, "operator");
  setenv("LINEUP_TLS_CA", files.ca_file.c_str(), 1);
  setenv("LINEUP_TLS_CERTIFICATE", files.certificate_file.c_str(), 1);
  setenv("LINEUP_TLS_KEY", files.key_file.c_str(), 1);
  return directory;
}

}  // namespace

ProcessCluster::ProcessCluster(int servers, absl::Duration lease,
                               std::vector<std::string> worker_flags,
                               std::vector<std::string> coordinator_flags)
    : certificates_(CertificatesIfAsked()),
      worker_flags_(std::move(worker_flags)),
      coordinator_flags_(WithLease(std::move(coordinator_flags), lease)) {
  StartCoordinator("127.0.0.1:0");
  for (int s = 0; s < servers; ++s) AddServer();
  jobs_.emplace(
      JobsClient::Create(Address::Parse(address_).value(), OperatorSecurity())
          .value());
}

void ProcessCluster::AddServer(std::vector<std::string> flags) {
  std::vector<std::string> arguments = {"server", "--coordinator=" + address_,
                                        "--listen=127.0.0.1:0", "--threads=1"};
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  servers_.push_back(Start(std::move(arguments)));
  const std::string address =
      servers_.back()->WaitForWord(" listens on ", " and reports");
  CHECK(!address.empty()) << servers_.back()->Output();
  stubs_.push_back(v1::ParameterServer::NewStub(
      OpenChannel(Address::Parse(address).value(), OperatorSecurity(),
                  Role::kServer)
          .value()));
}

int ProcessCluster::Revive() {
  int revived = 0;
  if (coordinator_->HasEnded()) {
    RestartCoordinator();
    ++revived;
  }
  for (size_t s = 1; s < servers_.size(); ++s) {
    if (!servers_[s]->HasEnded()) continue;
    servers_.erase(servers_.begin() + s);
    stubs_.erase(stubs_.begin() + s);
    AddServer();
    ++revived;
  }
  for (const std::string& worker : std::vector<std::string>(workers_)) {
    if (!programs_.at(worker)->HasEnded()) continue;
    KillWorker(worker);  // only its object is left
    AddWorker();
    ++revived;
  }
  return revived;
}

Security ProcessCluster::OperatorSecurity() const {
  return certificates_.empty() ? Security()
                               : SecurityOf(certificates_, Role::kOperator);
}

void ProcessCluster::StartCoordinator(const std::string& listen) {
  std::vector<std::string> arguments = {"coordinator", "--listen=" + listen};
  arguments.insert(arguments.end(), coordinator_flags_.begin(),
                   coordinator_flags_.end());
  coordinator_ = Start(std::move(arguments));
  address_ = coordinator_->WaitForWord("coordinator listens on ", "\n");
  CHECK(!address_.empty()) << coordinator_->Output();
}

void ProcessCluster::RestartCoordinator() {
  coordinator_->Kill();
  coordinator_flags_.erase(
      std::remove_if(coordinator_flags_.begin(), coordinator_flags_.end(),
                     [](const std::string& flag) {
                       return absl::StartsWith(flag, "--failpoint");
                     }),
      coordinator_flags_.end());
  const std::string address = address_;
  StartCoordinator(address);
}

std::unique_ptr<BackgroundProgram> ProcessCluster::Start(
    std::vector<std::string> arguments) {
  const std::string output = absl::StrCat(testing::TempDir(), "/", arguments[0],
                                          "-", ++started_, ".log");
  if (!certificates_.empty()) {
    const SecurityOptions files =
        CertificateOptions(certificates_, arguments[0]);
    arguments.insert(arguments.end(),
                     {"--tls-ca=" + files.ca_file,
                      "--tls-certificate=" + files.certificate_file,
                      "--tls-key=" + files.key_file});
  }
  return std::make_unique<BackgroundProgram>(std::move(arguments), output);
}

std::string ProcessCluster::AddWorker(std::vector<std::string> flags) {
  std::vector<std::string> arguments = {"worker", "--coordinator=" + address_,
                                        "--threads=1"};
  arguments.insert(arguments.end(), worker_flags_.begin(), worker_flags_.end());
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  auto program = Start(std::move(arguments));
  const std::string id = program->WaitForWord("lineup: ", " reports to ");
  CHECK(!id.empty()) << program->Output();
  programs_[id] = std::move(program);
  workers_.push_back(id);
  return id;
}

void ProcessCluster::SignalWorker(const std::string& worker, int signal) {
  programs_.at(worker)->Signal(signal);
}

void ProcessCluster::KillWorker(const std::string& worker) {
  CHECK_EQ(programs_.erase(worker), 1u);
  workers_.erase(std::find(workers_.begin(), workers_.end(), worker));
}

int ProcessCluster::DrainWorker(const std::string& worker) {
  const ProgramResult result =
      RunLineup({"drain", worker, "--coordinator=" + address_});
  EXPECT_EQ(result.status, 0) << result.err;
  const int status = programs_[worker]->WaitForExit();
  KillWorker(worker);  // only its object is left
  return status;
}

std::string ProcessCluster::Submit(std::vector<std::string> flags) {
  flags.insert(flags.begin(),
               {"submit", "--coordinator=" + address_,
                absl::StrCat("--min-servers=", servers_.size()),
                absl::StrCat("--min-workers=", workers_.size())});
  const ProgramResult result = RunLineup(std::move(flags));
  CHECK_EQ(result.status, 0) << result.err;
  return std::string(absl::StripSuffix(result.out, "\n"));
}

v1::ServedJob ProcessCluster::Served(int server) const {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(20));
  context.set_wait_for_ready(true);
  v1::ParameterServerStatus status;
  const grpc::Status answer =
      stubs_[server]->GetStatus(&context, v1::GetStatusRequest(), &status);
  CHECK(answer.ok()) << answer.error_message();
  return status.job();
}

v1::ServedJob ProcessCluster::WaitForServed(
    const std::string& job, absl::FunctionRef<bool(const v1::ServedJob&)> is,
    absl::Duration patience) {
  const absl::Time until = absl::Now() + patience;
  for (;;) {
    v1::ServedJob served = Served(0);
    if (served.job() == job && is(served)) return served;
    const v1::JobStatus status = Job(job);
    if (HasEnded(status.state()) || absl::Now() >= until) {
      ADD_FAILURE() << "did not come to pass: " << status.ShortDebugString();
      return served;
    }
    absl::SleepFor(kLook);
  }
}

std::vector<uint32_t> ProcessCluster::LanesOf(const std::string& worker) const {
  const v1::ListNodesResponse nodes = jobs_->ListNodes().value();
  for (const v1::NodeStatus& node : nodes.nodes()) {
    if (node.node_id() == worker) {
      return {node.lanes().begin(), node.lanes().end()};
    }
  }
  return {};
}

v1::JobStatus ProcessCluster::Job(const std::string& job) const {
  const absl::Time until = absl::Now() + absl::Seconds(20);
  for (;;) {
    const absl::StatusOr<v1::JobStatus> status = jobs_->GetJob(job);
    if (status.ok()) return *status;
    CHECK(absl::IsUnavailable(status.status()) && absl::Now() < until)
        << status.status();
    absl::SleepFor(kLook);
  }
}

v1::JobStatus ProcessCluster::WaitForJob(
    const std::string& job, absl::FunctionRef<bool(const v1::JobStatus&)> is,
    absl::Duration patience) const {
  const absl::Time until = absl::Now() + patience;
  v1::JobStatus status = Job(job);
  while (!is(status) && !HasEnded(status.state()) && absl::Now() < until) {
    absl::SleepFor(kLook);
    status = Job(job);
  }
  return status;
}

v1::ListShardsResponse ProcessCluster::WaitForShards(
    const std::string& job,
    absl::FunctionRef<bool(const v1::ListShardsResponse&)> is) const {
  v1::ListShardsResponse shards;
  WaitForJob(job, [&](const v1::JobStatus&) {
    const absl::StatusOr<v1::ListShardsResponse> now = jobs_->ListShards(job);
    if (now.ok()) shards = *now;
    return now.ok() && is(*now);
  });
  EXPECT_TRUE(is(shards)) << shards.ShortDebugString();
  return shards;
}

std::map<std::string, int> ProcessCluster::CountEvents(
    const std::string& job) const {
  std::map<std::string, int> counts;
  const absl::Status status =
      jobs_->WatchEvents(v1::WatchEventsRequest(), [&](const v1::Event& event) {
        ++counts[event.kind()];
        return event.job() != job ||
               (event.kind() != "job_succeeded" &&
                event.kind() != "job_failed" && event.kind() != "job_stopped");
      });
  EXPECT_TRUE(status.ok()) << status;
  return counts;
}

v1::JobStatus ProcessCluster::WaitForEnd(const std::string& job,
                                         absl::Duration patience) {
  return WaitForJob(
      job, [](const v1::JobStatus&) { return false; }, patience);
}

}  // namespace lineup

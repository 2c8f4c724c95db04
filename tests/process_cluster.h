// A cluster of real processes: `lineup coordinator`, `server` and `worker`, as
// a user starts them, so that they can be killed. The test needs //cli:lineup
// among its data.
//
// Where the environment has LINEUP_TEST_TLS=1, all of its connections are TLS,
// each process has the certificate of its role, and so do commands that the
// test runs (those of an operator). The test then needs
// //tools:make_certificates.sh, too.
//
// Thread safety: one thread at a time.

#ifndef LINEUP_TESTS_PROCESS_CLUSTER_H_
#define LINEUP_TESTS_PROCESS_CLUSTER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "common/rpc/jobs_client.h"
#include "common/rpc/security.h"
#include "proto/parameter_server.grpc.pb.h"
#include "tests/program.h"

namespace lineup {

class ProcessCluster {
 public:
  // A coordinator and `servers` parameter servers. Workers get `worker_flags`,
  // the coordinator `coordinator_flags`.
  ProcessCluster(int servers, absl::Duration lease,
                 std::vector<std::string> worker_flags = {},
                 std::vector<std::string> coordinator_flags = {});

  // kill -9.
  void KillCoordinator() { coordinator_->Kill(); }
  // At the same address as before, with the same flags but for failpoints.
  // Returns once it listens.
  void RestartCoordinator();

  // Starts a server, with further flags.
  void AddServer(std::vector<std::string> flags = {});
  // Sends a signal to a server, counted from 0, such as SIGSTOP; kill -9.
  void SignalServer(int server, int signal) {
    servers_[server]->Signal(signal);
  }
  void KillServer(int server) { servers_[server]->Kill(); }
  // Starts again, without failpoints, what has ended by itself; how many. Not
  // the first server.
  int Revive();

  // Starts a worker, with further flags, and gives its node id once it works.
  std::string AddWorker(std::vector<std::string> flags = {});
  // Sends a signal to a worker, such as SIGSTOP.
  void SignalWorker(const std::string& worker, int signal);
  // kill -9.
  void KillWorker(const std::string& worker);
  // `lineup drain`; the exit status of the worker once it has left.
  int DrainWorker(const std::string& worker);
  // Those that were neither killed nor drained, in the order of their start.
  const std::vector<std::string>& workers() const { return workers_; }
  size_t num_servers() const { return servers_.size(); }

  // `lineup submit` with these flags; the job's name. The job waits for all
  // servers and for the workers that are there.
  std::string Submit(std::vector<std::string> flags);
  const JobsClient& jobs() const { return *jobs_; }
  // How the job stands; waits for a coordinator that was just started.
  v1::JobStatus Job(const std::string& job) const;
  // Waits until `is` holds of the job, or the job has ended, or for `patience`.
  v1::JobStatus WaitForJob(const std::string& job,
                           absl::FunctionRef<bool(const v1::JobStatus&)> is,
                           absl::Duration patience = absl::Minutes(1)) const;
  const std::string& address() const { return address_; }

  // What one of the servers says of itself, at once.
  v1::ServedJob Served(int server) const;
  // Waits until `is` holds of the first server's job; the job as it then is.
  // A failure if the job ends before, or after `patience`.
  v1::ServedJob WaitForServed(const std::string& job,
                              absl::FunctionRef<bool(const v1::ServedJob&)> is,
                              absl::Duration patience = absl::Seconds(60));
  // The lanes that a worker holds, as the coordinator has it.
  std::vector<uint32_t> LanesOf(const std::string& worker) const;
  // Waits until `is` holds of the job's shards, or the job has ended.
  v1::ListShardsResponse WaitForShards(
      const std::string& job,
      absl::FunctionRef<bool(const v1::ListShardsResponse&)> is) const;
  // How many events there were of each kind, of a job that has ended.
  std::map<std::string, int> CountEvents(const std::string& job) const;
  // Waits until the job has ended.
  v1::JobStatus WaitForEnd(const std::string& job,
                           absl::Duration patience = absl::Minutes(3));

 private:
  // `arguments` begin with the process's role.
  std::unique_ptr<BackgroundProgram> Start(std::vector<std::string> arguments);
  // What the test's own connections use.
  Security OperatorSecurity() const;
  void StartCoordinator(const std::string& listen);

  const std::string certificates_;  // their directory; empty: no TLS
  std::string address_;             // of the coordinator
  const std::vector<std::string> worker_flags_;
  std::vector<std::string> coordinator_flags_;
  std::unique_ptr<BackgroundProgram> coordinator_;
  std::vector<std::unique_ptr<BackgroundProgram>> servers_;
  std::vector<std::unique_ptr<v1::ParameterServer::Stub>> stubs_;
  std::map<std::string, std::unique_ptr<BackgroundProgram>> programs_;
  std::vector<std::string> workers_;
  std::optional<JobsClient> jobs_;
  int started_ = 0;
};

}  // namespace lineup

#endif  // LINEUP_TESTS_PROCESS_CLUSTER_H_

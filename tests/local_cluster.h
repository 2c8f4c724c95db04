// A cluster in one process, over real sockets on loopback: for tests of the
// whole.
//
// Thread safety: one thread at a time.

#ifndef LINEUP_TESTS_LOCAL_CLUSTER_H_
#define LINEUP_TESTS_LOCAL_CLUSTER_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/job/job_spec.h"
#include "common/rpc/jobs_client.h"
#include "coordinator/coordinator_process.h"
#include "server/cluster_server.h"
#include "worker/worker_process.h"

namespace lineup {

class LocalCluster {
 public:
  // A coordinator and `servers` parameter servers. With `certificates`, a
  // directory of tools/make_certificates.sh, all connections are TLS.
  explicit LocalCluster(int servers, absl::Duration lease = absl::Seconds(10),
                        const std::string& certificates = "");
  ~LocalCluster();

  // Adds a worker and gives its number. `before_minibatch` as WorkerNode's.
  int AddWorker(int threads = 1,
                std::function<void(LaneClock)> before_minibatch = nullptr);
  // Ends a worker without a word to anybody, as a crash does.
  void KillWorker(int worker) { workers_.erase(worker); }
  // Lets a worker leave; true if it has within `timeout`.
  bool DrainWorker(int worker, absl::Duration timeout);

  // Adds a server and gives its number, counted from 0.
  int AddServer();
  // Ends a server without a word to anybody, as a crash does.
  void KillServer(int server) { servers_.erase(server); }
  // Asks the coordinator to let a server leave, as `lineup drain` does.
  absl::Status DrainServer(int server);
  // Waits until a server that was drained has left, and ends it; true if it has
  // within `timeout`.
  bool WaitUntilLeft(int server, absl::Duration timeout = absl::Seconds(30));
  // Lets the coordinator believe that a server is dead, which is not.
  void GiveUpServer(int server);

  // Submits a job and gives its name. `adjust` may change the request.
  std::string Submit(
      const JobSpec& spec, const std::string& output, uint32_t min_workers = 1,
      absl::FunctionRef<void(v1::SubmitJobRequest*)> adjust =
          [](v1::SubmitJobRequest*) {});
  // Goes on from the checkpoints in a directory; gives the job's name.
  std::string Resume(const std::string& directory, uint32_t min_workers = 1);
  absl::Status TakeCheckpoint(const std::string& job) {
    return jobs_->TakeCheckpoint(job);
  }
  // The texts of the events of a kind so far.
  std::vector<std::string> EventsOf(const std::string& kind);
  // Waits until there are so many of them, or the job has ended.
  bool WaitForEvents(const std::string& job, const std::string& kind,
                     size_t count, absl::Duration timeout = absl::Seconds(60));
  // Stops it, keeping the best model so far.
  void Stop(const std::string& job);

  v1::JobStatus Job(const std::string& job);
  v1::ListShardsResponse Shards(const std::string& job) {
    return jobs_->ListShards(job).value();
  }
  // Waits until `is` holds of the job, or for `timeout`; the last status.
  v1::JobStatus WaitFor(const std::string& job, absl::Duration timeout,
                        absl::FunctionRef<bool(const v1::JobStatus&)> is);
  // Waits until the job has ended.
  v1::JobStatus WaitForEnd(const std::string& job,
                           absl::Duration timeout = absl::Minutes(2));

 private:
  Security SecurityOfRole(Role role) const;

  const RealClock clock_;
  const std::string certificates_;  // empty: plaintext
  std::unique_ptr<CoordinatorProcess> coordinator_;
  std::map<int, std::unique_ptr<ClusterServer>> servers_;
  std::map<int, std::unique_ptr<WorkerProcess>> workers_;
  std::optional<JobsClient> jobs_;
  int last_worker_ = 0;
  int num_servers_ = 0;  // ever
};

}  // namespace lineup

#endif  // LINEUP_TESTS_LOCAL_CLUSTER_H_

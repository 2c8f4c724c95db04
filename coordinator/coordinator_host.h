// Gives the coordinator's core what it lacks: a lock, the time, threads for the
// work that needs files or calls, and its journal. No gRPC in here.
//
// Whatever changes is in the journal before anybody can hear of it: before
// Use() returns, and before anybody else can Read(). When the journal cannot be
// written, the host has failed: from then on nothing is changed or read, for it
// is not known any more what will be remembered. What the journal has is whole,
// and another process can go on from it.
//
// Thread safety: all of it.

#ifndef LINEUP_COORDINATOR_COORDINATOR_HOST_H_
#define LINEUP_COORDINATOR_COORDINATOR_HOST_H_

#include <functional>
#include <list>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/base/thread_pool.h"
#include "common/linear/candidate_weights.h"
#include "coordinator/coordinator_core.h"
#include "coordinator/journal.h"

namespace lineup {

// Copies one candidate's weights from a job's servers. Blocks, with a deadline.
struct CopyRequest {
  std::string job;
  v1::Routing routing;
  LineupColumns columns;
  size_t candidate;
  uint32_t num_features;
  // False once nobody waits for the weights any more: the job goes on without
  // those servers, or the host stops. Thread-safe.
  std::function<bool()> is_wanted;
};
using CopyWeights =
    std::function<absl::StatusOr<CandidateWeights>(const CopyRequest&)>;

class CoordinatorHost {
 public:
  // Goes on from `journal`; null: nothing is written down. `clock` must outlive
  // the host.
  static absl::StatusOr<std::unique_ptr<CoordinatorHost>> Create(
      const CoordinatorCore::Options& options, const Clock* clock,
      CopyWeights copy_weights, std::unique_ptr<Journal> journal);
  ~CoordinatorHost();

  // Changes the core, or asks it, with the lock held. Whatever follows from it
  // (work, waking those who wait) is done. After an error, the host's failure,
  // nobody may be told what came of it.
  absl::Status Use(
      absl::FunctionRef<void(CoordinatorCore&, absl::Time now)> use);

  // The same for a change that the core may refuse: the host's failure, else
  // what `change` returned.
  absl::Status Change(
      absl::FunctionRef<absl::Status(CoordinatorCore&, absl::Time now)> change);

  // Only looks, with the lock held. An error: the host has failed.
  absl::Status Read(absl::FunctionRef<void(const CoordinatorCore&)> read);

  // UNAVAILABLE, and why, once the host has failed.
  absl::Status failure();

  absl::Time Now() const { return clock_.Now(); }

  // Calls `changed` after each Use() and each tick, without the lock, until
  // Unsubscribe. It should be quick, and may Read() but not Use().
  using Subscription = std::list<std::function<void()>>::iterator;
  Subscription Subscribe(std::function<void()> changed);
  void Unsubscribe(Subscription subscription);

 private:
  CoordinatorHost(std::unique_ptr<CoordinatorCore> core,
                  std::unique_ptr<Journal> journal, const Clock* clock,
                  CopyWeights copy_weights);

  void Tick();
  absl::Status WriteJournal() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Hands the core's open work to threads.
  void StartWork() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Plan(const std::string& job);
  void Act(const std::string& job, const ClusterJob::Action& action);
  void Copy(const std::string& job, uint64_t action);
  void Export(const std::string& job, uint64_t action);
  void LoadCheckpoint(const std::string& job, uint64_t action);
  void CompleteCheckpoint(const std::string& job,
                          const v1::CheckpointManifest& manifest);
  // Whether the running job waits for what this action brings.
  bool Awaits(const std::string& job, uint64_t action);
  // What the checkpoints of a job are called and how many are kept.
  v1::JobSpec SpecOf(const std::string& job);
  void TellSubscribers();

  const Clock& clock_;
  const CopyWeights copy_weights_;
  Mutex mutex_;
  const std::unique_ptr<CoordinatorCore> core_ ABSL_PT_GUARDED_BY(mutex_);
  const std::unique_ptr<Journal> journal_ ABSL_PT_GUARDED_BY(mutex_);
  absl::Status failure_ ABSL_GUARDED_BY(mutex_);
  Mutex subscribers_mutex_;
  std::list<std::function<void()>> subscribers_
      ABSL_GUARDED_BY(subscribers_mutex_);

  Mutex tick_mutex_;
  CondVar tick_;
  bool stopping_ ABSL_GUARDED_BY(tick_mutex_) = false;
  std::thread ticker_;
  ThreadPool workers_;  // destroyed first: its tasks use all else
};

}  // namespace lineup

#endif  // LINEUP_COORDINATOR_COORDINATOR_HOST_H_
